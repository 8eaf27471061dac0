"""One page of the list of interviews: which match a filter, in which order, from a place on.

A place is the key of a row, so that a page begins where the one before ended, whatever came in between; nothing is
counted or skipped on the way to it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import (
    Case,
    Exists,
    F,
    FilteredRelation,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, Round

from interviews.events import CONFIDENTIAL, Kind
from interviews.models import (
    ApplicantWord,
    AssessmentRun,
    Decision,
    Event,
    ExtensionRequest,
    Hidden,
    Interview,
    Job,
    Result,
)
from interviews.models.searching import asked_words
from interviews.queries.reveals import done_by

PAGE_ROWS = 50
UNDECIDED = "none"
STAGES = ("invited", "recording", "working", "ready", "withdrawn", "revoked")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody looks for. `since` and `until` are days in UTC, both included; `sort` is one of `ORDERS`."""

    words: str = ""
    position: int | None = None
    stage: str = ""
    decision: str = ""
    waits_for_me: bool = False
    needs_person: bool = False
    since: date | None = None
    until: date | None = None
    hidden: bool = False
    sort: str = "arrived"


@dataclass(frozen=True, slots=True)
class Key:
    """One part of a row's place. `falls`: the greatest comes first."""

    field: str
    falls: bool
    read: Callable[[str], Any]
    write: Callable[[Any], str] = str


_PK = Key("pk", True, UUID)
_ARRIVED = Key("created_at", True, datetime.fromisoformat, datetime.isoformat)
ORDERS: dict[str, tuple[Key, ...]] = {
    "arrived": (_ARRIVED, _PK),
    "changed": (Key("changed", True, int), _PK),
    "name": (Key("applicant__sort_name", False, str), _PK),
    "score": (Key("rank", True, int), _ARRIVED, _PK),
}
UNSCORED = 0
"""The rank of interviews of which the reader sees no score: none is lost, they come after all that have one."""

Place = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """Ids in their order, and the places of the first and the last. `unscored_from`: the first without a score."""

    ids: list[UUID]
    first: str
    last: str
    has_before: bool
    has_after: bool
    unscored_from: UUID | None


def read_place(text: str, sort: str) -> Place | None:
    """None where it is no place in this order."""
    parts = text.rsplit("~", len(ORDERS[sort]) - 1)
    try:
        return tuple(key.read(part) for key, part in zip(ORDERS[sort], parts, strict=True))
    except ValueError:
        return None


def _written(values: Sequence[Any], sort: str) -> str:
    return "~".join(key.write(value) for key, value in zip(ORDERS[sort], values, strict=True))


def page(
    visible: QuerySet[Interview],
    reader: User,
    wanted: Wanted,
    *,
    after: Place | None = None,
    before: Place | None = None,
) -> Page:
    """In one query; one more where the way back ends at the beginning. `visible`: what the reader may see at all."""
    keys = ORDERS[wanted.sort]
    found = _ordered(matching(visible, reader, wanted), reader, wanted.sort)
    is_back = after is None and before is not None
    start = before if is_back else after
    if start is not None:
        found = found.filter(_beyond(keys, start, is_back))
    rows = list(found.order_by(*_order(keys, is_back)).values_list(*(key.field for key in keys))[: PAGE_ROWS + 1])
    has_more = len(rows) > PAGE_ROWS
    if is_back and not has_more:
        return page(visible, reader, wanted)
    rows = rows[:PAGE_ROWS]
    if is_back:
        rows.reverse()
    unscored = None
    if wanted.sort == "score":
        unscored = next((row[-1] for row in rows if row[0] == UNSCORED), None)
    return Page(
        ids=[row[-1] for row in rows],
        first=_written(rows[0], wanted.sort) if rows else "",
        last=_written(rows[-1], wanted.sort) if rows else "",
        has_before=start is not None,
        has_after=is_back or has_more,
        unscored_from=unscored,
    )


def in_order(visible: QuerySet[Interview], reader: User, wanted: Wanted) -> list[UUID]:
    """All ids, as the pages have them one after the other."""
    found = _ordered(matching(visible, reader, wanted), reader, wanted.sort)
    return list(found.order_by(*_order(ORDERS[wanted.sort])).values_list("pk", flat=True))


def _order(keys: Iterable[Key], is_back: bool = False) -> list[str]:
    return [f"{'-' if key.falls != is_back else ''}{key.field}" for key in keys]


def still(visible: QuerySet[Interview], reader: User, wanted: Wanted, shown: Collection[UUID]) -> set[UUID]:
    """Which of those that are shown match today."""
    return set(matching(visible.filter(pk__in=shown), reader, wanted).values_list("pk", flat=True))


def newcomers(
    visible: QuerySet[Interview],
    reader: User,
    wanted: Wanted,
    shown: Collection[UUID],
    last: Place | None,
    after: Place | None,
) -> int:
    """How many, up to a page, belong between `after` and `last` (None: the end), and are not shown there."""
    keys = ORDERS[wanted.sort]
    found = _ordered(matching(visible, reader, wanted), reader, wanted.sort).exclude(pk__in=shown)
    if last is not None:
        found = found.filter(_beyond(keys, last, True))
    if after is not None:
        found = found.filter(_beyond(keys, after, False))
    order = [f"{'-' if key.falls else ''}{key.field}" for key in keys]
    return len(found.order_by(*order).values_list("pk")[:PAGE_ROWS])


