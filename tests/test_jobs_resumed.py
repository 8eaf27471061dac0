"""Work that stood still goes on: parked jobs by a person's word, everything else by the sweep."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db.models.functions import Now
from django.test import Client

from interviews.engines.errors import Permanent, RetryLater
from interviews.models import Event, Job, JobAttempt, Result
from interviews.processing import jobs
from interviews.processing.advance import stalled
from interviews.processing.due import overdue
from interviews.tasks import sweep
from tests.engines import Assesses, Hears, due, first_job, raising, transcribed, work, work_through
from tests.people import World

WorkOff = Callable[[], int]


def _lose_the_worker(job: Job, crashes: int = 0) -> None:
    """As a worker leaves it that claimed the job, died, and was not heard of for the length of a lease."""
    token = uuid4()
    Job.objects.filter(pk=job.pk).update(
        state=Job.State.RUNNING,
        attempt=crashes + 1,
        crashes=crashes,
        lease_token=token,
        lease_until=Now() - timedelta(seconds=1),
        hinted_at=None,
    )
    JobAttempt.objects.create(job=job, token=token, worker="lost")


class TestResume:
    @pytest.fixture
    def late(self, submitted: World) -> Job:
        """One transcription parked, the rest scored."""
        job = first_job(submitted.interview)
        jobs.run(job.pk, work(Hears(first=raising(Permanent("the key was refused")))))
        work_through(submitted.interview)
        job.refresh_from_db()
        assert job.state == Job.State.PARKED
        return job

    def test_a_late_transcript_has_only_its_own_answer_assessed(self, submitted: World, late: Job) -> None:
        assert jobs.resume(late.pk) == [late.pk]
        assert jobs.resume(late.pk) == []
        assesses = Assesses()
        work_through(submitted.interview, assesses=assesses)
        answer = submitted.interview.answers.get(take=late.take)
        assert assesses.asked == [[str(answer.pk)]]
        assert Result.objects.get().levels == 6
        assert not Job.objects.exclude(state=Job.State.DONE).exists()
        assert Event.objects.filter(kind="job.resumed").count() == 1

    def test_it_has_all_its_attempts_again(self, late: Job) -> None:
        Job.objects.filter(pk=late.pk).update(attempt=jobs.ATTEMPTS)
        jobs.resume(late.pk)
        jobs.run(late.pk, work(Hears(first=raising(RetryLater("busy")))))
        late.refresh_from_db()
        assert (late.state, late.attempt) == (Job.State.QUEUED, 1)

    def test_a_late_silence_changes_what_the_result_says(self, submitted: World) -> None:
        """Nothing could be transcribed; then it could, and nobody had spoken."""
        work_through(submitted.interview, Hears(first=raising(Permanent("the key was refused"))))
        assert Result.objects.get().unscored_reason == "no answer could be transcribed"
        for job in Job.objects.filter(state=Job.State.PARKED):
            jobs.resume(job.pk)
        work_through(submitted.interview, Hears(""))
        assert Result.objects.get().unscored_reason == "no speech was heard in any answer"
        assert not Job.objects.exclude(state=Job.State.DONE).exists()

    def test_an_operator_sets_it_going_in_the_admin(self, late: Job, work_off: WorkOff) -> None:
        root = Client()
        root.force_login(User.objects.create_superuser("root", "root@example.com", "-"))
        sent = {"action": "retry_selected", "_selected_action": [str(job.pk) for job in Job.objects.all()]}
        page = root.post("/admin/interviews/job/", sent, follow=True)
        assert b"1 of 4 jobs were set going." in page.content
        late.refresh_from_db()
        assert late.state == Job.State.QUEUED
        assert work_off() >= 1
        late.refresh_from_db()
        assert late.state == Job.State.DONE


class TestSweep:
    def test_work_that_nobody_looks_at_is_hinted_once(self, answered: World) -> None:
        lost, ended, again = Job.objects.order_by("pk")
        long_ago = Now() - timedelta(minutes=5)
        assert overdue() == []  # hinted a moment ago
        Job.objects.filter(pk=lost.pk).update(hinted_at=long_ago)
        Job.objects.filter(pk=ended.pk).update(
            hinted_at=long_ago, state=Job.State.RUNNING, lease_token=uuid4(), lease_until=long_ago
        )
        Job.objects.filter(pk=again.pk).update(hinted_at=None, run_after=Now() + timedelta(minutes=1))
        assert overdue() == [lost.pk, ended.pk]
        assert overdue() == []
        Job.objects.filter(pk=again.pk).update(run_after=long_ago)
        assert overdue() == [again.pk]

    def test_a_worker_that_died_is_followed_by_another(self, answered: World, work_off: WorkOff) -> None:
        job = first_job(answered.interview)
        _lose_the_worker(job)
        assert [job.pk] == overdue()
        assert jobs.run(job.pk, work()) == []
        job.refresh_from_db()
        assert (job.state, job.attempt, job.crashes) == (Job.State.DONE, 2, 1)
        assert [attempt.outcome for attempt in job.attempts.order_by("pk")] == ["crashed", "done"]

    def test_a_job_that_kills_its_workers_is_parked_and_the_rest_goes_on_at_once(self, submitted: World) -> None:
        """Otherwise it would kill one after the other for ever."""
        deadly = first_job(submitted.interview)
        for pk in due(submitted.interview)[1:]:
            jobs.run(pk, work())
        _lose_the_worker(deadly, crashes=jobs.CRASHES - 1)
        hears = Hears()
        due_now = jobs.run(deadly.pk, work(hears))
        assert hears.heard == []
        deadly.refresh_from_db()
        assert (deadly.state, deadly.crashes) == (Job.State.PARKED, 3)
        assert deadly.problem == "its worker ended without a word, or hung, 3 times"
        assert [Job.objects.get(pk=pk).kind for pk in due_now] == [Job.Kind.ASSESS]
        work_through(submitted.interview)
        assert Result.objects.get().levels == 4

    def test_an_interview_that_stands_still_is_found(self, submitted: World) -> None:
        transcribed(submitted.interview)
        assert stalled() == []
        Job.objects.filter(kind=Job.Kind.ASSESS).delete()
        assert stalled() == [submitted.interview]
        sweep()
        assert Job.objects.filter(kind=Job.Kind.ASSESS, state=Job.State.QUEUED).count() == 1
        assert stalled() == []

    def test_an_interview_that_stands_still_beside_a_parked_answer_is_found(self, submitted: World) -> None:
        """Two workers that end at the same moment need not see each other's outcome."""
        jobs.run(first_job(submitted.interview).pk, work(Hears(first=raising(Permanent("no sound")))))
        transcribed(submitted.interview)
        Job.objects.filter(kind=Job.Kind.ASSESS).delete()
        assert stalled() == [submitted.interview]
        sweep()
        assert Job.objects.filter(kind=Job.Kind.ASSESS, state=Job.State.QUEUED).count() == 1

    def test_a_parked_assessment_does_not_stand_still(self, submitted: World) -> None:
        work_through(submitted.interview, assesses=Assesses(error=Permanent("the key was refused")))
        assert Job.objects.get(kind=Job.Kind.ASSESS).state == Job.State.PARKED
        assert stalled() == []
