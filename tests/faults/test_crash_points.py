"""A worker dies at any line of any job: another one finishes, once, and pays only for what was not kept."""

from __future__ import annotations

import signal
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db.models.functions import Now

from interviews.events import Kind
from interviews.models import Assessment, Event, Interview, Job, Result, Transcript
from interviews.processing import jobs
from interviews.processing.crashing import POINTS
from interviews.queries.operations import reconcile
from tests.engines import Hears, due, work
from tests.fakes.deepgram import SPOKEN, FakeDeepgram
from tests.fakes.gemini import FakeGemini
from tests.people import World
from tests.processes import Process, wait_until

CALLS = {
    "claimed": 1,  # nothing was asked yet
    "received": 2,  # the one point at which what was paid for is lost
    "kept": 1,
    "removed": 1,  # nothing of a provider's is
    "writing": 1,
    "ended": 1,
}
"""How often the provider is asked in all, where a worker dies at this point. A point without a figure here fails."""

LATER = [
    ("assess.writing:2", 1),  # the levels of one answer are written, not committed
    ("assess.writing:4", 1),  # of all answers
    ("assess.writing:5", 1),  # the result is
]
"""Points that one job passes several times. Told to die at the first, it never comes to these."""

PROVIDED = (Job.Kind.TRANSCRIBE, Job.Kind.ASSESS)  # a mail has no ledger: see test_mail_faults.py
CASES = [(f"{kind}.{it}", CALLS.get(it)) for kind in PROVIDED for it in POINTS if it != "removed"] + LATER


def test_every_point_says_how_often_the_provider_is_asked() -> None:
    assert set(CALLS) == set(POINTS)


@pytest.mark.parametrize("place, calls", CASES)
def test_a_worker_that_dies_is_followed_by_one_that_finishes(
    submitted: World,
    worker: Callable[..., Process],
    deepgram: FakeDeepgram,
    gemini: FakeGemini,
    place: str,
    calls: int,
) -> None:
    gemini.in_one_piece = True
    job = _one_job_left(submitted, Job.Kind(place.partition(".")[0]))
    asked = deepgram.requests if job.kind == Job.Kind.TRANSCRIBE else gemini.requests

    dying = worker(CRASH_AT=place).child
    assert dying is not None
    wait_until(lambda: dying.poll() is not None, f"a job comes past {place}")
    assert dying.poll() == -signal.SIGKILL
    job.refresh_from_db()
    was_committed = place.endswith(".ended")
    assert (job.state == Job.State.DONE) == was_committed

    _let_the_lease_end()
    finishing = worker()
    wait_until(_is_finished, "the interview is scored")
    finishing.stop()

    job.refresh_from_db()
    went = [attempt.outcome for attempt in job.attempts.order_by("pk")]
    assert (job.crashes, went) == ((0, ["done"]) if was_committed else (1, ["crashed", "done"]))
    assert len(asked) == calls
    _everything_is_there_once()


def _one_job_left(world: World, kind: Job.Kind) -> Job:
    """All the work before it is done. The workers' sweep finds it: no hint reaches the queue of another process."""
    hears = Hears(SPOKEN[0])
    for pk in due(world.interview)[1 if kind == Job.Kind.TRANSCRIBE else 0 :]:
        jobs.run(pk, work(hears))
    job = Job.objects.get(state=Job.State.QUEUED)
    assert job.kind == kind
    Job.objects.filter(pk=job.pk).update(hinted_at=None)
    return job


def _let_the_lease_end() -> None:
    """As if the time had passed after which a lease ends, and a hint counts as lost."""
    past = Now() - timedelta(seconds=1)
    Job.objects.filter(state=Job.State.RUNNING).update(lease_until=past, hinted_at=None)
    Job.objects.filter(state=Job.State.QUEUED).update(run_after=past, hinted_at=None)


def _is_finished() -> bool:
    return Result.objects.exists() and not Job.objects.exclude(state=Job.State.DONE).exists()


def _everything_is_there_once() -> None:
    assert Interview.objects.get().state == Interview.State.SCORED
    assert Transcript.objects.count() == 3
    assert Assessment.objects.count() == 3 * 2
    assert (Result.objects.get().criteria, Job.objects.count()) == (6, 3 + 1)
    happened = list(Event.objects.values_list("kind", flat=True))
    assert [happened.count(kind) for kind in (Kind.TRANSCRIBED, Kind.ASSESSED, Kind.SCORED)] == [3, 3, 1]
    assert reconcile() == 0
