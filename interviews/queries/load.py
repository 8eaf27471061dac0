"""How much work there is, how old it is, and how those who do it are: numbers, for whoever watches over the site.

Of rows that are never deleted only those of today are read, so that a site of many years answers as fast as a new one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, F, Max, Min, Q, Sum
from django.db.models.functions import Now
from django.utils import timezone

from interviews.engines.catalogue import ANALYSERS, MAIL, TRANSCRIBERS
from interviews.events import Event, head
from interviews.models import Interview, Job, JobAttempt, ProviderHealth, Worker

RECENT = timedelta(minutes=5)
ATTEMPTS_LOOKED_AT = 20_000
"""The newest. What a site did beyond that in RECENT is not counted."""
_IS_DUE = Q(state=Job.State.QUEUED, run_after__lte=Now())
_UNDER_WAY = Q(state__in=[Job.State.QUEUED, Job.State.RUNNING], over_budget=False)


@dataclass(frozen=True, slots=True)
class Work:
    """The open jobs of one kind. Ages in seconds, 0 where there is none."""

    counts: Mapping[str, int]
    """By where they stand: "due" (a worker may take it now), "later" (after a failure, or at its time), "over_budget",
    "running", "parked"."""
    queue_age: float = 0.0
    """How long the one that has been due for longest waits for a worker."""
    lag: float = 0.0
    """How long ago the oldest was opened that is neither done nor parked, nor waits for a budget or its time."""


@dataclass(frozen=True, slots=True)
class Provider:
    is_out: bool
    failures: int


@dataclass(frozen=True, slots=True)
class Workers:
    alive: int
    running: int
    silence: float | None
    """Seconds since the newest sign of life of any; None: there never was one."""


@dataclass(frozen=True, slots=True)
class Unscored:
    """Interviews that were submitted and are with the machine."""

    count: int
    age: float


STATES = {
    "due": _IS_DUE & Q(over_budget=False),
    "later": Q(state=Job.State.QUEUED, over_budget=False) & ~_IS_DUE,
    "over_budget": Q(state=Job.State.QUEUED, over_budget=True),
    "running": Q(state=Job.State.RUNNING),
    "parked": Q(state=Job.State.PARKED),
}


def work() -> dict[str, Work]:
    """By kind of job, every kind."""
    found = (
        Job.objects.filter(state__in=Job.OPEN)
        .order_by()
        .values("kind")
        .annotate(
            **{f"is_{name}": Count("pk", filter=condition) for name, condition in STATES.items()},
            oldest_due=Min("run_after", filter=STATES["due"]),
            # A mail that is to go out later was opened before its time.
            oldest=Min("created_at", filter=_UNDER_WAY & (Q(attempt__gt=0) | Q(run_after__lte=Now()))),
        )
    )
    of_kind = {row["kind"]: row for row in found}
    return {kind.value: _work(of_kind.get(kind.value, {})) for kind in Job.Kind}


def _work(row: Mapping[str, Any]) -> Work:
    counts = {name: row.get(f"is_{name}") or 0 for name in STATES}
    return Work(counts, age_of(row.get("oldest_due")), age_of(row.get("oldest")))


def attempts() -> dict[tuple[str, str], int]:
    """Those that ended lately (RECENT), by kind of job and outcome."""
    newest = JobAttempt.objects.aggregate(newest=Max("pk"))["newest"] or 0
    ended = JobAttempt.objects.filter(pk__gt=newest - ATTEMPTS_LOOKED_AT, ended_at__gt=Now() - RECENT).order_by()
    found = ended.values_list("job__kind", "outcome").annotate(count=Count("pk"))
    return {(kind, outcome): count for kind, outcome, count in found}


def providers() -> dict[str, Provider]:
    """Those that the settings name, and those that fail."""
    called = [name for name in (settings.TRANSCRIPTION_ENGINE, settings.ANALYSIS_ENGINE) if _is_called(name)]
    known = dict.fromkeys([*called, *([MAIL] if settings.SENDS_MAIL else [])], Provider(False, 0))
    rows = ProviderHealth.objects.values_list("engine", "next_try_at", "failures")
    return known | {engine: Provider(tries is not None, failures) for engine, tries, failures in rows}


def _is_called(engine: str) -> bool:
    info = TRANSCRIBERS.get(engine) or ANALYSERS.get(engine)
    return info is not None and bool(info.sends_to)


def workers(alive_within: timedelta) -> Workers:
    is_alive = Q(seen_at__gt=Now() - alive_within)
    found = Worker.objects.aggregate(
        alive=Count("pk", filter=is_alive), running=Sum("running", filter=is_alive), newest=Max("seen_at")
    )
    silence = age_of(found["newest"]) if found["newest"] else None
    return Workers(found["alive"], found["running"] or 0, silence)


def unscored() -> Unscored:
    waiting = Interview.objects.filter(state=Interview.State.SUBMITTED, withdrawn_at=None)
    found = waiting.aggregate(count=Count("pk"), oldest=Min(F("submitted_at")))
    return Unscored(found["count"], age_of(found["oldest"]))


def age_of(moment: object) -> float:
    return max(0.0, (timezone.now() - moment).total_seconds()) if isinstance(moment, datetime) else 0.0


def since(number: int) -> tuple[int, float]:
    """How many events there are after this one, and the age of the first of them."""
    first = Event.objects.filter(number__gt=number).order_by("number").values_list("at", flat=True).first()
    return max(0, head() - number), age_of(first)
