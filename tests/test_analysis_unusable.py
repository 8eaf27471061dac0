"""Of an engine that breaks off, does not do as agreed or takes speech for orders, only what is whole and sure stays."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.test import Client

from interviews.engines.analysis.base import AnswerAssessment, AnswerBrief, CriterionAssessment
from interviews.engines.analysis.call import split
from interviews.engines.analysis.gemini import Gemini
from interviews.engines.errors import CanaryChanged, Permanent, RetryLater
from interviews.engines.keeping import Ledger
from interviews.models import Answer, Assessment, AssessmentRun, Interview, Job, ProviderReply, Result, Transcript
from interviews.processing import jobs
from interviews.processing.advance import advance, locked
from interviews.processing.analysis import assess
from interviews.queries.runs import current_run
from tests.engines import Assesses, transcribed, work, work_through
from tests.fakes.gemini import FakeGemini
from tests.fakes.wire import Behaviour
from tests.people import World, show_at_once


def _job(world: World) -> Job:
    """The assessment that is due once all is transcribed."""
    transcribed(world.interview)
    return Job.objects.get(kind=Job.Kind.ASSESS)


class _Broken(Assesses):
    """Keeps the contract but for the ids."""

    def __init__(self, change: Callable[[list[AnswerAssessment]], list[AnswerAssessment]]) -> None:
        super().__init__()
        self.change = change

    def assess(self, answers: Sequence[AnswerBrief], ledger: Ledger) -> Iterator[AnswerAssessment]:
        yield from self.change(list(super().assess(answers, ledger)))


def _criteria(given: list[AnswerAssessment], pick: Callable[[Any], Any]) -> list[AnswerAssessment]:
    return [AnswerAssessment(given[0].answer_id, pick(given))]


@pytest.mark.parametrize(
    "change",
    [
        lambda given: [AnswerAssessment("10000000", given[0].criteria)],
        lambda given: [AnswerAssessment("not a number", given[0].criteria)],
        lambda given: [AnswerAssessment("", ())],
        lambda given: _criteria(given, lambda g: g[1].criteria),  # those of another question
        lambda given: _criteria(given, lambda g: g[0].criteria[:1]),
        lambda given: _criteria(given, lambda g: ()),
        lambda given: _criteria(given, lambda g: g[0].criteria[:1] * 2),
        lambda given: _criteria(given, lambda g: [CriterionAssessment("x", None, "", ()), g[0].criteria[0]]),
        lambda given: [],
        lambda given: given[:1] * 2,
    ],
)
def test_an_engine_that_names_what_was_not_asked_stores_nothing_and_is_tried_again(
    submitted: World, change: Callable[[list[AnswerAssessment]], list[AnswerAssessment]]
) -> None:
    job = _job(submitted)
    assert jobs.run(job.pk, work(assesses=_Broken(change))) == []
    job.refresh_from_db()
    assert job.state == Job.State.QUEUED
    assert job.problem
    assert Assessment.objects.count() <= 2  # of an answer that was whole
    assert not Result.objects.exists()
    assert Interview.objects.get().state == Interview.State.SUBMITTED


class TestInterruption:
    @pytest.mark.parametrize("error", [RetryLater("Gemini is busy"), RuntimeError("ours")])
    def test_what_was_complete_is_kept_and_only_the_rest_is_asked_for(self, submitted: World, error: Exception) -> None:
        job = _job(submitted)
        ids = [str(pk) for pk in Answer.objects.order_by("question__number").values_list("pk", flat=True)]
        breaks = Assesses(error=error, fail_after=1)
        jobs.run(job.pk, work(assesses=breaks))
        assert breaks.asked == [ids]
        assert set(Assessment.objects.values_list("answer", flat=True)) == {int(ids[0])}
        assert not Result.objects.exists()
        kept = set(Assessment.objects.values_list("pk", "created_at"))

        Job.objects.update(run_after="2000-01-01T00:00:00Z")
        again = Assesses()
        jobs.run(job.pk, work(assesses=again))
        assert again.asked == [ids[1:]]
        assert kept <= set(Assessment.objects.values_list("pk", "created_at"))
        assert Result.objects.get().levels == 6

    def test_given_up_in_the_middle_says_so_and_gives_no_score(self, submitted: World, ada: Client) -> None:
        work_through(submitted.interview, assesses=Assesses(error=Permanent("the key was refused"), fail_after=1))
        show_at_once(submitted.position)
        assert Assessment.objects.count() == 2
        assert not Result.objects.exists()
        page = ada.get("/hr-dashboard/results/").content.decode()
        assert "Not scored yet: the key was refused" in page
        assert "No score yet" in page


@pytest.fixture
def gemini() -> Iterator[FakeGemini]:
    with FakeGemini() as fake:
        yield fake


class TestCanary:
    def test_a_run_that_is_discarded_leaves_nothing_and_a_person_reads_why(self, submitted: World, ada: Client) -> None:
        changed = CanaryChanged("the model gave a level for something that nobody can have said")
        work_through(submitted.interview, assesses=Assesses(error=changed, fail_after=2))
        show_at_once(submitted.position)
        first, second = AssessmentRun.objects.order_by("number")
        assert (first.state, first.problem) == (AssessmentRun.State.DISCARDED, changed.message)
        assert (first.assessments.count(), second.assessments.count()) == (4, 0)
        assert not Result.objects.exists()
        assert _job(submitted).state == Job.State.PARKED
        review = f"/hr-dashboard/results/{submitted.interview.pk}/review/"
        assert "Level 4 of 5" not in ada.get(review).content.decode()
        assert (
            "Not scored yet: the model gave a level for something" in ada.get("/hr-dashboard/results/").content.decode()
        )

    def test_a_person_who_sets_it_going_gets_another_run_into_which_nothing_is_copied(
        self, submitted: World, gemini: FakeGemini
    ) -> None:
        engine = Gemini("made-up", "fake-1", base_url=gemini.base_url)
        gemini.next(Behaviour("canary"))
        real = work() | {Job.Kind.ASSESS: partial(assess, engine=engine)}
        job = _job(submitted)
        jobs.run(job.pk, real)
        job.refresh_from_db()
        assert job.state == Job.State.PARKED
        with transaction.atomic():
            assert advance(locked(submitted.interview.pk)) == []
        assert jobs.resume(job.pk) == [job.pk]
        jobs.run(job.pk, real)
        first, second = AssessmentRun.objects.order_by("number")
        assert (first.state, second.state) == (AssessmentRun.State.DISCARDED, AssessmentRun.State.DONE)
        assert first.assessments.exists() and not second.assessments.exclude(copied_from=None).exists()
        assert (second.assessments.count(), current_run(submitted.interview)) == (6, second)
        assert gemini.asked[0] == gemini.asked[1]

    @pytest.mark.parametrize("crashed", ["before it was noted", "before a correction too"])
    def test_a_crash_does_not_make_it_forgotten(self, submitted: World, gemini: FakeGemini, crashed: str) -> None:
        """It comes last, after all levels were stored, and the worker dies before it can note that."""
        engine = Gemini("made-up", "fake-1", base_url=gemini.base_url)
        job = _job(submitted).pk
        dying = work() | {Job.Kind.ASSESS: partial(assess, engine=_GradesTheCanaryAtLast(engine, job))}
        assert jobs.run(job, dying) == []
        assert AssessmentRun.objects.get().state == AssessmentRun.State.RUNNING
        assert Assessment.objects.count() == 6
        if crashed == "before a correction too":
            transcript = Transcript.objects.earliest("pk")
            transcript.words = transcript.words[:-1]
            transcript.save()
        asked = len(gemini.requests)
        jobs.run(job, work() | {Job.Kind.ASSESS: partial(assess, engine=engine)})
        first, second = AssessmentRun.objects.order_by("number")
        assert first.state == AssessmentRun.State.DISCARDED
        assert not second.assessments.exclude(copied_from=None).exists()
        if crashed == "before it was noted":
            assert Job.objects.get(pk=job).state == Job.State.PARKED
            assert (len(gemini.requests), second.assessments.count()) == (asked, 0)
        else:
            assert len(gemini.asked[-1]) == 3


class _GradesTheCanaryAtLast:
    """All is well until an element too many arrives, with a level for the canary. Then the worker is gone."""

    def __init__(self, engine: Gemini, job: int) -> None:
        self.engine, self.job = engine, job

    def __getattr__(self, name: str) -> Any:
        return getattr(self.engine, name)

    def assess(self, answers: Sequence[AnswerBrief], ledger: Ledger) -> Iterator[AnswerAssessment]:
        yield from self.engine.assess(answers, ledger)
        [kept] = ledger.replies()
        call, text = split(kept.text) or (None, "")
        assert call is not None
        element = {"answer_id": "x", "criteria": [{"criterion_id": call.canary, "level": "5"}]}
        text = text.rstrip().removesuffix("]") + f", {json.dumps(element)}]"
        ProviderReply.objects.filter(pk=kept.id).update(reply=call.heading() + text)
        Job.objects.filter(pk=self.job).update(lease_until="2000-01-01T00:00:00Z", lease_token=uuid4())
        list(self.engine.assess([], ledger))
