"""Web processes leave a sign of life; a gap between two of them is an outage, and moves every open deadline by as much,
that of a position to the next whole minute.

The gap is ours to prove, not the applicant's: it counts whether or not anybody tried to reach the site meanwhile.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from math import ceil
from threading import Thread
from time import sleep

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from interviews.events import Kind, record
from interviews.models import Downtime, Interview, Position, SignOfLife

logger = logging.getLogger(__name__)

BEAT_SECONDS = 20.0
COUNTS_FROM = timedelta(minutes=2)
"""A restart is shorter, and costs nobody an answer."""


def start_beating() -> None:
    """Starts the thread of this web process."""
    Thread(target=_beat_for_ever, name="sign-of-life", daemon=True).start()


def beat() -> None:
    """One sign of life. The first one after an outage moves the deadlines."""
    with transaction.atomic():
        SignOfLife.objects.get_or_create(pk=1, defaults={"seen_at": timezone.now()})
        last = SignOfLife.objects.select_for_update().get(pk=1)
        now = timezone.now()
        away = now - last.seen_at
        SignOfLife.objects.filter(pk=1, seen_at__lt=now).update(seen_at=now)
        if away < COUNTS_FROM:
            return
        Downtime.objects.create(began_at=last.seen_at, ended_at=now)
        # Positions before interviews, as whoever moves the deadline of one locks them: neither waits for the other.
        minutes = timedelta(minutes=ceil(away / timedelta(minutes=1)))
        still_open = Position.objects.filter(deadline__gt=last.seen_at)
        still_open.update(deadline=F("deadline") + minutes, edits=F("edits") + 1)
        moved = Interview.objects.filter(
            state__in=[Interview.State.INVITED, Interview.State.STARTED],
            created_at__lt=last.seen_at,
            deadline__gt=last.seen_at,
        ).update(deadline=F("deadline") + away, days_end=F("days_end") + away, given_until=F("given_until") + away)
        record(Kind.BACK, None)
    logger.warning("the site was away for %s: %s deadlines moved", away, moved)


def _beat_for_ever() -> None:
    while True:
        try:
            beat()
        except Exception:
            logger.exception("no sign of life could be left")
        finally:
            connection.close()
        sleep(BEAT_SECONDS)
