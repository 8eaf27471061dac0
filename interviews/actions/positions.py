"""Positions and their question sets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, Max, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from interviews.actions import rubrics
from interviews.actions.refusals import WrongState
from interviews.actions.rubrics import DraftChanged, begin
from interviews.events import Kind, record
from interviews.models import Position, Question, QuestionSet, RubricVersion
from interviews.starters import Starter

QUESTIONS_AT_MOST = 20


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it is typed. `id`: of the one that it replaces; None for a new one."""

    id: int | None
    text: str
    rubric: RubricVersion | None
    think_seconds: int
    answer_seconds: int
    takes: int


def publish(question_set: QuestionSet, *, actor: User | None = None) -> None:
    """From now on it can be used and not be changed. Raises WrongState where it is not complete, DraftChanged where
    somebody has saved it since it was read."""
    with transaction.atomic():
        # Locked, so that what is published is what was looked at.
        stored = QuestionSet.objects.select_for_update().get(pk=question_set.pk)
        if stored.published_at is not None:
            raise WrongState(_("This question set is already published."))
        if stored.edits != question_set.edits:
            raise DraftChanged(_("Not published: this draft was saved elsewhere meanwhile. Look at it again."))
        _must_be_complete(stored)
        QuestionSet.objects.filter(pk=stored.pk, published_at__isnull=True).update(published_at=timezone.now())
        record(Kind.PUBLISHED, None, actor=actor)


def _must_be_complete(draft: QuestionSet) -> None:
    asked = draft.questions.select_related("rubric").order_by("number")
    questions = asked.annotate(total=Sum("rubric__criteria__weight"))
    if not questions:
        raise WrongState(_("A question set needs at least one question before it can be published."))
    for question in questions:
        if question.rubric is None:
            raise WrongState(_("Question %(number)s has no rubric. Choose one.") % {"number": question.number})
        if question.rubric.published_at is None:
            raise WrongState(
                _("The rubric of question %(number)s is a draft. Publish it first.") % {"number": question.number}
            )
        if not question.total:
            raise WrongState(
                _("The rubric of question %(number)s has no criterion with a weight above zero. Choose another.")
                % {"number": question.number}
            )
        if question.prompt and not question.captions:
            raise WrongState(
                _("Question %(number)s has a video or sound without captions. Add them, as WebVTT.")
                % {"number": question.number}
            )


def next_draft(position: Position) -> tuple[QuestionSet, bool]:
    """The draft that there is; or a new one, made of the newest version. And whether it was made just now."""
    with transaction.atomic():
        # Locked: of two who ask at once, the second is given what the first has made.
        Position.objects.select_for_update(no_key=True).get(pk=position.pk)
        newest = position.question_sets.order_by("-version").first()
        if newest is None:
            return QuestionSet.objects.create(position=position), True
        return (newest, False) if newest.published_at is None else (new_version(newest), True)


def new_version(question_set: QuestionSet) -> QuestionSet:
    """A draft with the same questions and rubrics, numbered after the newest version."""
    with transaction.atomic():
        position = Position.objects.select_for_update(no_key=True).get(pk=question_set.position_id)
        newest = position.question_sets.aggregate(newest=Max("version"))["newest"]
        draft = QuestionSet.objects.create(position=position, version=newest + 1, practice=question_set.practice)
        copied(question_set, draft)
    return draft


def copied(question_set: QuestionSet, draft: QuestionSet) -> None:
    """The questions of the one in the other, which has none."""
    for question in question_set.questions.all():
        question.pk, question.question_set, question._state.adding = None, draft, True
        question.save()


def save_questions(draft: QuestionSet, edits: int, practice: bool, asked: Sequence[Asked]) -> None:
    """All of a draft, in this order, where nobody has saved it since it stood at `edits`. Raises DraftChanged.

    What a question has besides (a video that asks it) stays with it.
    """
    with transaction.atomic():
        mine = QuestionSet.objects.filter(pk=draft.pk, published_at__isnull=True, edits=edits)
        if not mine.update(edits=F("edits") + 1, practice=practice):
            raise DraftChanged(
                _("Nothing was saved: this draft was saved elsewhere while you were writing. What you typed is here.")
            )
        stored = draft.questions.in_bulk()
        draft.questions.exclude(pk__in=[it.id for it in asked if it.id is not None]).delete()
        # Out of the way first: each number is there once.
        highest = draft.questions.aggregate(highest=Max("number"))["highest"] or 0
        draft.questions.update(number=F("number") + max(highest, len(asked)))
        for number, it in enumerate(asked, start=1):
            question = stored.get(it.id or 0) or Question(question_set=draft)
            question.number, question.text, question.rubric = number, it.text, it.rubric
            question.think_seconds, question.answer_seconds, question.takes = (
                it.think_seconds,
                it.answer_seconds,
                it.takes,
            )
            question.save()
        draft.refresh_from_db()  # while nobody else can save it


def rubric_from(starter: Starter) -> RubricVersion:
    """What the site made of this starter: the newest published version of its name, or the starter as it is."""
    published = RubricVersion.objects.filter(rubric__name=starter.name, published_at__isnull=False)
    found = published.order_by("-rubric", "-number").first()
    if found is None:
        found = begin(starter.name, starter)
        rubrics.publish(found, rubrics.findings(found).digest)
    return found
