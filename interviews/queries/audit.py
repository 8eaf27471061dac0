"""Whether the audit log is what was once written, and where it stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Max, QuerySet, Subquery

from interviews.events import Event
from interviews.models import AuditEntry, AuditHead
from interviews.models.audit import BEFORE_THE_FIRST, FIELDS, actions, hash_of

CHUNK = 5000
PROBLEMS_AT_MOST = 100


@dataclass(frozen=True, slots=True)
class Anchor:
    """An entry's number and hash, as they were noted somewhere that whoever alters the database does not reach."""

    number: int
    hash: str

    def __str__(self) -> str:
        return f"{self.number}:{self.hash}"


@dataclass(frozen=True, slots=True)
class Verified:
    """`problems` are sentences, at most `PROBLEMS_AT_MOST`; none: every entry is as it was sealed."""

    entries: int
    head: Anchor
    problems: list[str]


def head() -> Anchor:
    found = AuditHead.objects.values_list("number", "hash").first()
    return Anchor(*found) if found else Anchor(0, BEFORE_THE_FIRST)


def unsealed_events() -> QuerySet[Event]:
    newest = AuditHead.objects.values_list("event", flat=True).first() or 0
    return Event.objects.filter(number__gt=newest)


def verify(anchors: Iterable[Anchor] = ()) -> Verified:
    """Reads the whole chain, and the events that are still there beside it. Writes nothing.

    What is sealed meanwhile is not looked at.
    """
    end, newest = _ends()
    reading = _Reading({it.number: it.hash for it in anchors})
    for values in AuditEntry.objects.order_by("number").values_list(*FIELDS, "hash").iterator(CHUNK):
        if values[0] > newest:
            break
        reading.read(values)
        if len(reading.problems) >= PROBLEMS_AT_MOST:
            return Verified(reading.count, end, reading.problems[:PROBLEMS_AT_MOST])
    reading.end(end)
    return Verified(reading.count, end, reading.problems[:PROBLEMS_AT_MOST])


def _ends() -> tuple[Anchor, int]:
    """What the head names, and the number of the last entry, as they are at one moment."""
    last = Subquery(AuditEntry.objects.order_by("-number").values("number")[:1])
    found = AuditHead.objects.annotate(last=last).values_list("number", "hash", "last").first()
    if found is None:
        return head(), AuditEntry.objects.aggregate(last=Max("number"))["last"] or 0
    return Anchor(found[0], found[1]), found[2] or 0


class _Reading:
    """Entries, given one after the other."""

    def __init__(self, anchors: dict[int, str]) -> None:
        self.problems: list[str] = []
        self.count = self._number = 0
        self._hash = BEFORE_THE_FIRST
        self._anchors = anchors
        self._actions = actions()
        self._events = _events()
        self._event = next(self._events, None)
        self._newest_event = 0

    def read(self, values: Sequence[Any]) -> None:
        number, _at, _sealed_at, action, *_rest, event, previous, stored = values
        self.count += 1
        if number != self._number + 1:
            self._say(f"entries {self._number + 1} to {number - 1} are missing")
        if previous != self._hash:
            self._say(f"entry {number} does not follow the one before it")
        if hash_of(values[:-1]) != stored:
            self._say(f"entry {number} is not what was sealed")
        if action not in self._actions:
            self._say(f"entry {number} tells of an action that there is not")
        if self._anchors.pop(number, stored) != stored:
            self._say(f"entry {number} is not the one that was noted elsewhere")
        if event is not None:
            self._compare(values)
        self._number, self._hash = number, stored

    def _compare(self, values: Sequence[Any]) -> None:
        """With the event that the entry is of, if that is still there; and those before it have been in the chain."""
        number, at, _sealed_at, action, actor, interview, _position, _type, _id, event, *_rest = values
        while self._event is not None and self._event[0] < event:
            self._say(f"event {self._event[0]} is not in the audit log, and came in later")
            self._event = next(self._events, None)
        if self._event is not None and self._event[0] == event:
            _event, kind, happened, of, who = self._event
            if (kind, happened, of) != (action, at, interview) or who not in (None, actor):
                self._say(f"event {event} is not what it was when entry {number} was made of it")
            self._event = next(self._events, None)
        self._newest_event = event

    def end(self, head: Anchor) -> None:
        if (self._number, self._hash) != (head.number, head.hash):
            self._say(f"the log ends with entry {self._number}, and its head names {head.number}")
        for number in sorted(self._anchors):
            if number:
                self._say(f"entry {number}, which was noted elsewhere, is missing")

    def _say(self, sentence: str) -> None:
        self.problems.append(sentence)


def _events() -> Iterator[Sequence[Any]]:
    found = Event.objects.order_by("number").values_list("number", "kind", "at", "interview", "actor")
    return iter(found.iterator(CHUNK))
