"""The life of a job: opened, claimed under a lease, done or tried again, parked for a person when trying is no use.

A worker owns a job while its lease token is in the row. Whoever lost the lease (a paused process, one that took too
long) finds its token gone and writes nothing: every outcome is written in the transaction that checks the token.

Two clocks: the lease says whether the worker is alive, the deadline how long this attempt may take.
"""

from __future__ import annotations

import logging
import random
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.models import User
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext_noop

from interviews.engines.errors import Busy, EngineError, FaultKind, Permanent, RetryLater
from interviews.events import Kind, record
from interviews.models import Answer, Interview, Job, JobAttempt
from interviews.processing.advance import advance, locked
from interviews.processing.crashing import point
from interviews.processing.due import free
from interviews.processing.leases import LEASE, held, worker_name
from interviews.processing.ledger import release_connection
from interviews.processing.spending import OverBudget
from interviews.spans import found, span

logger = logging.getLogger(__name__)

ATTEMPT_MAY_TAKE = {
    Job.Kind.RENDER: timedelta(minutes=20),
    Job.Kind.TRANSCRIBE: timedelta(minutes=15),
    Job.Kind.ASSESS: timedelta(minutes=20),
    Job.Kind.MAIL: timedelta(minutes=5),
    Job.Kind.WEBHOOK: timedelta(minutes=2),
    Job.Kind.ERASE: timedelta(minutes=20),
    Job.Kind.STORE: timedelta(minutes=60),
}
ATTEMPTS = 8
CRASHES = 3
BACKOFF_BASE_SECONDS = 2.0
BACKOFF_CAP_SECONDS = 600.0
PROBLEM_LENGTH = 300
NO_LEASE = {"lease_token": None, "lease_until": None, "deadline": None}


class LeaseLost(Exception):
    """Another worker owns this job now; nothing of ours may be written."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to work on one job until the lease ends. `of`: its interview, if it has one."""

    job_id: int
    kind: str
    of: uuid.UUID | None
    take_id: uuid.UUID | None
    token: uuid.UUID
    attempt: int
    crashes: int = 0

    @property
    def interview_id(self) -> uuid.UUID:
        """Of the kinds that have one."""
        assert self.of is not None  # noqa: S101 - a constraint of the table
        return self.of


Work = Callable[[Claim], list[int]]
"""Does the job, ends it with `ending(claim)`, returns the ids of the jobs that became due."""


def run(job_id: int, work: dict[str, Work]) -> list[int]:
    """Claim the job and do it. Returns the ids of jobs that became due; nothing where another worker has it."""
    token = uuid.uuid4()
    with held(token):
        claim = _claim(job_id, token)
        if claim is None:
            return []
        if claim.of is not None:
            found(interview=claim.of)
        if claim.crashes >= CRASHES:
            return _park(claim, f"its worker ended without a word, or hung, {claim.crashes} times", FaultKind.CRASHED)
        return _work_on(claim, work)


@contextmanager
def writing(claim: Claim) -> Iterator[None]:
    """A transaction that commits only while this claim holds the lease, and extends it."""
    with transaction.atomic():
        if not _mine(claim).update(lease_until=Now() + LEASE):
            raise LeaseLost
        yield
        point(claim.kind, "writing")


@contextmanager
def ending(claim: Claim, kind: Kind | None) -> Iterator[list[int]]:
    """The transaction that ends the job, and records `kind` if there is something to tell.

    The list that it gives holds, afterwards, the ids of the jobs now due.
    """
    with _leaving(claim, kind, JobAttempt.Outcome.DONE, state=Job.State.DONE, ended_at=Now()) as due:
        yield due
    point(claim.kind, "ended")


@contextmanager
def parking(claim: Claim, problem: str, fault: FaultKind) -> Iterator[list[int]]:
    """The transaction that leaves the job to a person, and what has to be so from then on. Gives what `ending` does."""
    logger.error("job %s (%s) parked: %s", claim.job_id, claim.kind, problem)
    outcome = JobAttempt.Outcome.PARKED
    with _leaving(claim, Kind.PARKED, outcome, problem, fault=fault, state=Job.State.PARKED, hinted_at=None) as due:
        yield due


