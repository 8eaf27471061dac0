"""The queue as Huey itself sees it: hints that wait, and what its own recorder wrote down of those that were taken.

The recorder keeps two days, in the site's database, or beside it where that is SQLite. A hint holds an id, so nothing
of anybody is in it. Only workers record: a request does not wait for it.
"""

from __future__ import annotations

import logging
from functools import cache
from typing import Any

import peewee
from django.conf import settings
from huey.contrib.djhuey import HUEY
from huey.contrib.stats import HueyStats, enable_stats

from interviews.queries.work import HueyView, QueueView

logger = logging.getLogger(__name__)

MINUTES = 60
TRIES = 2
"""Of two workers that make the tables at the same moment, one fails."""


def hints_waiting() -> int | None:
    """In the queue; None where it does not answer."""
    try:
        return int(HUEY.pending_count())
    except Exception:  # noqa: BLE001 - whichever way it is away
        return None


def queue_answers() -> bool:
    return hints_waiting() is not None


def queue() -> QueueView:
    return QueueView(hints_waiting(), _recorded())


def keep_statistics() -> None:
    """From now on, in this process. Where it cannot be, work goes on without."""
    for _ in range(TRIES):
        try:
            enable_stats(HUEY, _database())
        except Exception:
            logger.exception("Huey's statistics are not recorded")
        else:
            return


def _recorded() -> HueyView | None:
    try:
        with _database().connection_context():
            stats = _reader()
            overview = stats.overview()
            bars = stats.throughput(MINUTES)
            slowest = max((row["avg"] or 0 for row in stats.task_breakdown()), default=0.0)
        return HueyView(overview["completed"], overview["errors"], slowest * 1000, bars["complete"], bars["error"])
    except peewee.PeeweeException:
        logger.exception("Huey's statistics cannot be read")
        return None


@cache
def _reader() -> Any:
    return HueyStats(HUEY, _database())


@cache
def _database() -> Any:
    if settings.EMBEDDED:
        path = settings.DATA_DIR / "huey-statistics.sqlite3"
        return peewee.SqliteDatabase(str(path), timeout=5, pragmas={"journal_mode": "wal", "synchronous": 1})
    ours = settings.DATABASES["default"]
    names = {"HOST": "host", "PORT": "port", "USER": "user", "PASSWORD": "password"}
    given = {theirs: ours[name] for name, theirs in names.items() if ours.get(name)}
    return peewee.PostgresqlDatabase(ours["NAME"], **given)