def matching(visible: QuerySet[Interview], reader: User, wanted: Wanted) -> QuerySet[Interview]:
    hidden = Hidden.objects.filter(user=reader)
    found = visible.order_by().select_related(None)
    found = (
        found.filter(pk__in=hidden.values("interview"))
        if wanted.hidden
        else found.exclude(pk__in=hidden.values("interview"))
    )
    if wanted.position is not None:
        found = found.filter(question_set__position=wanted.position)
    if wanted.stage:
        found = found.filter(_of_stage(wanted.stage))
    if wanted.waits_for_me:
        mine = done_by(reader).filter(interview=OuterRef("pk"))
        found = found.filter(_SUBMITTED, ~Exists(mine), withdrawn_at=None)
    if wanted.needs_person:
        found = found.filter(_needs_person())
    if wanted.since:
        found = found.filter(created_at__gte=_begin(wanted.since))
    if wanted.until:
        found = found.filter(created_at__lt=_begin(wanted.until + timedelta(days=1)))
    if wanted.decision:
        found = found.filter(_decided(wanted.decision))
    for word in asked_words(wanted.words):
        found = found.filter(applicant__in=ApplicantWord.objects.filter(word__prefix=word).values("applicant"))
    return found


_SUBMITTED = Q(state__in=[Interview.State.SUBMITTED, Interview.State.SCORED])


def _open_jobs() -> QuerySet[Job]:
    return Job.objects.filter(state__in=Job.OPEN).exclude(kind__in=Job.ASIDE)


def _of_stage(stage: str) -> Q:
    """As `stages.stage` tells them, put together to those that people tell apart."""
    state = Interview.State
    if stage == "revoked":
        return Q(revoked_at__isnull=False) & ~_SUBMITTED
    in_hand = Q(withdrawn_at=None) & (Q(revoked_at=None) | _SUBMITTED)
    if stage == "withdrawn":
        return Q(withdrawn_at__isnull=False) & (Q(revoked_at=None) | _SUBMITTED)
    if stage in ("invited", "recording"):
        return in_hand & Q(state=state.INVITED if stage == "invited" else state.STARTED)
    has_work = Q(pk__in=_open_jobs().values("interview"))
    if stage == "working":
        return in_hand & (Q(state=state.SUBMITTED) | Q(state=state.SCORED) & has_work)
    return in_hand & Q(state=state.SCORED) & ~has_work


def _needs_person() -> Q:
    parked = _open_jobs().filter(state=Job.State.PARKED)
    asked = ExtensionRequest.objects.filter(state=ExtensionRequest.State.ASKED)
    return Q(withdrawn_at=None) & (
        Q(pk__in=parked.values("interview")) | ~_SUBMITTED & Q(pk__in=asked.values("interview"))
    )


def _decided(outcome: str) -> Q:
    decisions = Decision.objects.filter(interview=OuterRef("pk"))
    if outcome == UNDECIDED:
        return ~Q(Exists(decisions))
    newer = Decision.objects.filter(interview=OuterRef("interview"), pk__gt=OuterRef("pk"))
    return Q(Exists(decisions.filter(~Exists(newer), outcome=outcome)))


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _ordered(found: QuerySet[Interview], reader: User, sort: str) -> QuerySet[Any]:
    if sort == "changed":
        # By the event that none follows, not by the newest of each interview: so a page ends with its last row.
        told = Q(events__kind__in=[kind for kind in Kind if kind not in CONFIDENTIAL])
        newer = Event.objects.filter(interview=OuterRef("pk"), number__gt=OuterRef("told__number"))
        found = found.annotate(told=FilteredRelation("events", condition=told)).filter(told__isnull=False)
        return found.filter(~Exists(newer.exclude(kind__in=CONFIDENTIAL))).annotate(changed=F("told__number"))
    if sort == "score":
        results = Result.objects.filter(run__interview=OuterRef("pk")).exclude(run__state=AssessmentRun.State.DISCARDED)
        score = Subquery(results.order_by("-run__number").values("score")[:1])
        mine = done_by(reader).filter(interview=OuterRef("pk"))
        is_seen = Q(question_set__position__rate_first=False) | Q(Exists(mine))
        # In hundredths: SQLite compares decimals as text.
        rank = Case(
            When(
                is_seen & ~Q(state=Interview.State.SUBMITTED),
                then=Coalesce(Cast(Round(score * 100), IntegerField()), 0),
            ),
            default=Value(UNSCORED),
            output_field=IntegerField(),
        )
        return found.annotate(rank=rank)
    return found


def _beyond(keys: Sequence[Key], place: Place, is_back: bool) -> Q:
    """After this place, or before it."""
    beyond = Q()
    for key, value in reversed(list(zip(keys, place, strict=True))):
        falls = key.falls != is_back
        further = Q(**{f"{key.field}__{'lt' if falls else 'gt'}": value})
        # The first condition is what an index is entered by.
        bound = Q(**{f"{key.field}__{'lte' if falls else 'gte'}": value})
        beyond = bound & (further | beyond) if beyond else further
    return beyond