@contextmanager
def _leaving(
    claim: Claim, kind: Kind | None, outcome: JobAttempt.Outcome, problem: str = "", **fields: object
) -> Iterator[list[int]]:
    due: list[int] = []
    problem = problem[:PROBLEM_LENGTH]
    with transaction.atomic():
        # Locked first: of two jobs that end at once, the second must see what the first has written.
        interview = locked(claim.of) if claim.of else None
        if not _mine(claim).update(**{"problem": problem, "fault": "", **NO_LEASE, **fields}):
            raise LeaseLost
        close_attempt(claim.token, outcome, problem)
        yield due
        due += _go_on(interview, kind, claim.take_id) if interview else []
        point(claim.kind, "writing")


def drop(interview: Interview, kind: Job.Kind) -> None:
    """Ends what is open of this kind without an outcome: a worker that has it finds its lease gone.

    In the caller's transaction, which has locked the interview.
    """
    found = Job.objects.select_for_update().filter(interview=interview, kind=kind, state__in=Job.OPEN)
    for job_id, token in list(found.values_list("pk", "lease_token")):
        Job.objects.filter(pk=job_id).update(state=Job.State.DROPPED, ended_at=Now(), **NO_LEASE)
        if token is not None:
            close_attempt(token, JobAttempt.Outcome.DROPPED)


def resume(job_id: int, actor: User | None = None) -> list[int]:
    """Set a parked job going again, with all its attempts before it. Returns its id, or nothing."""
    with transaction.atomic():
        moved = Job.objects.filter(pk=job_id, state=Job.State.PARKED).update(
            state=Job.State.QUEUED, attempt=0, crashes=0, run_after=Now(), hinted_at=Now(), problem="", fault=""
        )
        job = Job.objects.select_related("interview").filter(pk=job_id, interview__isnull=False).first()
        if moved and job:
            record(Kind.RESUMED, job.interview, answer=_answer(job.take_id), actor=actor)
    return [job_id] if moved else []


def _claim(job_id: int, token: uuid.UUID) -> Claim | None:
    with transaction.atomic():
        # Locked, so that what a lost worker left behind is taken over by one only.
        job = free().select_for_update(skip_locked=True).filter(pk=job_id).first()
        if job is None:
            return None
        crashes = job.crashes
        if job.lease_token is not None:
            crashes += 1
            close_attempt(job.lease_token, JobAttempt.Outcome.CRASHED)
        Job.objects.filter(pk=job_id).update(
            state=Job.State.RUNNING,
            lease_token=token,
            lease_until=Now() + LEASE,
            deadline=Now() + ATTEMPT_MAY_TAKE[Job.Kind(job.kind)],
            attempt=F("attempt") + 1,
            crashes=crashes,
            over_budget=False,
        )
        JobAttempt.objects.create(job=job, token=token, worker=worker_name())
    return Claim(job.pk, job.kind, job.interview_id, job.take_id, token, job.attempt + 1, crashes)


def _work_on(claim: Claim, work: dict[str, Work]) -> list[int]:
    logger.info("job %s (%s) attempt %s begins", claim.job_id, claim.kind, claim.attempt)
    point(claim.kind, "claimed")
    try:
        with span(f"job {claim.kind}", attempt=claim.attempt):
            due = work[claim.kind](claim)
    except LeaseLost:
        logger.warning("job %s: lease lost, its outcome is left to the new owner", claim.job_id)
        return []
    except RetryLater as error:
        is_over = isinstance(error, OverBudget)
        costs = not isinstance(error, Busy)
        return _try_again(
            claim, error.message, error.fault, error.retry_after, costs_attempt=costs, over_budget=is_over
        )
    except Permanent as error:
        return _park(claim, error.message, error.fault)
    except EngineError as error:
        return _try_again(claim, error.message, error.fault)
    except (OperationalError, InterfaceError) as error:
        logger.warning("job %s (%s) lost its database", claim.job_id, claim.kind, exc_info=error)
        release_connection()  # a broken one stays broken; the next is lent once the database is back
        return _try_again(claim, gettext_noop("our database was away"), FaultKind.DATABASE, costs_attempt=False)
    except Exception:
        logger.exception("job %s (%s) failed on a fault of ours", claim.job_id, claim.kind)
        return _try_again(claim, gettext_noop("an unexpected fault on our side"), FaultKind.OURS)
    logger.info("job %s (%s) done", claim.job_id, claim.kind)
    return due


