"""Positions and their question sets."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Max, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from interviews.actions.refusals import WrongState
from interviews.models import Position, QuestionSet


def publish(question_set: QuestionSet) -> None:
    """From now on it can be used and not be changed. Raises WrongState where it is not complete."""
    questions = question_set.questions.select_related("rubric").annotate(total=Sum("rubric__criteria__weight"))
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
    with transaction.atomic():
        if not QuestionSet.objects.filter(pk=question_set.pk, published_at__isnull=True).update(
            published_at=timezone.now()
        ):
            raise WrongState(_("This question set is already published."))


def new_version(question_set: QuestionSet) -> QuestionSet:
    """A draft with the same questions and rubrics, numbered after the newest version."""
    with transaction.atomic():
        position = Position.objects.select_for_update().get(pk=question_set.position_id)
        newest = position.question_sets.aggregate(newest=Max("version"))["newest"]
        draft = QuestionSet.objects.create(position=position, version=newest + 1, practice=question_set.practice)
        for question in question_set.questions.all():
            question.pk, question.question_set, question._state.adding = None, draft, True
            question.save()
    return draft
