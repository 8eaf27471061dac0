"""Where Huey enters. A task carries one id; losing it costs a moment, because the sweep reads the rows.

Huey's own threads only take hints from the queue and hand each to a thread of its own, at most `WORKERS` at once: a
job mostly waits for a provider, and a waiting thread costs little, while an idle one of Huey's keeps asking the queue.
Recordings are made ready to play by computing alone, so of those no more are taken than there are processors: what
waits for one in the queue is there for every worker, and is not lost with this one.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable
from datetime import timedelta
from threading import BoundedSemaphore, Lock, Thread
from time import monotonic, sleep

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from huey.contrib.djhuey import on_shutdown, on_startup, task

from interviews.engines.errors import EngineError
from interviews.models import Job
from interviews.processing import jobs, leases, storing
from interviews.processing.advance import advance, locked, stalled
from interviews.processing.analysis import assess
from interviews.processing.due import overdue
from interviews.processing.erasing import erase, open_those_due, remove_stragglers, remove_tombstones
from interviews.processing.expiring import expire
from interviews.processing.handing_in import hand_in_those_over
from interviews.processing.mail import send
from interviews.processing.queue import hints_waiting, keep_statistics
from interviews.processing.reminding import remind_those_due
from interviews.processing.rendering import render
from interviews.processing.sealing import seal
from interviews.processing.spending import set_going
from interviews.processing.storing import store
from interviews.processing.takes import sweep_takes
from interviews.processing.transcription import transcribe
from interviews.processing.webhooks import deliver, to_be_told
from interviews.spans import about

logger = logging.getLogger(__name__)

SWEEP_SECONDS = 2.0
TIDY_SECONDS = 60.0
FINISH_WITHIN_SECONDS = 5.0
FREE_SLOT_WITHIN_SECONDS = 0.5
TRY_QUEUE_AGAIN_SECONDS = 2.0
EXPIRE_EVERY_SECONDS = 600.0
HINT_LIVES_BESIDE_AN_EMPTY_QUEUE = timedelta(seconds=5)
WORK: dict[str, jobs.Work] = {
    Job.Kind.RENDER: render,
    Job.Kind.TRANSCRIBE: transcribe,
    Job.Kind.ASSESS: assess,
    Job.Kind.MAIL: send,
    Job.Kind.WEBHOOK: deliver,
    Job.Kind.ERASE: erase,
    Job.Kind.STORE: store,
}
PRIORITY = {
    Job.Kind.ASSESS: 10,
    Job.Kind.RENDER: 0,
    Job.Kind.TRANSCRIBE: 0,
    Job.Kind.MAIL: -10,
    Job.Kind.WEBHOOK: -10,
    Job.Kind.ERASE: -20,
    Job.Kind.STORE: -20,
}
"""What a person waits for first: an assessment comes only after a submit."""
PRIORITY_OF_LOST = 20

LOOK_FOR_WHAT_IS_OVER_SECONDS = 300.0

_away_until = 0.0  # by monotonic()
_waiting = BoundedSemaphore(settings.WORKERS)
_computing = BoundedSemaphore(os.cpu_count() or 1)
_expire_at = 0.0  # by monotonic(), too
_looked_for_what_is_over = float("-inf")


@task()
def run_job(job_id: int, kind: str) -> None:
    slots = _computing if kind == Job.Kind.RENDER else _waiting
    if not slots.acquire(timeout=FREE_SLOT_WITHIN_SECONDS):
        # All are taken: back into the queue. A thread of Huey's that waited on here could not be told to stop.
        hint([job_id])
        connection.close()
        return
    Thread(target=_run, args=(job_id, slots), name=f"job-{job_id}", daemon=True).start()


def _run(job_id: int, slots: BoundedSemaphore) -> None:
    with about(job=job_id):
        try:
            hint(jobs.run(job_id, WORK))
        except Exception:
            logger.exception("job %s could not be looked after", job_id)
        finally:
            connection.close()
            slots.release()


def hint(job_ids: Iterable[int], *, always: bool = False) -> None:
    """Tell the workers, once the rows are visible to them. An absent Redis is logged, and the sweep takes its place.

    A queue that was away a moment ago is not tried, so that nobody waits for it, unless `always`.
    """
    due = list(job_ids)

    def tell() -> None:  # a function with a name: Django's robust hooks cannot report the failure of a partial
        global _away_until
        for job_id, kind, state in Job.objects.filter(pk__in=due).values_list("pk", "kind", "state"):
            try:
                is_lost = state == Job.State.RUNNING  # with a worker that was not heard of for the length of a lease
                run_job(job_id, kind, priority=PRIORITY_OF_LOST if is_lost else PRIORITY[Job.Kind(kind)])
            except Exception:
                # Not hinted after all: the next sweep tries again, and does not wait for an answer that cannot come.
                _away_until = monotonic() + TRY_QUEUE_AGAIN_SECONDS
                Job.objects.filter(pk__in=due).update(hinted_at=None)
                raise

    if due and (always or monotonic() >= _away_until):
        transaction.on_commit(tell, robust=True)
    elif due:
        Job.objects.filter(pk__in=due).update(hinted_at=None)  # in the caller's transaction: it costs no commit


def sweep() -> None:
    """Find the work that no hint speaks of, or that waited for a budget, reminders that are due, and what nobody came
    back to; seal the audit log. A step that fails holds up none of the others."""
    for step in (
        _take_up_what_is_due,
        _take_up_what_stands_still,
        _tell_others,
        set_going,
        _delete_what_is_over,
        _hint_what_was_lost,
        _store,
        seal,
        _expire_now_and_then,
    ):
        try:
            step()
        except Exception:
            logger.exception("sweep: %s failed", step.__name__)


def _take_up_what_is_due() -> None:
    hint([*remind_those_due(), *sweep_takes(), *hand_in_those_over()], always=True)


def _take_up_what_stands_still() -> None:
    for interview in stalled():
        with transaction.atomic():
            # Locked: other workers' sweeps find it too, and the second must see what the first has opened.
            hint(advance(locked(interview.pk)), always=True)


def _tell_others() -> None:
    hint(to_be_told(), always=True)


def _delete_what_is_over() -> None:
    """Seldom: it asks every interview. At once again while there is more."""
    global _looked_for_what_is_over
    if monotonic() - _looked_for_what_is_over < LOOK_FOR_WHAT_IS_OVER_SECONDS:
        return
    now = timezone.now()
    opened, may_be_more = open_those_due(now)
    hint(opened, always=True)
    remove_stragglers(now)
    may_be_more |= remove_tombstones(now) > 0
    if not may_be_more:
        _looked_for_what_is_over = monotonic()


def _store() -> None:
    hint(storing.due(), always=True)


def _hint_what_was_lost() -> None:
    lost = overdue(HINT_LIVES_BESIDE_AN_EMPTY_QUEUE) if _queue_is_empty() else overdue()
    hint(lost, always=True)


def _expire_now_and_then() -> None:
    global _expire_at
    if monotonic() >= _expire_at:
        _expire_at = monotonic() + EXPIRE_EVERY_SECONDS
        expire()


def _queue_is_empty() -> bool:
    """Then whatever was hinted is in a worker's hands by now, or Redis has lost it."""
    hints = hints_waiting()
    if hints is None:
        logger.error("the queue does not answer")
    return hints == 0


