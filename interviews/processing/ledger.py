"""What providers were paid for, kept word for word under the hash of what was asked."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import F, TextField, Value
from django.db.models.functions import Concat

from interviews.engines.keeping import Kept
from interviews.models import ProviderReply
from interviews.processing.crashing import point


def request_hash(*parts: object) -> str:
    """SHA-256 of what decides the answer: engine, model, prompt, input. Values that JSON can hold."""
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def replies(interview_id: UUID, request: str, until: datetime | None = None) -> list[Kept]:
    """What was received for this request before, oldest first. A streamed one may be cut short.

    Of this interview alone: what belongs to one person is not kept alive by another's. `until`: as it was then.
    """
    kept = ProviderReply.objects.filter(interview=interview_id, request_hash=request)
    if until is not None:
        kept = kept.filter(received_at__lte=until)
    return [Kept(pk, text) for pk, text in kept.order_by("pk").values_list("pk", "reply")]


def all_replies(interview_id: UUID, engine: str) -> list[Kept]:
    """Whatever was asked of this engine."""
    kept = ProviderReply.objects.filter(interview=interview_id, engine=engine)
    return [Kept(pk, text) for pk, text in kept.order_by("pk").values_list("pk", "reply")]


@dataclass
class Keeper:
    """For one reply that is about to arrive. Holds no database connection between its pieces; where it comes `whole`,
    there is none to wait for, and what follows goes on with the connection.

    `reply_id` is None until the first piece is kept.
    """

    kind: str
    interview_id: UUID
    engine: str
    request: str
    whole: bool = False
    reply_id: int | None = None

    def __call__(self, piece: str) -> None:
        point(self.kind, "received")
        if self.reply_id is not None:
            text = Concat(F("reply"), Value(piece), output_field=TextField())
            ProviderReply.objects.filter(pk=self.reply_id).update(reply=text)
        else:
            made = ProviderReply.objects.create(
                interview_id=self.interview_id, engine=self.engine, request_hash=self.request, reply=piece
            )
            self.reply_id = made.pk
        if not self.whole:
            release_connection()
        point(self.kind, "kept")


def release_connection() -> None:
    """Called before waiting for a provider, or for a reader: who waits holds no database connection."""
    if not connection.in_atomic_block:
        connection.close()
