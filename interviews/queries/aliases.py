"""What applicants are called where their names are hidden: the same for one reviewer each time, another for the next.

An alias tells neither the name nor the order in which people came, and cannot be worked out from the interview's id
without this site's key.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.utils.crypto import salted_hmac

from interviews.models import Position

CONSONANTS = "BCDFGHJKLMNPQRSTVWXZ"
"""Without vowels, so that no letters become a word."""


@dataclass(frozen=True, slots=True)
class Alias:
    """`key` stands for the interview's id in addresses; `letters` are shown."""

    key: uuid.UUID
    letters: str


def aliases(position: Position, interviews: Iterable[uuid.UUID], reader: User) -> dict[uuid.UUID, Alias]:
    """By interview. As few letters as keep all apart: somebody who comes later may add letters, and changes none."""
    digests = {pk: _digest(position, pk, reader) for pk in interviews}
    spelled = {pk: "".join(CONSONANTS[byte % len(CONSONANTS)] for byte in it[16:]) for pk, it in digests.items()}
    few = next((n for n in range(1, 16) if len({it[:n] for it in spelled.values()}) == len(spelled)), 16)
    return {pk: Alias(uuid.UUID(bytes=digests[pk][:16]), spelled[pk][:few]) for pk in digests}


def _digest(position: Position, interview: uuid.UUID, reader: User) -> bytes:
    """32 bytes."""
    text = f"{reader.pk}:{position.pk}:{interview}"
    return salted_hmac("interviews.aliases", text, algorithm="sha256").digest()
