"""The jobs that this process has in hand, and the thread that keeps their leases alive."""

from __future__ import annotations

import logging
import os
import platform
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Condition, Thread
from time import monotonic, sleep

from django.db import connection, transaction
from django.db.models import F, Value
from django.db.models.functions import Greatest, Now

from interviews.models import Job, JobAttempt, Worker

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=24)
PULSE_SECONDS = 8.0

_held: set[uuid.UUID] = set()
_changed = Condition()


def worker_name() -> str:
    return f"{platform.node()}:{os.getpid()}"


@contextmanager
def held(token: uuid.UUID) -> Iterator[None]:
    """While this lasts, the lease is extended."""
    with _changed:
        _held.add(token)
    try:
        yield
    finally:
        with _changed:
            _held.discard(token)
            _changed.notify_all()


def wait_until_idle(seconds: float) -> bool:
    """Whether no job is in hand any more."""
    until = monotonic() + seconds
    with _changed:
        while _held and (left := until - monotonic()) > 0:
            _changed.wait(left)
        return not _held


def hand_back() -> int:
    """Give up the jobs in hand so that others can take them at once; it costs them no attempt. Returns how many."""
    with _changed:
        tokens = list(_held)
    with transaction.atomic():
        # Jobs before attempts, as everywhere: the threads that work on them may be ending them right now.
        handed_back = Job.objects.filter(lease_token__in=tokens).update(
            state=Job.State.QUEUED,
            attempt=Greatest(F("attempt") - 1, Value(0)),
            lease_token=None,
            lease_until=None,
            deadline=None,
            run_after=Now(),
            hinted_at=None,
        )
        JobAttempt.objects.filter(token__in=tokens, outcome="").update(
            outcome=JobAttempt.Outcome.HANDED_BACK, ended_at=Now()
        )
    return handed_back


def start_pulse() -> None:
    """Starts the thread. Its own, since a worker's thread waits for its provider."""
    Thread(target=_pulse_for_ever, name="pulse", daemon=True).start()


def pulse() -> None:
    """One statement for all jobs in hand. One past its deadline is left out: its lease ends, and others take it."""
    with _changed:
        tokens = list(_held)
    if tokens:
        Job.objects.filter(lease_token__in=tokens, deadline__gt=Now()).update(lease_until=Now() + LEASE)
    name = worker_name()
    if not Worker.objects.filter(pk=name).update(seen_at=Now(), running=len(tokens)):
        Worker.objects.get_or_create(pk=name, defaults={"running": len(tokens)})


def _pulse_for_ever() -> None:
    while True:
        try:
            pulse()
        except Exception:
            logger.exception("pulse failed")
        finally:
            connection.close()
        sleep(PULSE_SECONDS)
