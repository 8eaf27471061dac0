"""What providers were paid for, kept word for word under the hash of what was asked."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
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


def replies(request: str) -> list[Kept]:
    """What was received for this request before, oldest first. A streamed one may be cut short."""
    kept = ProviderReply.objects.filter(request_hash=request).order_by("pk")
    return [Kept(pk, text) for pk, text in kept.values_list("pk", "reply")]


@dataclass
class Keeper:
    """For one reply that is about to arrive. Holds no database connection between its pieces.

    `reply_id` is None until the first piece is kept.
    """

    kind: str
    interview_id: UUID
    engine: str
    request: str
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
        release_connection()
        point(self.kind, "kept")


def release_connection() -> None:
    """Called before waiting for a provider: a waiting worker holds no database connection."""
    if not connection.in_atomic_block:
        connection.close()
