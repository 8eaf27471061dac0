"""Where an open page stands in the feed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LiveView:
    """What the page follows, and the number of the last event that it already shows."""

    topics: list[str]
    after: int
