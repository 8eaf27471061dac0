"""What happened to one interview, as its reviewers may know it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from interviews.events import CONFIDENTIAL, Kind
from interviews.models import Event

LINES_AT_MOST = 300
OF_OTHERS = frozenset({Kind.REVISED, Kind.NOTED})
"""What tells how others rate and what they write is told once that is revealed."""


@dataclass(frozen=True, slots=True)
class StoryLineView:
    """`question` is its number, or None; `actor` is "" where no account did it."""

    number: int
    words: str
    question: int | None
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class StoryView:
    """Newest first; `is_cut`: there was more before."""

    lines: list[StoryLineView]
    is_cut: bool


def story(interview_id: UUID, *, revealed: bool) -> StoryView:
    """`revealed`: with what others rate and write."""
    hidden = CONFIDENTIAL if revealed else CONFIDENTIAL | OF_OTHERS
    events = (
        Event.objects.filter(interview=interview_id)
        .exclude(kind__in=hidden)
        .order_by("-number")
        .values_list("number", "kind", "answer__question__number", "actor__username", "at")[: LINES_AT_MOST + 1]
    )
    lines = [
        StoryLineView(number, str(Kind(kind).label), question, actor or "", at)
        for number, kind, question, actor, at in events
    ]
    return StoryView(lines[:LINES_AT_MOST], len(lines) > LINES_AT_MOST)