def _try_again(
    claim: Claim,
    problem: str,
    fault: FaultKind,
    retry_after: float | None = None,
    *,
    costs_attempt: bool = True,
    over_budget: bool = False,
) -> list[int]:
    if costs_attempt and claim.attempt >= ATTEMPTS:
        return _park(claim, f"{problem}; given up after {claim.attempt} attempts", fault)
    tries = claim.attempt
    if not costs_attempt and retry_after is None:  # no room, and no word of when: asked again ever more rarely
        tries = JobAttempt.objects.filter(job=claim.job_id).count()
    ceiling = min(BACKOFF_CAP_SECONDS, BACKOFF_BASE_SECONDS * 2 ** min(tries, 20))
    # Full jitter; a delay that the provider named is kept, and spread so that not all come back at once.
    delay = (retry_after or 0) + random.uniform(0, ceiling)  # noqa: S311 - jitter, not a secret
    logger.warning("job %s (%s) waits %.1f s: %s", claim.job_id, claim.kind, delay, problem)
    return _leave(
        claim,
        Kind.DELAYED,
        JobAttempt.Outcome.DELAYED,
        problem,
        fault=fault,
        state=Job.State.QUEUED,
        attempt=claim.attempt if costs_attempt else claim.attempt - 1,
        run_after=Now() + timedelta(seconds=delay),
        over_budget=over_budget,
    )


def _park(claim: Claim, problem: str, fault: FaultKind) -> list[int]:
    logger.error("job %s (%s) parked: %s", claim.job_id, claim.kind, problem)
    return _leave(claim, Kind.PARKED, JobAttempt.Outcome.PARKED, problem, fault=fault, state=Job.State.PARKED)


def _leave(claim: Claim, kind: Kind, outcome: JobAttempt.Outcome, problem: str, **fields: object) -> list[int]:
    try:
        return _left(claim, kind, outcome, problem, fields)
    except (OperationalError, InterfaceError):
        # Once more: otherwise the job stays ours until the lease ends, and that would count as a crash.
        release_connection()
        return _left(claim, kind, outcome, problem, fields)


def _left(
    claim: Claim, kind: Kind, outcome: JobAttempt.Outcome, problem: str, fields: Mapping[str, object]
) -> list[int]:
    try:
        with _leaving(claim, kind, outcome, problem, hinted_at=None, **fields) as due:
            pass
    except LeaseLost:
        return []
    return due


def _go_on(interview: Interview, kind: Kind | None, take_id: uuid.UUID | None) -> list[int]:
    if kind in (Kind.SCORED, Kind.ERASED, Kind.DELETED):
        interview.refresh_from_db()  # no other end changes it
    due = advance(interview)
    if kind is not None:
        record(kind, interview, answer=_answer(take_id))
    return due


def close_attempt(token: uuid.UUID, outcome: JobAttempt.Outcome, problem: str = "") -> None:
    JobAttempt.objects.filter(token=token, outcome="").update(outcome=outcome, problem=problem, ended_at=Now())


def _mine(claim: Claim) -> QuerySet[Job]:
    return Job.objects.filter(pk=claim.job_id, lease_token=claim.token, state=Job.State.RUNNING)


def _answer(take_id: uuid.UUID | None) -> Answer | None:
    return Answer.objects.filter(take=take_id).order_by("pk").only("pk").first() if take_id else None
