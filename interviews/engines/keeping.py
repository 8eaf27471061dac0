"""How an engine hands over what it was paid for, before anything can go wrong with reading it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

Keep = Callable[[str], None]
"""Stores the next piece of a reply, for good, and returns. The pieces of one reply come in order."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A reply that was kept before. It may be cut short."""

    id: int
    text: str


@dataclass(frozen=True, slots=True)
class Usage:
    """What one call used, as the provider reports it. What a model thinks to itself counts as output."""

    input_tokens: int = 0
    output_tokens: int = 0


class Keeping(Protocol):
    """One reply that is arriving."""

    @property
    def reply_id(self) -> int | None:
        """Of what is kept of it; None before its first piece."""

    def __call__(self, piece: str) -> None:
        """A `Keep`."""


class Ledger(Protocol):
    """The books of one question to a provider, kept by whoever asks it. Used by one thread."""

    @property
    def run(self) -> str:
        """What the calls are for: a changed canary in one of them is of no account to another run."""

    def replies(self) -> Sequence[Kept]:
        """What was kept of replies to the same question, oldest first."""

    def calling(self) -> AbstractContextManager[None]:
        """Around calls that are made at once. May raise `interviews.engines.errors.EngineError` instead of letting
        them be made."""

    def keeping(self) -> Keeping:
        """For the reply to one call."""

    def used(self, usage: Usage) -> None:
        """Once for each call that reported it, also for one that failed."""
