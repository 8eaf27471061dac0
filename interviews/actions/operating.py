"""What an operator does with work: set it going, cancel it, pause it. Each act moves only what it finds as it expects,
is an event with its actor, and can be taken back as long as nothing else has happened to that work.

Nothing is lost by any of it: what is cancelled is parked, with the name of who did it, and can be set going again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from interviews.actions.refusals import WrongState
from interviews.engines.errors import FaultKind
from interviews.events import Kind, record
from interviews.models import Job, JobAttempt, Message, Pause
from interviews.processing.advance import advance, locked
from interviews.processing.jobs import NO_LEASE, close_attempt, resume
from interviews.tasks import hint


@dataclass(frozen=True, slots=True)
class Moved:
    """A job that an act has moved, and what it takes to move it back. `run_after`: "" where it did not wait."""

    job: int
    problem: str = ""
    fault: str = ""
    run_after: str = ""


def retry(job_id: int, actor: User) -> Moved | None:
    """A parked job has all its attempts again; one that waits for a next try is tried now. None where neither is so."""
    with transaction.atomic():
        job = _locked(job_id)
        if job is None:
            return None
        was = Moved(job_id, job.problem, job.fault, job.run_after.isoformat() if job.state == Job.State.QUEUED else "")
        if job.state == Job.State.PARKED:
            hint(resume(job_id, actor))
        elif job.state == Job.State.QUEUED and job.run_after > timezone.now():
            Job.objects.filter(pk=job_id).update(run_after=Now(), hinted_at=None, over_budget=False)
            hint([job_id])
            record(Kind.RESUMED, job.interview, actor=actor)
        else:
            return None
    return was


def unretry(moved: Moved, actor: User) -> bool:
    """As long as no worker has begun."""
    with transaction.atomic():
        job = _locked(moved.job)
        if job is None or job.state != Job.State.QUEUED:
            return False
        if job.run_after > timezone.now() if moved.run_after else job.attempt > 0:
            return False
        if moved.run_after:
            Job.objects.filter(pk=job.pk).update(run_after=datetime.fromisoformat(moved.run_after))
            record(Kind.DELAYED, job.interview, actor=actor)
        else:
            _park(job, moved.problem, moved.fault)
            record(Kind.PARKED, job.interview, actor=actor)
    return True


def cancel(job_id: int, actor: User) -> Moved | None:
    """Nothing does it any more, also where a worker has it just now: its outcome is not taken. A mail is not sent.

    None where there was nothing to cancel.
    """
    problem = f"cancelled by {actor.get_username()}"
    with transaction.atomic():
        job = _locked(job_id)
        if job is None or job.state not in (Job.State.QUEUED, Job.State.RUNNING):
            return None
        if job.kind == Job.Kind.MAIL:
            if job.state == Job.State.RUNNING:
                return None  # it may be with the mail server already
            Job.objects.filter(pk=job_id).update(state=Job.State.DROPPED, problem=problem, ended_at=Now())
            _set_message(job, Message.State.DROPPED, problem)
            record(Kind.NOT_MAILED, job.interview, actor=actor)
        else:
            if job.lease_token is not None:
                close_attempt(job.lease_token, JobAttempt.Outcome.DROPPED, problem)
            _park(job, problem, FaultKind.CANCELLED)
            if job.interview is not None:
                hint(advance(job.interview))
            record(Kind.PARKED, job.interview, actor=actor)
    return Moved(job_id, problem)


def uncancel(moved: Moved, actor: User) -> bool:
    with transaction.atomic():
        job = _locked(moved.job)
        if job is None or job.problem != moved.problem or job.state not in (Job.State.PARKED, Job.State.DROPPED):
            return False
        if job.kind != Job.Kind.MAIL:
            due = resume(job.pk, actor)
            hint(due)
            return bool(due)
        try:
            with transaction.atomic():
                _set_message(job, Message.State.QUEUED, "")
        except IntegrityError:  # the decision is told by another mail meanwhile
            return False
        Job.objects.filter(pk=job.pk).update(
            state=Job.State.QUEUED, problem="", ended_at=None, run_after=Now(), hinted_at=Now()
        )
        hint([job.pk])
        record(Kind.MAIL_ASKED, job.interview, actor=actor)
    return True


def pause(job_id: int, actor: User) -> Moved | None:
    """Not claimed until the pause ends; a worker that has it finishes. None where there is nothing to hold up."""
    with transaction.atomic():
        job = _locked(job_id)
        if job is None or job.state not in (Job.State.QUEUED, Job.State.RUNNING):
            return None
        _pause, is_new = Pause.objects.get_or_create(job=job, defaults={"by": actor})
        if not is_new:
            return None
        record(Kind.PAUSED, job.interview, actor=actor)
    return Moved(job_id)


def unpause(job_id: int, actor: User) -> Moved | None:
    with transaction.atomic():
        job = _locked(job_id)
        if job is None or not Pause.objects.filter(job=job).delete()[0]:
            return None
        hint([job_id])
        record(Kind.UNPAUSED, job.interview, actor=actor)
    return Moved(job_id)


def pause_kind(kind: Job.Kind, engine: str, actor: User) -> Pause:
    """All work of this kind, or only while this engine does it. Raises WrongState."""
    try:
        with transaction.atomic():
            made = Pause.objects.create(kind=kind, engine=engine, by=actor)
            record(Kind.PAUSED, None, actor=actor)
    except IntegrityError as error:
        raise WrongState(_("This is paused already.")) from error
    return made


def unpause_kind(pause_id: int, actor: User) -> tuple[Job.Kind, str]:
    """What goes on again: kind and engine. Raises WrongState."""
    with transaction.atomic():
        ended = Pause.objects.select_for_update().exclude(kind="").filter(pk=pause_id).first()
        if ended is None:
            raise WrongState(_("This is not paused any more."))
        ended.delete()
        held = Job.objects.filter(kind=ended.kind, state=Job.State.QUEUED)
        held.update(hinted_at=None)  # the next sweep hints them all
        record(Kind.UNPAUSED, None, actor=actor)
    return Job.Kind(ended.kind), ended.engine


ACTS: dict[str, Callable[[int, User], Moved | None]] = {
    "retry": retry,
    "cancel": cancel,
    "pause": pause,
    "unpause": unpause,
}
INVERSE: dict[str, Callable[[Moved, User], object]] = {
    "retry": unretry,
    "cancel": uncancel,
    "pause": lambda moved, actor: unpause(moved.job, actor),
    "unpause": lambda moved, actor: pause(moved.job, actor),
}


def act(what: str, job_ids: Iterable[int], actor: User) -> list[Moved]:
    """`what` is one of ACTS. Those that were moved."""
    return [moved for pk in job_ids if (moved := ACTS[what](pk, actor)) is not None]


def take_back(what: str, moved: Iterable[Moved], actor: User) -> int:
    """How many could be taken back: nothing else had happened to them."""
    return sum(bool(INVERSE[what](it, actor)) for it in moved)


def _locked(job_id: int) -> Job | None:
    """With its interview, where it is of one, locked first, as where a job ends. None: it has gone meanwhile."""
    interview_id = Job.objects.filter(pk=job_id).values_list("interview", flat=True).first()
    interview = locked(interview_id) if interview_id is not None else None
    job = Job.objects.select_for_update().filter(pk=job_id).first()
    if job is not None:
        job.interview = interview
    return job


def _park(job: Job, problem: str, fault: str) -> None:
    Job.objects.filter(pk=job.pk).update(
        state=Job.State.PARKED, problem=problem, fault=fault, hinted_at=None, over_budget=False, **NO_LEASE
    )


def _set_message(job: Job, state: Message.State, problem: str) -> None:
    ended_at = None if state == Message.State.QUEUED else timezone.now()
    Message.objects.filter(jobs=job).update(state=state, problem=problem, ended_at=ended_at)
