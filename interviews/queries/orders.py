"""In which orders interviews are listed, and places in these: the key of a row, from which a page goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import Exists, F, FilteredRelation, OuterRef, Q, QuerySet

from interviews.events import CONFIDENTIAL, Kind
from interviews.models import AssessmentRun, Event, Interview, Result
from interviews.queries.reveals import done_by


@dataclass(frozen=True, slots=True)
class Key:
    """One part of a row's place. `falls`: the greatest comes first."""

    field: str
    falls: bool
    read: Callable[[str], Any]
    write: Callable[[Any], str] = str


def _hundredths(text: str) -> Decimal | None:
    if not text:
        return None
    score = Decimal(int(text)) / 100
    if not 0 < score < 100:
        raise ValueError(f"{text!r} are the hundredths of no score")
    return score


_PK = Key("pk", True, UUID)
_ARRIVED = Key("created_at", True, datetime.fromisoformat, datetime.isoformat)
_SCORE = Key("score", True, _hundredths, lambda score: "" if score is None else str(int(score * 100)))
ORDERS: dict[str, tuple[Key, ...]] = {
    "arrived": (_ARRIVED, _PK),
    "changed": (Key("changed", True, int), _PK),
    "name": (Key("applicant__sort_name", False, str), _PK),
    "score": (_SCORE, _ARRIVED, _PK),
}

Place = tuple[Any, ...]
"""Of each key its value. None where a row has none, as interviews of which the reader sees no score: none of these is
lost, they come after all others."""


@dataclass(frozen=True, slots=True)
class Part:
    """Interviews of an order that have values of the same keys. An order is one part after the other, since only what
    is sorted by columns alone is found by an index."""

    found: QuerySet[Any]
    keys: tuple[Key, ...]

    def between(self, after: Place | None, before: Place | None) -> QuerySet[Any]:
        """Of places in this part."""
        found = self.found
        if after is not None:
            found = found.filter(_beyond(self.keys, after[-len(self.keys) :], False))
        if before is not None:
            found = found.filter(_beyond(self.keys, before[-len(self.keys) :], True))
        return found


def read_place(text: str, sort: str) -> Place | None:
    """None where it is no place in this order."""
    parts = text.rsplit("~", len(ORDERS[sort]) - 1)
    try:
        return tuple(key.read(part) for key, part in zip(ORDERS[sort], parts, strict=True))
    except ValueError:
        return None


def written(values: Sequence[Any], sort: str) -> str:
    return "~".join(key.write(value) for key, value in zip(ORDERS[sort], values, strict=True))


def places(
    parts: Sequence[Part], after: Place | None, before: Place | None, at_most: int, *, is_back: bool = False
) -> list[Place]:
    """Between two places; where `is_back`, from the end on."""
    found: list[Place] = []
    for keys, rows in _between(parts, after, before, is_back):
        lacks = at_most - len(found)
        if lacks:
            values = rows.order_by(*_order(keys, is_back)).values_list(*(key.field for key in keys))[:lacks]
            found += [(*[None] * (len(parts[0].keys) - len(keys)), *it) for it in values]
    return found


def every(parts: Iterable[Part]) -> list[UUID]:
    """All ids in their order."""
    return [pk for part in parts for pk in part.found.order_by(*_order(part.keys)).values_list("pk", flat=True)]


def _between(
    parts: Sequence[Part], after: Place | None, before: Place | None, is_back: bool
) -> list[tuple[tuple[Key, ...], QuerySet[Any]]]:
    """What of each part lies between the two places, with its keys."""
    first = after.count(None) if after is not None else 0
    last = before.count(None) if before is not None else len(parts) - 1
    found = [
        (part.keys, part.between(after if number == first else None, before if number == last else None))
        for number, part in enumerate(parts)
        if first <= number <= last
    ]
    return found[::-1] if is_back else found


def _order(keys: Iterable[Key], is_back: bool = False) -> list[str]:
    return [f"{'-' if key.falls != is_back else ''}{key.field}" for key in keys]


def parts_of(found: QuerySet[Interview], reader: User, sort: str) -> list[Part]:
    keys = ORDERS[sort]
    if sort == "changed":
        # By the event that none follows, not by the newest of each interview: so a page ends with its last row.
        told = Q(events__kind__in=[kind for kind in Kind if kind not in CONFIDENTIAL])
        newer = Event.objects.filter(interview=OuterRef("pk"), number__gt=OuterRef("told__number"))
        found = found.annotate(told=FilteredRelation("events", condition=told)).filter(told__isnull=False)
        found = found.filter(~Exists(newer.exclude(kind__in=CONFIDENTIAL))).annotate(changed=F("told__number"))
    if sort == "score":
        mine = done_by(reader).filter(interview=OuterRef("pk"))
        is_seen = Q(question_set__position__rate_first=False) | Q(Exists(mine))
        is_shown = is_seen & ~Q(state=Interview.State.SUBMITTED)
        scored = Q(results__score__isnull=False)
        # As above: by the result that none follows.
        by_score = (
            found.filter(is_shown)
            .annotate(counting=FilteredRelation("results", condition=scored))
            .filter(~Exists(_newer("pk", "counting__run__number")), counting__run__state__in=_STANDING)
            .annotate(score=F("counting__score"))
        )
        counting = Result.objects.filter(
            ~Exists(_newer("interview", "run__number")),
            interview=OuterRef("pk"),
            score__isnull=False,
            run__state__in=_STANDING,
        )
        return [Part(by_score, keys), Part(found.exclude(is_shown & Q(Exists(counting))), keys[1:])]
    return [Part(found, keys)]


_STANDING = [state for state in AssessmentRun.State if state != AssessmentRun.State.DISCARDED]


def _newer(interview: str, number: str) -> QuerySet[Result]:
    """The results of later runs of the same interview."""
    return Result.objects.filter(
        interview=OuterRef(interview), run__number__gt=OuterRef(number), run__state__in=_STANDING
    )


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
