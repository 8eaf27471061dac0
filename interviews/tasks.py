"""Where Huey enters. A task carries one id; losing it costs a moment, because the sweep reads the rows."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from threading import Lock, Thread
from time import sleep

from django.db import connection, transaction
from huey.contrib.djhuey import on_startup, task

from interviews.models import Job
from interviews.processing import jobs
from interviews.processing.advance import advance, stalled
from interviews.processing.analysis import assess
from interviews.processing.transcription import transcribe

logger = logging.getLogger(__name__)

SWEEP_SECONDS = 5.0
WORK: dict[str, jobs.Work] = {Job.Kind.TRANSCRIBE: transcribe, Job.Kind.ASSESS: assess}


@task()
def run_job(job_id: int) -> None:
    try:
        hint(jobs.run(job_id, WORK))
    finally:
        connection.close()


def hint(job_ids: Iterable[int]) -> None:
    """Tell the workers, once the rows are visible to them. An absent Redis is logged, and the sweep takes its place."""
    due = list(job_ids)

    def tell() -> None:  # a function with a name: Django's robust hooks cannot report the failure of a partial
        for job_id in due:
            run_job(job_id)

    transaction.on_commit(tell, robust=True)


def sweep() -> None:
    """Find the work that no hint speaks of."""
    for interview in stalled():
        with transaction.atomic():
            hint(advance(interview))
    hint(jobs.overdue())


_sweeping = Lock()


@on_startup()
def keep_sweeping() -> None:
    """Huey calls this in each of its worker threads; one thread per process sweeps, as long as it lives."""
    if _sweeping.acquire(blocking=False):
        Thread(target=_sweep_for_ever, name="sweep", daemon=True).start()


def _sweep_for_ever() -> None:
    while True:
        try:
            sweep()
        except Exception:
            logger.exception("sweep failed")
        finally:
            connection.close()
        sleep(SWEEP_SECONDS)
