"""The audit log's chain: what happened is put into it in order, in batches, under one lock that no request waits for.

Events are found by their numbers, which become visible in order and leave none out (`events.record`): a number that is
not there was taken away before it was sealed, and the chain says so. Rows of `Unsealed` have no such numbers; each is
deleted in the transaction that makes an entry of it, so that none is overlooked, however late it becomes visible.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from heapq import merge
from time import monotonic
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from interviews.events import Event
from interviews.models import AuditEntry, AuditHead, Unsealed
from interviews.models.audit import FIELDS, Action, hash_of
from interviews.queries.audit import unsealed_events

logger = logging.getLogger(__name__)

BATCH = 1000
"""Of each of both kinds."""
ANCHOR_SECONDS = 3600.0

_told_until = 0.0  # by monotonic()


@dataclass(frozen=True, slots=True)
class Happened:
    at: datetime
    action: str
    actor: int | None
    interview: UUID | None
    position: int | None
    subject_type: str = ""
    subject_id: str = ""
    event: int | None = None


def seal() -> int:
    """All that happened until now; how many entries that made. None while another process is at it."""
    sealed = 0
    while _is_anything_left() and (made := _seal_a_batch()):
        sealed += made
    if sealed:
        _tell_the_log()
    return sealed


def _is_anything_left() -> bool:
    return Unsealed.objects.exists() or unsealed_events().exists()


def _seal_a_batch() -> int:
    AuditHead.objects.get_or_create(pk=1)
    with transaction.atomic():
        head = AuditHead.objects.select_for_update(skip_locked=True).first()
        if head is None:
            return 0
        notes = {pk: it for pk, it in _notes()}
        entries = _chained(head, [*merge(_events(head.event), notes.values(), key=lambda it: it.at)])
        AuditEntry.objects.bulk_create(entries)
        Unsealed.objects.filter(pk__in=notes).delete()
        head.save(update_fields=["number", "hash", "event"])
    return len(entries)


def _chained(head: AuditHead, happened: Sequence[Happened]) -> list[AuditEntry]:
    """Moves the head along."""
    now, entries = timezone.now(), []
    for it in happened:
        entry = AuditEntry(number=head.number + 1, sealed_at=now, previous=head.hash, **asdict(it))
        entry.hash = hash_of([getattr(entry, name) for name in FIELDS])
        head.number, head.hash, head.event = entry.number, entry.hash, it.event or head.event
        entries.append(entry)
    return entries


def _events(last: int) -> Iterator[Happened]:
    found = Event.objects.filter(number__gt=last).order_by("number")[:BATCH]
    for number, at, kind, actor, interview, answer, position in found.values_list(
        "number", "at", "kind", "actor", "interview", "answer", "interview__question_set__position"
    ):
        if number > last + 1:
            yield Happened(at, Action.MISSING, None, None, None, "event", f"{last + 1}-{number - 1}")
        subject = ("answer", str(answer)) if answer else ("", "")
        yield Happened(at, kind, actor, interview, position, *subject, event=number)
        last = number


def _notes() -> Iterator[tuple[int, Happened]]:
    fields = ("pk", "at", "action", "actor", "interview", "position", "subject_type", "subject_id")
    for pk, *told in Unsealed.objects.order_by("pk").values_list(*fields)[:BATCH]:
        yield pk, Happened(*told)


def _tell_the_log() -> None:
    """Once an hour, the head of the chain: where logs go elsewhere, an anchor that whoever rewrites this database
    does not reach."""
    global _told_until
    if monotonic() >= _told_until:
        _told_until = monotonic() + ANCHOR_SECONDS
        head = AuditHead.objects.get()
        logger.info("audit head %s:%s", head.number, head.hash)
