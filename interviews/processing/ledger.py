"""What providers were paid for, kept word for word under the hash of what was asked."""

from __future__ import annotations

import hashlib
import json
from uuid import UUID

from django.db import connection
from django.db.models import F, TextField, Value
from django.db.models.functions import Concat

from interviews.engines.keeping import Keep
from interviews.models import ProviderReply
from interviews.processing.crashing import point


def request_hash(*parts: object) -> str:
    """SHA-256 of what decides the answer: engine, model, prompt, input. Values that JSON can hold."""
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def replies(interview_id: UUID, request: str) -> list[str]:
    """What was received for this request before, oldest first. A streamed one may be cut short.

    Of this interview alone: what belongs to one person is not kept alive by another's.
    """
    kept = ProviderReply.objects.filter(interview=interview_id, request_hash=request)
    return list(kept.order_by("pk").values_list("reply", flat=True))


def keeper(kind: str, interview_id: UUID, engine: str, request: str, *, whole: bool = False) -> Keep:
    """For one reply that is about to arrive. Holds no database connection between its pieces; where it comes `whole`,
    there is none to wait for, and what follows goes on with the connection."""
    entry: list[int] = []

    def keep(piece: str) -> None:
        point(kind, "received")
        if entry:
            text = Concat(F("reply"), Value(piece), output_field=TextField())
            ProviderReply.objects.filter(pk=entry[0]).update(reply=text)
        else:
            made = ProviderReply.objects.create(
                interview_id=interview_id, engine=engine, request_hash=request, reply=piece
            )
            entry.append(made.pk)
        if not whole:
            release_connection()
        point(kind, "kept")

    return keep


def release_connection() -> None:
    """Called before waiting for a provider: a waiting worker holds no database connection."""
    if not connection.in_atomic_block:
        connection.close()
