"""What was asked stays what was asked: a published question set cannot be changed, only followed by a new version."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from interviews.actions.invitations import invite
from interviews.actions.positions import new_version, publish
from interviews.actions.refusals import WrongState
from interviews.models import Applicant, Position, Question, QuestionSet, Rubric, RubricVersion
from tests.people import World, make_position, make_rubric


def _snapshot(question_set: QuestionSet) -> list[object]:
    rows: list[object] = list(QuestionSet.objects.filter(pk=question_set.pk).values())
    for question in question_set.questions.all():
        rows += Question.objects.filter(pk=question.pk).values()
    return rows


def _drafted(world: World) -> QuestionSet:
    return new_version(world.question_set)


def _rename(world: World) -> None:
    world.questions[0].text = "Something else?"
    world.questions[0].save()


def _choose_another_rubric(world: World) -> None:
    world.questions[0].rubric = world.questions[1].rubric
    world.questions[0].save(update_fields=["rubric"])


def _move_question(world: World) -> None:
    """Into a draft, where it might be changed."""
    question = Question.objects.get(pk=world.questions[0].pk)
    question.question_set, question.number = _drafted(world), 99
    question.save()


def _add_question(world: World) -> None:
    Question.objects.create(question_set=world.question_set, number=4, text="One more?")


def _slip_in(world: World) -> None:
    question = _drafted(world).questions.all()[0]
    question.question_set, question.number = world.question_set, 4
    question.save()


def _unpublish(world: World) -> None:
    world.question_set.published_at = None
    world.question_set.save()


def _renumber(world: World) -> None:
    world.question_set.version = 7
    world.question_set.save()


@pytest.mark.parametrize(
    "change",
    [
        _rename,
        _choose_another_rubric,
        _move_question,
        _add_question,
        _slip_in,
        _unpublish,
        _renumber,
        lambda world: world.questions[0].delete(),
        lambda world: world.question_set.delete(),
    ],
)
def test_a_published_question_set_refuses_every_change(world: World, change: Callable[[World], object]) -> None:
    before = _snapshot(world.question_set)
    with pytest.raises(ValidationError, match="Make a new version"):
        change(world)
    assert _snapshot(world.question_set) == before


def test_a_draft_takes_every_change(world: World) -> None:
    draft = _drafted(world)
    draft.version = 12
    draft.save()
    question = draft.questions.all()[0]
    question.text = "Something else?"
    question.save()
    question.delete()
    draft.delete()


def test_a_new_version_is_a_copy_that_can_be_published_in_its_turn(world: World) -> None:
    draft = new_version(world.question_set)
    assert (draft.version, draft.published_at, draft.position) == (2, None, world.position)

    def asked(question_set: QuestionSet) -> list[object]:
        return [
            Question.objects.values("number", "text", "rubric", "think_seconds", "answer_seconds", "takes").get(pk=pk)
            for pk in question_set.questions.values_list("pk", flat=True)
        ]

    assert asked(draft) == asked(world.question_set)
    assert new_version(world.question_set).version == 3
    publish(draft)
    draft.refresh_from_db()
    assert draft.published_at


def test_publishing_needs_questions_each_with_a_published_rubric_that_weighs_something(world: World) -> None:
    draft = QuestionSet.objects.create(position=world.position, version=2)
    with pytest.raises(WrongState, match="at least one question"):
        publish(draft)
    Question.objects.create(question_set=draft, number=1, text="What?", rubric=make_rubric("Whole"))
    question = Question.objects.create(question_set=draft, number=2, text="Why?")
    with pytest.raises(WrongState, match="Question 2 has no rubric"):
        publish(draft)
    question.rubric = RubricVersion.objects.create(rubric=Rubric.objects.create(name="Unfinished"))
    question.save()
    with pytest.raises(WrongState, match="rubric of question 2 is a draft"):
        publish(draft)
    RubricVersion.objects.filter(pk=question.rubric.pk).update(published_at=timezone.now())  # past its own check
    with pytest.raises(WrongState, match="rubric of question 2 has no criterion with a weight"):
        publish(draft)
    question.rubric = make_rubric("Whole", number=2)
    question.save()
    publish(draft)
    with pytest.raises(WrongState, match="already published"):
        publish(draft)


def test_nobody_is_invited_to_a_draft(world: World) -> None:
    with pytest.raises(WrongState, match="Publish the question set first"):
        invite(Applicant.objects.create(name="Dee", email="d@example.com"), new_version(world.question_set))


def test_a_version_and_a_number_are_there_once(world: World) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        QuestionSet.objects.create(position=world.position, version=1)
    draft = new_version(world.question_set)
    with pytest.raises(IntegrityError), transaction.atomic():
        Question.objects.create(question_set=draft, number=1, text="Twice?")
    assert QuestionSet.objects.create(position=make_position("Other", world.ada), version=1).pk
    assert Position.objects.count() == 3
