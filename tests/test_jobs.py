"""The life of a job: one worker at a time, tried again while that is of use, then left to a person."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Now
from django.utils import timezone

from interviews.engines.errors import Busy, EngineError, Permanent, RetryLater, UnusableOutput
from interviews.engines.keeping import Ledger
from interviews.models import Assessment, Event, Interview, Job, Result, Transcript, Worker
from interviews.processing import jobs, leases
from interviews.queries import stages
from tests.engines import Assesses, Hears, first_job, raising, transcribed, with_quote, work, work_through
from tests.people import World
from tests.together import at_once

WorkOff = Callable[[], int]


def _end_lease(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(lease_until=Now() - timedelta(seconds=1))


def _elsewhere(act: Callable[[], object]) -> None:
    """In a thread of its own, as in a worker."""

    def run() -> None:
        try:
            act()
        finally:
            connection.close()

    thread = Thread(target=run)
    thread.start()
    thread.join()


def _stage(world: World) -> stages.Stage:
    return stages.stage(stages.with_counts(Interview.objects.filter(pk=world.interview.pk)).get())


class TestClaim:
    def test_of_many_workers_one_gets_the_job(self, answered: World) -> None:
        job, hears = first_job(answered.interview), Hears()
        at_once(*[lambda: jobs.run(job.pk, work(hears))] * 4)
        assert len(hears.heard) == 1
        job.refresh_from_db()
        assert (job.state, job.attempt) == (Job.State.DONE, 1)

    def test_a_job_that_is_done_parked_or_not_due_is_left_alone(self, answered: World) -> None:
        job, hears = first_job(answered.interview), Hears()
        for fields in (
            {"state": Job.State.DONE},
            {"state": Job.State.PARKED},
            {"state": Job.State.QUEUED, "run_after": timezone.now() + timedelta(minutes=1)},
            {
                "state": Job.State.RUNNING,
                "lease_token": uuid4(),
                "lease_until": timezone.now() + timedelta(seconds=20),
            },
        ):
            Job.objects.filter(pk=job.pk).update(**fields)
            assert jobs.run(job.pk, work(hears)) == []
        assert hears.heard == []

    def test_who_lost_the_lease_writes_nothing(self, answered: World, caplog: pytest.LogCaptureFixture) -> None:
        """The first worker stands still; a second takes over and finishes; the first wakes up."""
        job, seconds = first_job(answered.interview), Hears("what the second worker heard")

        def take_over(media: Path) -> None:
            _end_lease(job)
            jobs.run(job.pk, work(seconds))

        assert jobs.run(job.pk, work(Hears("what the first worker heard", first=take_over))) == []
        assert Transcript.objects.get().text == "what the second worker heard"
        job.refresh_from_db()
        assert (job.state, job.attempt) == (Job.State.DONE, 2)
        assert Event.objects.filter(kind="answer.transcribed").count() == 1
        assert "lease lost" in caplog.text

    @pytest.mark.parametrize("error", [RetryLater("Busy"), Permanent("Refused"), RuntimeError("ours")])
    def test_who_lost_the_lease_cannot_fail_the_job_either(self, answered: World, error: Exception) -> None:
        job = first_job(answered.interview)

        def take_over(media: Path) -> None:
            _end_lease(job)
            jobs.run(job.pk, work())
            raise error

        jobs.run(job.pk, work(Hears(first=take_over)))
        job.refresh_from_db()
        assert (job.state, job.problem) == (Job.State.DONE, "")

    def test_who_lost_the_lease_stores_no_further_level(self, submitted: World) -> None:
        transcribed(submitted.interview)
        job = Job.objects.get(kind=Job.Kind.ASSESS)
        rival = Assesses()

        class Slow(Assesses):
            def assess(self, answers: Any, ledger: Ledger) -> Any:
                given = super().assess(answers, ledger)
                yield next(given)
                _end_lease(job)
                jobs.run(job.pk, work(assesses=rival))
                yield from given

        slow = Slow(lambda answer, criterion: replace(with_quote(answer, criterion), reason="Slow."))
        jobs.run(job.pk, work(assesses=slow))
        assert len(rival.asked[0]) == 2
        assert Assessment.objects.filter(reason="Slow.").count() == 2  # one answer, before the lease ended
        assert Event.objects.filter(kind="interview.scored").count() == 1

    def test_the_pulse_extends_the_lease_while_the_engine_works(self, answered: World) -> None:
        job = first_job(answered.interview)
        extended: list[bool] = []

        def beat(media: Path) -> None:
            for deadline in (timedelta(minutes=1), timedelta(seconds=-1)):
                _end_lease(job)
                Job.objects.filter(pk=job.pk).update(deadline=Now() + deadline)
                _elsewhere(leases.pulse)
                extended.append(Job.objects.filter(pk=job.pk, lease_until__gt=Now()).exists())

        jobs.run(job.pk, work(Hears(first=beat)))
        assert extended == [True, False], "a job past its deadline must fall to others"
        assert Worker.objects.get().running == 1
        _end_lease(job)
        _elsewhere(leases.pulse)
        job.refresh_from_db()
        assert job.state == Job.State.DONE
        assert Worker.objects.get().running == 0

    def test_no_connection_is_held_while_the_engine_works(self, submitted: World) -> None:
        held: list[bool] = []

        def look(_sound: object) -> None:
            held.append(connection.connection is not None)

        class Looks(Assesses):
            def assess(self, answers: Any, ledger: Ledger) -> Any:
                look(None)
                for assessed in super().assess(answers, ledger):
                    yield assessed
                    look(None)

        assert connection.connection is not None
        work_through(submitted.interview, Hears(first=look), Looks())
        assert held == [False] * (3 + 1 + 3)

    def test_one_open_job_for_each_subject(self, submitted: World) -> None:
        transcribed(submitted.interview)
        job = Job.objects.get(kind=Job.Kind.ASSESS)
        for state in Job.OPEN:
            Job.objects.filter(pk=job.pk).update(
                state=state, lease_token=uuid4() if state == Job.State.RUNNING else None
            )
            with pytest.raises(IntegrityError), transaction.atomic():
                Job.objects.create(kind=Job.Kind.ASSESS, interview=submitted.interview)
        done = Job.objects.filter(kind=Job.Kind.TRANSCRIBE)[0]
        Job.objects.create(kind=done.kind, interview=done.interview, take=done.take)
        with pytest.raises(IntegrityError), transaction.atomic():
            Job.objects.create(kind=done.kind, interview=done.interview, take=done.take)
        with pytest.raises(IntegrityError), transaction.atomic():
            Job.objects.create(kind=Job.Kind.TRANSCRIBE, interview=done.interview)

    def test_a_job_has_an_owner_exactly_while_it_runs(self, answered: World) -> None:
        job = Job.objects.filter(pk=first_job(answered.interview).pk)
        for state in (Job.State.QUEUED, Job.State.PARKED, Job.State.DONE):
            with pytest.raises(IntegrityError), transaction.atomic():
                job.update(state=state, lease_token=uuid4())
        with pytest.raises(IntegrityError), transaction.atomic():
            job.update(state=Job.State.RUNNING, lease_token=None)


class TestFailure:
    @pytest.mark.parametrize("attempt", [1, 3, 7])
    def test_it_is_tried_again_within_bounds(self, submitted: World, attempt: int) -> None:
        job = first_job(submitted.interview)
        Job.objects.filter(pk=job.pk).update(attempt=attempt - 1)
        before = timezone.now()
        jobs.run(job.pk, work(Hears(first=raising(RetryLater("Deepgram is busy")))))
        after = timezone.now()
        job.refresh_from_db()
        assert (job.state, job.attempt, job.problem) == (Job.State.QUEUED, attempt, "Deepgram is busy")
        assert (job.lease_token, job.lease_until, job.hinted_at) == (None, None, None)
        most = min(600, 2 * 2**attempt)
        a_moment = timedelta(milliseconds=1)  # rows know no less
        assert before - a_moment <= job.run_after <= after + timedelta(seconds=most)
        assert Event.objects.filter(kind="job.delayed", answer__take=job.take).count() == 1
        assert "trying again: Deepgram is busy" in _stage(submitted).words

    def test_the_providers_own_delay_is_kept(self, answered: World) -> None:
        job = first_job(answered.interview)
        before = timezone.now()
        jobs.run(job.pk, work(Hears(first=raising(RetryLater("Busy", retry_after=1234.5)))))
        after = timezone.now()
        job.refresh_from_db()
        # At least as long as asked for, and spread over the four seconds of a first retry.
        assert (job.run_after - before).total_seconds() > 1234
        assert (job.run_after - after).total_seconds() <= 1234.5 + 4
        assert jobs.run(job.pk, work()) == []
        assert not Transcript.objects.exists()

    def test_a_provider_without_room_is_asked_ever_more_rarely_and_the_job_is_never_given_up(
        self, answered: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Deepgram names no time with its 429."""
        monkeypatch.setattr(random, "uniform", lambda least, most: most)
        job = first_job(answered.interview)
        for seconds in (4, 8, 16, 32, 64, 128, 256, 512, *[600] * 4):
            before = timezone.now()
            jobs.run(job.pk, work(Hears(first=raising(Busy("Deepgram asked us to slow down")))))
            after = timezone.now()
            job.refresh_from_db()
            assert (job.state, job.attempt) == (Job.State.QUEUED, 0)
            assert (job.run_after - after).total_seconds() <= seconds < (job.run_after - before).total_seconds() + 0.1
            Job.objects.filter(pk=job.pk).update(run_after=Now())

    def test_what_will_never_succeed_is_parked_at_once(self, answered: World) -> None:
        job = first_job(answered.interview)
        jobs.run(job.pk, work(Hears(first=raising(Permanent("Deepgram refused the key")))))
        job.refresh_from_db()
        assert (job.state, job.attempt, job.problem) == (Job.State.PARKED, 1, "Deepgram refused the key")
        assert _stage(answered).words == "Needs you: Deepgram refused the key"
        assert jobs.run(job.pk, work()) == []

    @pytest.mark.parametrize(
        "error, words",
        [
            (RetryLater("Deepgram is busy"), "Deepgram is busy"),
            (UnusableOutput("Deepgram sent nonsense"), "Deepgram sent nonsense"),
            (EngineError("It failed"), "It failed"),
            (RuntimeError("secret words"), "an unexpected fault on our side"),
        ],
    )
    def test_after_the_last_attempt_it_is_parked(self, answered: World, error: Exception, words: str) -> None:
        job = first_job(answered.interview)
        for attempt in range(1, jobs.ATTEMPTS + 1):
            jobs.run(job.pk, work(Hears(first=raising(error))))
            job.refresh_from_db()
            assert (job.state == Job.State.PARKED) == (attempt == jobs.ATTEMPTS)
            Job.objects.filter(pk=job.pk).update(run_after=Now())
        assert job.problem == f"{words}; given up after {jobs.ATTEMPTS} attempts"

    def test_a_long_problem_fits_into_its_column(self, answered: World) -> None:
        job = first_job(answered.interview)
        jobs.run(job.pk, work(Hears(first=raising(Permanent("x" * 1000)))))
        job.refresh_from_db()
        assert job.state == Job.State.PARKED
        assert len(job.problem) == Job._meta.get_field("problem").max_length

    def test_one_answer_that_fails_does_not_hold_up_the_others(self, submitted: World) -> None:
        doomed = first_job(submitted.interview)
        jobs.run(doomed.pk, work(Hears(first=raising(Permanent("no sound could be decoded")))))
        assesses = Assesses()
        work_through(submitted.interview, assesses=assesses)
        assert len(assesses.asked[0]) == 2
        result = Result.objects.get()
        assert (result.score, result.levels, result.criteria) == (Decimal(4), 4, 6)
        assert Interview.objects.get().state == Interview.State.SCORED
        assert _stage(submitted).words == "Needs you: no sound could be decoded"

    def test_no_transcript_at_all_is_no_score_and_says_why(self, submitted: World) -> None:
        assesses = Assesses()
        work_through(submitted.interview, Hears(first=raising(Permanent("no sound"))), assesses)
        result = Result.objects.get()
        assert assesses.asked == []
        assert (result.score, result.unscored_reason) == (None, "no answer could be transcribed")
