"""One page of the list of interviews: which match a filter, in which order, from a place on.

A place is the key of a row, so that a page begins where the one before ended, whatever came in between; nothing is
counted or skipped on the way to it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, Q, QuerySet

from interviews.models import ApplicantWord, Decision, ExtensionRequest, Hidden, Interview, Job
from interviews.models.searching import asked_words
from interviews.queries.orders import Place, every, parts_of, places, written
from interviews.queries.outside import called
from interviews.queries.reveals import done_by

PAGE_ROWS = 50
UNDECIDED = "none"
STAGES = ("invited", "recording", "working", "ready", "withdrawn", "revoked", "erased")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody looks for. `since` and `until` are days in UTC, both included; `sort` is one of `ORDERS`.

    `hidden`: those that they have hidden alone; None: whether they have or not.
    """

    words: str = ""
    external_id: str = ""
    position: int | None = None
    stage: str = ""
    decision: str = ""
    waits_for_me: bool = False
    needs_person: bool = False
    since: date | None = None
    until: date | None = None
    hidden: bool | None = False
    sort: str = "arrived"


@dataclass(frozen=True, slots=True)
class Page:
    """Ids in their order, and the places of the first and the last. `unscored_from`: the first without a score."""

    ids: list[UUID]
    first: str
    last: str
    has_before: bool
    has_after: bool
    unscored_from: UUID | None


def page(
    visible: QuerySet[Interview],
    reader: User,
    wanted: Wanted,
    *,
    after: Place | None = None,
    before: Place | None = None,
) -> Page:
    """In one query for each part of the order that it needs; one more where the way back ends at the beginning.

    `visible`: what the reader may see at all.
    """
    is_back = after is None and before is not None
    start = before if is_back else after
    parts = parts_of(matching(visible, reader, wanted), reader, wanted.sort)
    rows = places(parts, None if is_back else after, before if is_back else None, PAGE_ROWS + 1, is_back=is_back)
    has_more = len(rows) > PAGE_ROWS
    if is_back and not has_more:
        return page(visible, reader, wanted)
    rows = rows[:PAGE_ROWS]
    if is_back:
        rows.reverse()
    return Page(
        ids=[row[-1] for row in rows],
        first=written(rows[0], wanted.sort) if rows else "",
        last=written(rows[-1], wanted.sort) if rows else "",
        has_before=start is not None,
        has_after=is_back or has_more,
        unscored_from=next((row[-1] for row in rows if row[0] is None), None),
    )


def in_order(visible: QuerySet[Interview], reader: User, wanted: Wanted) -> list[UUID]:
    """All ids, as the pages have them one after the other."""
    return every(parts_of(matching(visible, reader, wanted), reader, wanted.sort))


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
    parts = parts_of(matching(visible, reader, wanted).exclude(pk__in=shown), reader, wanted.sort)
    return len(places(parts, after, last, PAGE_ROWS))


def matching(visible: QuerySet[Interview], reader: User, wanted: Wanted) -> QuerySet[Interview]:
    hidden = Q(pk__in=Hidden.objects.filter(user=reader).values("interview"))
    found = visible.order_by().select_related(None)
    if wanted.hidden is not None:
        found = found.filter(hidden if wanted.hidden else ~hidden)
    if wanted.position is not None:
        found = found.filter(question_set__position=wanted.position)
    if wanted.external_id:
        found = found.filter(pk__in=called(wanted.external_id))
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
    return Job.objects.filter(state__in=Job.OPEN).exclude(kind__in=Job.APART)


def _of_stage(stage: str) -> Q:
    """As `stages.stage` tells them, put together to those that people tell apart."""
    state = Interview.State
    if stage == "erased":
        return Q(erased_at__isnull=False)
    if stage == "revoked":
        return Q(revoked_at__isnull=False, erased_at=None) & ~_SUBMITTED
    in_hand = Q(withdrawn_at=None) & (Q(revoked_at=None) | _SUBMITTED)
    if stage == "withdrawn":
        return Q(withdrawn_at__isnull=False, erased_at=None) & (Q(revoked_at=None) | _SUBMITTED)
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