_begun = Lock()


@on_startup()
def begin() -> None:
    """Huey calls this in each of its threads; one sweep and one pulse per process, as long as it lives."""
    if _begun.acquire(blocking=False):
        leases.start_pulse()
        keep_statistics()
        Thread(target=_sweep_for_ever, name="sweep", daemon=True).start()
        if settings.S3_BUCKET:  # in a thread of its own: a bucket may take its time, and the sweep must not
            Thread(target=_tidy_for_ever, name="tidy", daemon=True).start()


@on_shutdown()
def end() -> None:
    """An orderly stop: what is nearly done is finished, the rest is handed back for others to take at once.

    In each of Huey's threads: the one that stops last may have taken a last hint after the others had stopped.
    """
    try:
        if not leases.wait_until_idle(FINISH_WITHIN_SECONDS):
            logger.info("%s jobs handed back", leases.hand_back())
    finally:
        connection.close()


def _sweep_for_ever() -> None:
    while True:
        try:
            sweep()
        except Exception:
            logger.exception("sweep failed")
        finally:
            connection.close()
        sleep(SWEEP_SECONDS)


def _tidy_for_ever() -> None:
    while True:
        try:
            storing.tidy()
        except EngineError as error:
            logger.warning("tidying the bucket: %s", error.message)
        except Exception:
            logger.exception("tidying the bucket failed")
        finally:
            connection.close()
        sleep(TIDY_SECONDS)
