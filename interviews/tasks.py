"""Where Huey enters. A task carries one id; losing it costs a moment, because the sweep reads the rows.

Huey's own threads only take hints from the queue and hand each to a thread of its own, at most `WORKERS` at once: a
job mostly waits for a provider, and a waiting thread costs little, while an idle one of Huey's keeps asking the queue.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import timedelta
from threading import BoundedSemaphore, Lock, Thread
from time import monotonic, sleep

from django.conf import settings
from django.db import connection, transaction
from huey.contrib.djhuey import HUEY, on_shutdown, on_startup, task

from interviews.models import Job
from interviews.processing import jobs, leases
from interviews.processing.advance import advance, locked, stalled
from interviews.processing.analysis import assess
from interviews.processing.forgetting import forget
from interviews.processing.handing_in import hand_in_those_over
from interviews.processing.mail import send
from interviews.processing.reminding import remind_those_due
from interviews.processing.rendering import render
from interviews.processing.spending import set_going
from interviews.processing.takes import sweep_takes
from interviews.processing.transcription import transcribe

logger = logging.getLogger(__name__)

SWEEP_SECONDS = 2.0
FINISH_WITHIN_SECONDS = 5.0
FREE_SLOT_WITHIN_SECONDS = 1.0
TRY_QUEUE_AGAIN_SECONDS = 2.0
FORGET_EVERY_SECONDS = 600.0
HINT_LIVES_BESIDE_AN_EMPTY_QUEUE = timedelta(seconds=5)
WORK: dict[str, jobs.Work] = {
    Job.Kind.RENDER: render,
    Job.Kind.TRANSCRIBE: transcribe,
    Job.Kind.ASSESS: assess,
    Job.Kind.MAIL: send,
}
PRIORITY = {Job.Kind.ASSESS: 10, Job.Kind.RENDER: 0, Job.Kind.TRANSCRIBE: 0, Job.Kind.MAIL: -10}
"""What a person waits for first: an assessment comes only after a submit."""
PRIORITY_OF_LOST = 20

_away_until = 0.0  # by monotonic()
_forget_at = 0.0  # the same
_slots = BoundedSemaphore(settings.WORKERS)


@task()
def run_job(job_id: int) -> None:
    if not _slots.acquire(timeout=FREE_SLOT_WITHIN_SECONDS):
        # All are taken: back into the queue. A thread of Huey's that waited on here could not be told to stop.
        hint([job_id])
        connection.close()
        return
    Thread(target=_run, args=(job_id,), name=f"job-{job_id}", daemon=True).start()


def _run(job_id: int) -> None:
    try:
        hint(jobs.run(job_id, WORK))
    except Exception:
        logger.exception("job %s could not be looked after", job_id)
    finally:
        connection.close()
        _slots.release()


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
                run_job(job_id, priority=PRIORITY_OF_LOST if is_lost else PRIORITY[Job.Kind(kind)])
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
    back to. A step that fails holds up none of the others."""
    for step in (
        _take_up_what_is_due,
        _take_up_what_stands_still,
        set_going,
        _hint_what_was_lost,
        _forget_now_and_then,
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


def _hint_what_was_lost() -> None:
    lost = jobs.overdue(HINT_LIVES_BESIDE_AN_EMPTY_QUEUE) if _queue_is_empty() else jobs.overdue()
    hint(lost, always=True)


def _forget_now_and_then() -> None:
    global _forget_at
    if monotonic() >= _forget_at:
        _forget_at = monotonic() + FORGET_EVERY_SECONDS
        forget()


def _queue_is_empty() -> bool:
    """Then whatever was hinted is in a worker's hands by now, or Redis has lost it."""
    try:
        return not HUEY.pending_count()
    except Exception:
        logger.exception("the queue does not answer")
        return False


_begun = Lock()


@on_startup()
def begin() -> None:
    """Huey calls this in each of its threads; one sweep and one pulse per process, as long as it lives."""
    if _begun.acquire(blocking=False):
        leases.start_pulse()
        Thread(target=_sweep_for_ever, name="sweep", daemon=True).start()


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
