"""What was assessed and paid for before an interview was given back is not lost, and not paid for again."""

from __future__ import annotations

from typing import Any

import pytest

from interviews.actions import answering
from interviews.actions.choosing import choose
from interviews.actions.reopening import reopen
from interviews.engines.analysis.base import AnswerBrief, CriterionAssessment, CriterionBrief
from interviews.engines.errors import Permanent
from interviews.models import Answer, Assessment, AssessmentRun, Interview, Job, JobAttempt, Result
from interviews.processing import jobs
from interviews.queries.operations import reconcile
from interviews.queries.reviews import answers as reviewed
from interviews.queries.stages import rows
from interviews.tasks import sweep
from tests.engines import Assesses, Hears, make_ready, with_quote, work, work_through
from tests.people import World
from tests.reopened import interview_of, record, stage_of
from tests.together import at_once


class TestAssessment:
    def test_what_was_assessed_stays_until_the_new_submit(self, scored: World, speech: bytes) -> None:
        reopen(scored.interview, 7, actor=scored.ada)
        assert Result.objects.count() == 1 and Assessment.objects.count() == 6
        record(scored, 0, speech)
        work_through(scored.interview, Hears("Other words about a migration and its plan"))
        assert Assessment.objects.count() == 6
        first, second = reviewed(interview_of(scored), revealed=True)[:2]
        assert {it.state for it in first.criteria} == {"waiting"}, "it was another recording"
        assert {it.state for it in second.criteria} == {"assessed"}

    def test_changed_answers_are_assessed_again_and_the_others_not_paid_for_again(
        self, scored: World, speech: bytes
    ) -> None:
        reopen(scored.interview, 7, actor=scored.ada)
        record(scored, 0, speech)
        answering.submit(interview_of(scored))
        assert [row.score for row in rows(Interview.objects.all())] == [None], "it is of what was handed in before"
        engine = Assesses()
        work_through(scored.interview, Hears("Other words about a migration and its plan"), engine)
        assert engine.asked == [[str(Answer.objects.get(question=scored.questions[0]).pk)]]
        old, new = AssessmentRun.objects.order_by("number")
        assert (old.assessments.count(), new.assessments.count()) == (6, 6)
        assert new.assessments.exclude(copied_from=None).count() == 4
        assert interview_of(scored).state == Interview.State.SCORED
        assert reconcile() == 0

    def test_levels_of_a_replaced_recording_count_no_more_where_the_new_one_gets_no_transcript(
        self, scored: World, speech: bytes
    ) -> None:
        reopen(scored.interview, 7, actor=scored.ada)
        record(scored, 0, speech)
        Job.objects.filter(state=Job.State.QUEUED).update(state=Job.State.PARKED, problem="it cannot be read")
        answering.submit(interview_of(scored))
        work_through(scored.interview)
        run = AssessmentRun.objects.latest("number")
        assert (run.number, run.result.levels, run.result.criteria) == (2, 4, 6)

    def test_nothing_is_paid_for_where_nothing_changed(self, scored: World) -> None:
        reopen(scored.interview, 7, actor=scored.ada)
        answering.submit(interview_of(scored))
        engine = Assesses()
        work_through(scored.interview, assesses=engine)
        assert engine.asked == []
        assert interview_of(scored).state == Interview.State.SCORED

    def test_going_back_to_the_earlier_recording_costs_nothing(self, scored: World, speech: bytes) -> None:
        earlier = Answer.objects.get(question=scored.questions[0]).take
        reopen(scored.interview, 7, actor=scored.ada)
        record(scored, 0, speech)
        choose(interview_of(scored), earlier.pk)
        answering.submit(interview_of(scored))
        engine = Assesses()
        work_through(scored.interview, assesses=engine)
        assert engine.asked == []

    def test_a_submit_that_no_worker_looked_at_is_found_by_the_sweep(self, scored: World) -> None:
        reopen(scored.interview, 7, actor=scored.ada)
        answering.submit(interview_of(scored))
        Job.objects.filter(kind=Job.Kind.ASSESS).exclude(state=Job.State.DONE).delete()
        assert reconcile() == 1
        sweep()
        assert reconcile() == 0

    @pytest.mark.parametrize("after", [0, 1, 3])
    def test_a_worker_that_is_assessing_writes_nothing_more(self, submitted: World, after: int) -> None:
        """Reopened while the engine is at its answer number `after`; 3: after its last one."""
        done = 0

        def level(answer: AnswerBrief, criterion: CriterionBrief) -> CriterionAssessment:
            nonlocal done
            if done == after * 2:
                reopen(submitted.interview, 7, actor=submitted.ada)
            done += 1
            return with_quote(answer, criterion)

        class Ends(Assesses):
            def assess(self, *given: Any) -> Any:
                yield from super().assess(*given)
                if after == 3:
                    reopen(submitted.interview, 7, actor=submitted.ada)

        for pk in Job.objects.filter(state=Job.State.QUEUED).values_list("pk", flat=True):
            jobs.run(pk, work())
        jobs.run(Job.objects.get(kind=Job.Kind.ASSESS).pk, work(assesses=Ends(level)))
        assert interview_of(submitted).state == Interview.State.STARTED
        assert Assessment.objects.count() == after * 2 and not Result.objects.exists()
        job = Job.objects.get(kind=Job.Kind.ASSESS)
        assert (job.state, job.attempts.get().outcome) == (Job.State.DROPPED, JobAttempt.Outcome.DROPPED)
        sweep()
        assert jobs.run(job.pk, work()) == [], "nobody takes it up again"
        answering.submit(interview_of(submitted))
        engine = Assesses()
        work_through(submitted.interview, assesses=engine)
        assert sum(map(len, engine.asked)) == 3 - after
        assert interview_of(submitted).state == Interview.State.SCORED

    def test_a_worker_and_a_recruiter_at_the_same_moment_leave_one_of_two_states(self, submitted: World) -> None:
        for pk in Job.objects.filter(state=Job.State.QUEUED).values_list("pk", flat=True):
            jobs.run(pk, work())
        job = Job.objects.get(kind=Job.Kind.ASSESS)
        at_once(lambda: jobs.run(job.pk, work()), lambda: reopen(submitted.interview, 7, actor=submitted.ada))
        job.refresh_from_db()
        assert interview_of(submitted).state == Interview.State.STARTED
        assert job.state in (Job.State.DONE, Job.State.DROPPED)
        assert Result.objects.exists() == (job.state == Job.State.DONE)

    def test_a_parked_assessment_does_not_stand_in_the_way(self, submitted: World) -> None:
        work_through(submitted.interview, assesses=Assesses(error=Permanent("the key was refused")))
        assert Job.objects.get(kind=Job.Kind.ASSESS).state == Job.State.PARKED
        reopen(submitted.interview, 7, actor=submitted.ada)
        assert stage_of(submitted) == "reopened"
        answering.submit(interview_of(submitted))
        work_through(submitted.interview)
        assert interview_of(submitted).state == Interview.State.SCORED


def test_a_transcription_under_way_goes_on_and_assesses_nothing(submitted: World, speech: bytes) -> None:
    reopen(submitted.interview, 7, actor=submitted.ada)
    record(submitted, 0, speech)
    make_ready(submitted.interview)
    work_through(submitted.interview)
    assert not Job.objects.filter(kind=Job.Kind.ASSESS).exists()
