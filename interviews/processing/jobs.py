"""The life of a job: opened, claimed under a lease, done or tried again, parked for a person when trying is no use.

A worker owns a job while its lease token is in the row. Whoever lost the lease (a paused process, say) finds its token
gone and writes nothing: every write of a job's outcome happens in the transaction that checks the token.
"""

from __future__ import annotations

import logging
import random
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from threading import Event as Flag
from threading import Thread

from django.db import close_old_connections, connection, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now

from interviews.engines.errors import EngineError, Permanent, RetryLater
from interviews.events import Kind, record
from interviews.models import Answer, Interview, Job
from interviews.processing.advance import advance

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=30)
HEARTBEAT_SECONDS = 10.0
HINT_AGAIN_AFTER = timedelta(seconds=30)
ATTEMPTS = 8
BACKOFF_BASE_SECONDS = 2.0
BACKOFF_CAP_SECONDS = 600.0


class LeaseLost(Exception):
    """Another worker owns this job now; nothing of ours may be written."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to work on one job until the lease ends."""

    job_id: int
    kind: str
    interview_id: uuid.UUID
    take_id: uuid.UUID | None
    token: uuid.UUID
    attempt: int


Work = Callable[[Claim], list[int]]
"""Does the job, ends it with `ending(claim)`, returns the ids of the jobs that became due."""


def run(job_id: int, work: dict[str, Work]) -> list[int]:
    """Claim the job and do it. Returns the ids of jobs that became due; nothing where another worker has it."""
    claim = _claim(job_id)
    if claim is None:
        return []
    logger.info("job %s (%s) attempt %s begins", claim.job_id, claim.kind, claim.attempt)
    try:
        with _heartbeat(claim):
            due = work[claim.kind](claim)
    except LeaseLost:
        logger.warning("job %s: lease lost, its outcome is left to the new owner", claim.job_id)
        return []
    except RetryLater as error:
        return _try_again(claim, error.message, error.retry_after)
    except Permanent as error:
        return _park(claim, error.message)
    except EngineError as error:
        return _try_again(claim, error.message, None)
    except Exception:
        logger.exception("job %s (%s) failed on a fault of ours", claim.job_id, claim.kind)
        return _try_again(claim, "an unexpected fault on our side", None)
    logger.info("job %s (%s) done", claim.job_id, claim.kind)
    return due


@contextmanager
def writing(claim: Claim) -> Iterator[None]:
    """A transaction that commits only while this claim holds the lease, and extends it."""
    with transaction.atomic():
        if not _mine(claim).update(lease_until=Now() + LEASE):
            raise LeaseLost
        yield


@contextmanager
def ending(claim: Claim) -> Iterator[list[int]]:
    """The transaction that ends the job. The list that it gives holds, afterwards, the ids of the jobs now due."""
    due: list[int] = []
    with transaction.atomic():
        moved = _mine(claim).update(
            state=Job.State.DONE, ended_at=Now(), lease_token=None, lease_until=None, problem=""
        )
        if not moved:
            raise LeaseLost
        yield due
        due += advance(_interview(claim.job_id))


def release_connection() -> None:
    """Called before waiting for a provider: a waiting worker holds no database connection."""
    if not connection.in_atomic_block:
        connection.close()


def overdue() -> list[int]:
    """What a worker should look at although no hint came: lost hints, ended leases, retries whose time has come.

    Marks what it returns, so that of many callers one hints each job.
    """
    due = Q(state=Job.State.QUEUED, run_after__lte=Now()) | Q(state=Job.State.RUNNING, lease_until__lt=Now())
    unhinted = Q(hinted_at__isnull=True) | Q(hinted_at__lt=Now() - HINT_AGAIN_AFTER)
    candidates = Job.objects.filter(due, unhinted)
    return [
        pk
        for pk in candidates.order_by("pk").values_list("pk", flat=True)[:200]
        if candidates.filter(pk=pk).update(hinted_at=Now())
    ]


def resume(job_id: int) -> list[int]:
    """Set a parked job going again, with all its attempts before it. Returns its id, or nothing."""
    with transaction.atomic():
        moved = Job.objects.filter(pk=job_id, state=Job.State.PARKED).update(
            state=Job.State.QUEUED, attempt=0, run_after=Now(), hinted_at=Now(), problem=""
        )
        if moved:
            take_id = Job.objects.values_list("take_id", flat=True).get(pk=job_id)
            record(Kind.RESUMED, _interview(job_id), answer=_answer(take_id))
    return [job_id] if moved else []


def _claim(job_id: int) -> Claim | None:
    token = uuid.uuid4()
    free = Q(state=Job.State.QUEUED, run_after__lte=Now()) | Q(state=Job.State.RUNNING, lease_until__lt=Now())
    claimed = Job.objects.filter(free, pk=job_id).update(
        state=Job.State.RUNNING, lease_token=token, lease_until=Now() + LEASE, attempt=F("attempt") + 1
    )
    if not claimed:
        return None
    job = Job.objects.get(pk=job_id)
    return Claim(job.pk, job.kind, job.interview_id, job.take_id, token, job.attempt)


@contextmanager
def _heartbeat(claim: Claim) -> Iterator[None]:
    """Extends the lease from a thread of its own, since the worker's own thread waits for the provider."""
    ended = Flag()

    def beat() -> None:
        while not ended.wait(HEARTBEAT_SECONDS):
            try:
                held = Job.objects.filter(pk=claim.job_id, lease_token=claim.token).update(lease_until=Now() + LEASE)
            except Exception:
                logger.exception("job %s: heartbeat failed", claim.job_id)
            else:
                if not held:
                    return
            finally:
                close_old_connections()
                connection.close()

    thread = Thread(target=beat, name=f"heartbeat-{claim.job_id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _try_again(claim: Claim, problem: str, retry_after: float | None) -> list[int]:
    if claim.attempt >= ATTEMPTS:
        return _park(claim, f"{problem}; given up after {claim.attempt} attempts")
    ceiling = min(BACKOFF_CAP_SECONDS, BACKOFF_BASE_SECONDS * 2**claim.attempt)
    delay = max(random.uniform(0, ceiling), retry_after or 0)  # noqa: S311 - jitter, not a secret
    logger.warning("job %s (%s) waits %.1f s: %s", claim.job_id, claim.kind, delay, problem)
    later = Now() + timedelta(seconds=delay)
    return _leave(claim, Kind.DELAYED, problem, state=Job.State.QUEUED, run_after=later)


def _park(claim: Claim, problem: str) -> list[int]:
    logger.error("job %s (%s) parked: %s", claim.job_id, claim.kind, problem)
    return _leave(claim, Kind.PARKED, problem, state=Job.State.PARKED)


def _leave(claim: Claim, kind: Kind, problem: str, **fields: object) -> list[int]:
    fields |= {"lease_token": None, "lease_until": None, "hinted_at": None}
    with transaction.atomic():
        if not _mine(claim).update(problem=problem[: Job._meta.get_field("problem").max_length], **fields):
            return []
        interview = _interview(claim.job_id)
        due = advance(interview)  # an answer that was given up on no longer holds up the others
        record(kind, interview, answer=_answer(claim.take_id))
    return due


def _mine(claim: Claim) -> QuerySet[Job]:
    return Job.objects.filter(pk=claim.job_id, lease_token=claim.token, state=Job.State.RUNNING)


def _interview(job_id: int) -> Interview:
    return Interview.objects.select_related("question_set__position").get(jobs=job_id)


def _answer(take_id: uuid.UUID | None) -> Answer | None:
    return Answer.objects.filter(take=take_id).first() if take_id else None
