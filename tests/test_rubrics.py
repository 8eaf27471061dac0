"""What was looked for stays so: a published rubric cannot be changed, only followed by a new version."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from interviews.actions.refusals import WrongState
from interviews.actions.rubrics import publish
from interviews.models import Criterion, Rubric, RubricVersion
from tests.people import make_rubric

pytestmark = pytest.mark.django_db

LEVELS = {f"level_{number}": "-" for number in range(1, 6)}


def _draft(version: RubricVersion) -> RubricVersion:
    return RubricVersion.objects.create(rubric=version.rubric, number=version.number + 1)


def _reweigh(version: RubricVersion) -> None:
    criterion = version.criteria.all()[0]
    criterion.weight = 9
    criterion.save(update_fields=["weight"])


def _move_out(version: RubricVersion) -> None:
    """Into a draft, where it might be changed."""
    criterion = version.criteria.all()[0]
    criterion.version = _draft(version)
    criterion.save()


def _slip_in(version: RubricVersion) -> None:
    criterion = Criterion.objects.create(version=_draft(version), name="More", look_for="-", **LEVELS)
    criterion.version, criterion.number = version, 3
    criterion.save()


def _unpublish(version: RubricVersion) -> None:
    version.published_at = None
    version.save()


def _renumber(version: RubricVersion) -> None:
    version.number = 7
    version.save()


@pytest.mark.parametrize(
    "change",
    [
        _reweigh,
        _move_out,
        _slip_in,
        _unpublish,
        _renumber,
        lambda version: Criterion.objects.create(version=version, number=3, name="More", look_for="-", **LEVELS),
        lambda version: version.criteria.all()[0].delete(),
        lambda version: version.delete(),
    ],
)
def test_a_published_version_refuses_every_change(change: Callable[[RubricVersion], object]) -> None:
    version = make_rubric("Migrations")
    mine = RubricVersion.objects.filter(pk=version.pk)
    before = [*mine.values(), *version.criteria.values()]
    with pytest.raises(ValidationError, match="Make a new version"):
        change(version)
    assert [*mine.values(), *version.criteria.values()] == before


def test_a_draft_takes_every_change() -> None:
    draft = _draft(make_rubric("Migrations"))
    criterion = Criterion.objects.create(version=draft, name="More", look_for="-", **LEVELS)
    criterion.weight = 3
    criterion.save()
    criterion.delete()
    draft.number = 12
    draft.save()
    draft.delete()


def test_publishing_needs_a_weight_and_happens_once() -> None:
    draft = _draft(make_rubric("Migrations"))
    with pytest.raises(WrongState, match="a weight above zero"):
        publish(draft)
    criterion = Criterion.objects.create(version=draft, name="Depth", look_for="-", weight=0, **LEVELS)
    with pytest.raises(WrongState, match="a weight above zero"):
        publish(draft)
    criterion.weight = 1
    criterion.save()
    publish(draft)
    with pytest.raises(WrongState, match="already published"):
        publish(draft)


def test_a_rubric_has_one_draft_and_each_number_once() -> None:
    version = make_rubric("Migrations")
    draft = _draft(version)
    for number in (draft.number, 9):
        with pytest.raises(IntegrityError), transaction.atomic():
            RubricVersion.objects.create(rubric=version.rubric, number=number)
    other = RubricVersion.objects.create(rubric=Rubric.objects.create(name="Another"), number=draft.number)
    Criterion.objects.create(version=other, number=1, name="Depth", look_for="-", **LEVELS)
    with pytest.raises(IntegrityError), transaction.atomic():
        Criterion.objects.create(version=other, number=1, name="Care", look_for="-", **LEVELS)


def test_a_weight_below_zero_is_refused_in_words() -> None:
    with pytest.raises(ValidationError):
        Criterion(version=_draft(make_rubric("Migrations")), name="A", look_for="-", weight=-1, **LEVELS).full_clean()
