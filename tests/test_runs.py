"""An interview may be assessed again: what was suggested before is kept, and nothing is paid for twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from interviews.actions.assessing import assess_again
from interviews.actions.refusals import WrongState
from interviews.actions.withdrawing import withdraw
from interviews.engines.analysis.base import AnswerBrief, CriterionAssessment, CriterionBrief
from interviews.engines.errors import Permanent, RetryLater
from interviews.models import Answer, Assessment, AssessmentRun, Event, Interview, Job, Result, Rubric, RubricVersion
from interviews.processing import jobs
from interviews.processing.advance import stalled
from interviews.processing.runs import opened
from interviews.queries import stages
from interviews.queries.operations import reconcile
from interviews.queries.runs import current_run
from interviews.tasks import sweep
from tests.engines import Assesses, Hears, due, with_quote, work, work_through
from tests.people import World, make_rubric, show_at_once


def _level(value: int) -> Callable[[AnswerBrief, CriterionBrief], CriterionAssessment]:
    return lambda answer, criterion: replace(with_quote(answer, criterion), level=value)


def _rows(run: AssessmentRun) -> list[object]:
    return [
        *AssessmentRun.objects.filter(pk=run.pk).values(),
        *run.questions.values(),
        *run.assessments.values(),
        *Result.objects.filter(run=run).values(),
    ]


def _row(world: World) -> stages.RowView:
    return stages.rows(Interview.objects.filter(pk=world.interview.pk))[0]


@pytest.fixture
def submitted(submitted: World) -> World:
    """What is suggested is shown at once: these tests are about what that is."""
    show_at_once(submitted.position)
    submitted.interview.refresh_from_db()
    return submitted


class TestFirst:
    def test_it_opens_by_itself_and_says_who_read_what_against_which_rubric(self, scored: World) -> None:
        run = AssessmentRun.objects.get()
        assert (run.number, run.state, run.asked_by, run.samples) == (1, AssessmentRun.State.DONE, None, 1)
        assert (run.engine, run.model, run.prompt_version) == ("assesses", "test-1", "1")
        assert run.began_at and run.ended_at and run.asked_at <= run.began_at <= run.ended_at
        assert dict(run.questions.values_list("question", "rubric")) == {it.pk: it.rubric_id for it in scored.questions}
        assert run.assessments.count() == 6
        assert Result.objects.get().run == run == current_run(scored.interview)

    def test_it_is_seen_while_it_is_under_way(self, submitted: World, ada: Client) -> None:
        work_through(submitted.interview, assesses=Assesses(error=RetryLater("busy"), fail_after=1))
        assert AssessmentRun.objects.get().state == AssessmentRun.State.RUNNING
        assert current_run(submitted.interview) == AssessmentRun.objects.get()
        page = ada.get(f"/hr-dashboard/results/{submitted.interview.pk}/review/").content.decode()
        assert page.count("It names the plan.") == 2
        assert "Assessed 1 of 3" in page
        assert '<progress value="1" max="3"' in ada.get("/hr-dashboard/results/").content.decode()
        work_through(submitted.interview)
        assert "<progress value" not in ada.get("/hr-dashboard/results/").content.decode()

    def test_words_that_come_in_later_are_read_in_the_same_run(self, submitted: World) -> None:
        doomed = due(submitted.interview)[0]
        jobs.run(doomed, work(Hears(first=lambda sound: _raise(Permanent("no sound")))))
        work_through(submitted.interview)
        assert Result.objects.get().levels == 4
        before = set(Assessment.objects.values_list("pk", "created_at"))
        jobs.resume(doomed)
        jobs.run(doomed, work())
        job = Job.objects.get(kind=Job.Kind.ASSESS, state=Job.State.QUEUED)
        jobs.run(job.pk, work(assesses=Assesses(error=RetryLater("busy"))))
        assert AssessmentRun.objects.get().state == AssessmentRun.State.RUNNING
        assert _row(submitted).score == Decimal(4), "the result so far went away"
        Job.objects.update(run_after="2000-01-01T00:00:00Z")
        again = Assesses()
        jobs.run(job.pk, work(assesses=again))
        assert len(again.asked[0]) == 1
        assert before < set(Assessment.objects.values_list("pk", "created_at"))
        assert (AssessmentRun.objects.get().state, Result.objects.get().levels) == (AssessmentRun.State.DONE, 6)


def _raise(error: Exception) -> None:
    raise error


class TestEngineChanged:
    def test_one_run_is_never_of_two_engines(self, submitted: World) -> None:
        for pk in due(submitted.interview):
            jobs.run(pk, work())
        job = Job.objects.get(kind=Job.Kind.ASSESS)
        jobs.run(job.pk, work(assesses=Assesses(error=RetryLater("busy"), fail_after=1)))
        Job.objects.update(run_after="2000-01-01T00:00:00Z")
        other = Assesses(model="test-2")
        jobs.run(job.pk, work(assesses=other))
        assert len(other.asked[0]) == 3
        first, second = AssessmentRun.objects.order_by("number")
        assert (first.state, first.assessments.count()) == (AssessmentRun.State.DISCARDED, 2)
        assert "was changed" in first.problem
        assert (second.state, second.model, second.assessments.count()) == (AssessmentRun.State.DONE, "test-2", 6)
        assert current_run(submitted.interview) == second
        assert _row(submitted).stage == "scored"

    def test_a_run_that_is_done_stands_and_the_next_one_reads_everything(self, submitted: World) -> None:
        doomed = due(submitted.interview)[0]
        jobs.run(doomed, work(Hears(first=lambda sound: _raise(Permanent("no sound")))))
        work_through(submitted.interview)
        kept = _rows(AssessmentRun.objects.get())
        jobs.resume(doomed)
        work_through(submitted.interview, assesses=Assesses(model="test-2"))
        first, second = AssessmentRun.objects.order_by("number")
        assert _rows(first) == kept
        assert second.assessments.count() == 6

    def test_one_run_is_never_of_two_numbers_of_samples(self, submitted: World) -> None:
        work_through(submitted.interview, assesses=Assesses(error=RetryLater("busy"), fail_after=1))
        work_through(submitted.interview, assesses=Assesses(samples=3))
        first, second = AssessmentRun.objects.order_by("number")
        assert (first.state, first.samples) == (AssessmentRun.State.DISCARDED, 1)
        assert (second.state, second.samples) == (AssessmentRun.State.DONE, 3)
        assert not second.assessments.exclude(copied_from=None).exists()

    def test_nothing_begun_is_nothing_lost(self, submitted: World) -> None:
        work_through(submitted.interview, assesses=Assesses(error=RetryLater("busy")))
        work_through(submitted.interview, assesses=Assesses(model="test-2"))
        run = AssessmentRun.objects.get()
        assert (run.state, run.model) == (AssessmentRun.State.DONE, "test-2")


class TestAgain:
    def test_the_run_before_is_kept_and_counts_until_the_next_is_done(self, scored: World, ada: Client) -> None:
        first = AssessmentRun.objects.get()
        kept = _rows(first)
        run = assess_again(scored.interview, {}, scored.ada)
        assert (run.number, run.state, run.asked_by) == (2, AssessmentRun.State.WAITING, scored.ada)
        assert Event.objects.filter(kind="assessment.asked").get().actor == scored.ada
        half = Assesses(_level(1), model="test-2", error=RetryLater("busy"), fail_after=2)
        work_through(scored.interview, assesses=half)
        row = _row(scored)
        assert (row.score, row.stage) == (Decimal(4), "assessing")
        assert row.stage_words == "Assessed again: 2 of 3 · trying again: busy"
        page = f"/hr-dashboard/results/{scored.interview.pk}/review/"
        assert ada.get(page).content.decode().count("Level 4 of 5") == 6
        work_through(scored.interview, assesses=Assesses(_level(1), model="test-2"))
        assert _row(scored).score == Decimal(1)
        assert ada.get(page).content.decode().count("Level 1 of 5") == 6
        assert _rows(first) == kept
        assert (current_run(scored.interview), run.assessments.count()) == (run, 6)

    def test_one_that_cannot_go_on_needs_somebody_and_takes_no_score_away(self, scored: World) -> None:
        assess_again(scored.interview, {}, scored.ada)
        work_through(scored.interview, assesses=Assesses(model="test-2", error=Permanent("the key was refused")))
        row = _row(scored)
        assert (row.score, row.stage_words) == (Decimal(4), "Needs you: the key was refused")

    def test_another_rubric_is_read_against_and_the_other_answers_are_copied(self, scored: World, ada: Client) -> None:
        changed = make_rubric("Migrations", number=2)
        run = assess_again(scored.interview, {scored.questions[0]: changed}, scored.ada)
        assesses = Assesses(_level(2))
        work_through(scored.interview, assesses=assesses)
        answer = Answer.objects.get(question=scored.questions[0])
        assert assesses.asked == [[str(answer.pk)]]
        assert set(run.assessments.filter(level=2).values_list("criterion", flat=True)) == set(
            changed.criteria.values_list("pk", flat=True)
        )
        copies = run.assessments.filter(level=4)
        assert copies.count() == 4
        for copy in copies:
            original = copy.copied_from
            assert original is not None and original.run.number == 1
            same = ("answer", "criterion", "level", "reason", "quotes", "samples", "refused", "transcript_sha256")
            assert [getattr(copy, name) for name in same] == [getattr(original, name) for name in same]
        assert _row(scored).score == Decimal("3.33")
        page = ada.get(f"/hr-dashboard/results/{scored.interview.pk}/review/").content.decode()
        assert (page.count("Level 2 of 5"), page.count("Level 4 of 5")) == (2, 4)

    def test_where_all_is_known_nothing_is_asked(self, scored: World) -> None:
        assess_again(scored.interview, {}, scored.ada)
        assesses = Assesses()
        work_through(scored.interview, assesses=assesses)
        assert assesses.asked == []
        assert (_row(scored).score, Result.objects.count()) == (Decimal(4), 2)

    @pytest.mark.parametrize(
        "prepare, words",
        [
            (lambda world: assess_again(world.interview, {}, None), "is being assessed"),
            (lambda world: withdraw(world.interview), "was withdrawn"),
            (lambda world: Interview.objects.update(state="submitted"), "has no result yet"),
        ],
    )
    @pytest.mark.leaves_loose_ends("the state was set past the actions")
    def test_it_is_refused_where_it_makes_no_sense(
        self, scored: World, prepare: Callable[[World], object], words: str
    ) -> None:
        prepare(scored)
        before = AssessmentRun.objects.count()
        with pytest.raises(WrongState, match=words):
            assess_again(scored.interview, {}, scored.ada)
        assert AssessmentRun.objects.count() == before

    def test_only_published_rubrics_and_only_its_own_questions(self, scored: World) -> None:
        draft = RubricVersion.objects.create(rubric=Rubric.objects.create(name="Unfinished"))
        with pytest.raises(WrongState, match="published rubrics only"):
            assess_again(scored.interview, {scored.questions[0]: draft}, scored.ada)
        assert Job.objects.filter(state__in=Job.OPEN).count() == 0


class TestLooseEnds:
    def test_a_run_without_a_job_is_counted_and_found_by_the_sweep(
        self, scored: World, work_off: Callable[[], int]
    ) -> None:
        with transaction.atomic():
            opened(scored.interview)
        assert reconcile() == 1
        assert stalled() == [scored.interview]
        sweep()
        assert reconcile() == 0
        work_off()
        assert AssessmentRun.objects.order_by("number")[1].state == AssessmentRun.State.DONE

    def test_one_open_run_for_each_interview(self, scored: World) -> None:
        run = assess_again(scored.interview, {}, scored.ada)
        with pytest.raises(IntegrityError), transaction.atomic():
            opened(scored.interview)
        with pytest.raises(IntegrityError), transaction.atomic():
            AssessmentRun.objects.create(interview=scored.interview, number=run.number, state="discarded")
