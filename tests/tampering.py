"""What somebody who may write to the database could do to the audit log."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable

from django.db.models import F
from django.utils import timezone

from interviews.models import AuditEntry
from interviews.models.audit import BEFORE_THE_FIRST, FIELDS, Action, hash_of

Tamper = Callable[[random.Random, int], None]


def _edit(chance: random.Random, last: int) -> None:
    """One value of one entry, to another one."""
    values = {
        "at": timezone.now(),
        "sealed_at": timezone.now(),
        "action": Action.SIGNED_OUT.value,
        "actor": 10**9,
        "interview": uuid.uuid4(),
        "position": 10**9,
        "subject_type": "other",
        "subject_id": "nobody",
        "event": 10**9,
        "previous": "f" * 64,
        "hash": "e" * 64,
    }
    name = chance.choice(sorted(values))
    AuditEntry.objects.filter(number=chance.randint(1, last)).update(**{name: values[name]})


def _delete(chance: random.Random, last: int) -> None:
    first = chance.randint(1, last)
    AuditEntry.objects.filter(number__range=(first, first + chance.randint(0, 3))).delete()


def _close_the_gap(chance: random.Random, last: int) -> None:
    """Deleted, and those behind numbered anew."""
    number = chance.randint(1, last - 1)
    AuditEntry.objects.filter(number=number).delete()
    for later in range(number + 1, last + 1):
        AuditEntry.objects.filter(number=later).update(number=F("number") - 1)


def _swap(chance: random.Random, last: int) -> None:
    """Two entries change their places, hashes and all."""
    one, other = chance.sample(range(1, last + 1), 2)
    for old, new in ((one, 10**9), (other, one), (10**9, other)):
        AuditEntry.objects.filter(number=old).update(number=new)


def _insert(chance: random.Random, last: int) -> None:
    """Behind another one, with a hash that is right; those behind it move up."""
    number = chance.randint(1, last)
    for later in range(last, number - 1, -1):
        AuditEntry.objects.filter(number=later).update(number=F("number") + 1)
    before = AuditEntry.objects.filter(number=number - 1).values_list("hash", flat=True).first() or BEFORE_THE_FIRST
    entry_made(number, before)


def _append(chance: random.Random, last: int) -> None:
    entry_made(last + 1, AuditEntry.objects.get(number=last).hash)


def entry_made(number: int, previous: str) -> AuditEntry:
    now = timezone.now()
    entry = AuditEntry(
        number=number, at=now, sealed_at=now, action=Action.SIGNED_IN.value, actor=number, previous=previous
    )
    entry.hash = hash_of([getattr(entry, name) for name in FIELDS])
    entry.save(force_insert=True)
    return entry


def _truncate(chance: random.Random, last: int) -> None:
    AuditEntry.objects.filter(number__gte=chance.randint(1, last)).delete()


def _empty(chance: random.Random, last: int) -> None:
    AuditEntry.objects.all().delete()


TAMPERING: dict[str, Tamper] = {
    "an edit": _edit,
    "a deletion": _delete,
    "a deletion whose gap is closed": _close_the_gap,
    "a swap": _swap,
    "an insertion": _insert,
    "an entry put at the end": _append,
    "a truncation": _truncate,
    "all of it gone": _empty,
}
