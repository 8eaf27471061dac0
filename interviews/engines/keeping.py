"""How an engine hands over what it was paid for, before anything can go wrong with reading it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

Keep = Callable[[str], None]
"""Stores the next piece of a reply, for good, and returns. The pieces of one reply come in order."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What one call used, as the provider reports it. What a model thinks to itself counts as output."""

    input_tokens: int = 0
    output_tokens: int = 0


class Keeping(Protocol):
    """For the reply to one call."""

    def __call__(self, piece: str) -> None:
        """A `Keep`."""

    def used(self, usage: Usage) -> None:
        """Once, where the provider reported it, also for a call that failed."""
