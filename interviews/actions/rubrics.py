"""Rubrics: begun, written, published, copied."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone
from django.utils.translation import gettext as _

from interviews.actions.refusals import Refused, WrongState
from interviews.models import Criterion, Rubric, RubricVersion
from interviews.scoring import wording
from interviews.starters import Starter

CRITERIA_AT_MOST = 12


class DraftChanged(Refused):
    """Somebody else has saved, or published, what was being edited."""

    code = "draft_changed"
    status = 409


@dataclass(frozen=True, slots=True)
class Draft:
    """All of a draft, as it is typed; texts may be empty until it is published."""

    name: str
    about: str
    criteria: Sequence[Written]


@dataclass(frozen=True, slots=True)
class Written:
    name: str = ""
    look_for: str = ""
    weight: int = 1
    levels: Sequence[str] = ("", "", "", "", "")


@dataclass(frozen=True, slots=True)
class Findings:
    """What keeps a draft from being published, and what a person has to confirm first. Sentences."""

    problems: list[str]
    questions: list[str]

    @property
    def digest(self) -> str:
        """Stands for exactly these questions."""
        return hashlib.sha256("\n".join(self.questions).encode()).hexdigest()


def begin(name: str, starter: Starter | None = None) -> RubricVersion:
    """A draft, with the texts of `starter`."""
    criteria = starter.criteria if starter else ()
    written = [Written(it.name, it.look_for, it.weight, it.levels) for it in criteria] or [Written()]
    return _begun(Draft(name, starter.about if starter else "", written))


def save(version: RubricVersion, edits: int, draft: Draft) -> None:
    """Replaces all of the draft, where nobody has saved it since it stood at `edits`. Raises DraftChanged."""
    with transaction.atomic():
        mine = RubricVersion.objects.filter(pk=version.pk, published_at__isnull=True, edits=edits)
        if not mine.update(edits=F("edits") + 1):
            raise DraftChanged(
                _("Nothing was saved: this draft was saved elsewhere while you were writing. What you typed is here.")
            )
        Rubric.objects.filter(pk=version.rubric_id).update(name=draft.name, about=draft.about)
        Criterion.objects.filter(version=version).delete()
        _write(version, draft.criteria)
        version.refresh_from_db()  # while nobody else can save it


def findings(version: RubricVersion) -> Findings:
    criteria = list(version.criteria.all())
    problems, questions = [], []
    if not sum(criterion.weight for criterion in criteria):
        problems.append(_("A rubric needs at least one criterion with a weight above zero before it can be published."))
    for criterion in criteria:
        which = {"number": criterion.number}
        empty = [str(level) for level, text in enumerate(criterion.levels, start=1) if not text.strip()]
        if not criterion.name.strip():
            problems.append(_("Criterion %(number)s has no name.") % which)
        if not criterion.look_for.strip():
            problems.append(_("Criterion %(number)s does not say what to look for.") % which)
        if empty:
            problems.append(
                _("Criterion %(number)s does not describe level %(levels)s.") % {**which, "levels": ", ".join(empty)}
            )
        texts = "\n".join((criterion.name, criterion.look_for, *criterion.levels))
        problems += [
            _("Criterion %(number)s says “%(word)s”: how somebody sounds or looks. Say what an answer contains.")
            % {**which, "word": word}
            for word in wording.refused(texts)
        ]
        questions += [
            _("Criterion %(number)s says “%(word)s”. Is that about what is said, not how somebody sounds or looks?")
            % {**which, "word": word}
            for word in wording.asked_about(texts)
        ]
    names = Counter(" ".join(criterion.name.casefold().split()) for criterion in criteria)
    twice = [criterion.name for criterion in criteria if names[" ".join(criterion.name.casefold().split())] > 1]
    if any(name.strip() for name in twice):
        problems.append(_("Two criteria are named “%(name)s”. Each needs a name of its own.") % {"name": twice[0]})
    return Findings(problems, questions)


def publish(version: RubricVersion, confirmed: str = "") -> None:
    """From now on questions can use it and it cannot be changed.

    `confirmed`: the digest of the findings whose questions a person has answered with yes. Raises WrongState,
    DraftChanged where somebody has saved it since it was read.
    """
    with transaction.atomic():
        # Locked, so that what is published is what was looked at.
        stored = RubricVersion.objects.select_for_update().get(pk=version.pk)
        if stored.published_at is not None:
            raise WrongState(_("This rubric is already published."))
        if stored.edits != version.edits:
            raise DraftChanged(_("Not published: this draft was saved elsewhere meanwhile. Look at it again."))
        found = findings(stored)
        if found.problems:
            raise WrongState(found.problems[0])
        if found.questions and found.digest != confirmed:
            raise WrongState(found.questions[0])
        RubricVersion.objects.filter(pk=stored.pk, published_at__isnull=True).update(published_at=timezone.now())


def new_version(version: RubricVersion) -> RubricVersion:
    """A draft with the same criteria, numbered after the newest version. Raises WrongState where there is a draft."""
    with transaction.atomic():
        rubric = Rubric.objects.select_for_update().get(pk=version.rubric_id)
        if rubric.versions.filter(published_at__isnull=True).exists():
            raise WrongState(_("This rubric has a draft already. Go on with that one."))
        newest = rubric.versions.aggregate(newest=Max("number"))["newest"]
        draft = RubricVersion.objects.create(rubric=rubric, number=newest + 1)
        _write(draft, _written(version))
    return draft


def duplicate(version: RubricVersion) -> RubricVersion:
    """A rubric of its own, a draft with the same criteria."""
    name = _("Copy of %(name)s") % {"name": version.rubric.name}
    return _begun(Draft(name[: Rubric._meta.get_field("name").max_length], version.rubric.about, _written(version)))


def written(version: RubricVersion) -> Draft:
    return Draft(version.rubric.name, version.rubric.about, _written(version))


def _written(version: RubricVersion) -> list[Written]:
    return [Written(it.name, it.look_for, it.weight, it.levels) for it in version.criteria.all()]


def _begun(draft: Draft) -> RubricVersion:
    with transaction.atomic():
        rubric = Rubric.objects.create(name=draft.name, about=draft.about)
        version = RubricVersion.objects.create(rubric=rubric)
        _write(version, draft.criteria)
    return version


def _write(version: RubricVersion, criteria: Sequence[Written]) -> None:
    for number, criterion in enumerate(criteria, start=1):
        levels = {f"level_{level}": text for level, text in enumerate(criterion.levels, start=1)}
        Criterion.objects.create(
            version=version,
            number=number,
            name=criterion.name,
            look_for=criterion.look_for,
            weight=criterion.weight,
            **levels,
        )
