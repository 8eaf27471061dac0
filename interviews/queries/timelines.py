"""What lies where in a recording: pauses, by the words of its transcript, and the evidence of what was suggested."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from interviews.media.captions import long_pauses
from interviews.models import Transcript

if TYPE_CHECKING:
    from interviews.queries.reviews import CriterionView


@dataclass(frozen=True, slots=True)
class StretchView:
    """In per cent of the recording, as style sheets write them."""

    begin: str
    width: str


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """A quote at its second. `at`: the same in per cent."""

    criterion: str
    text: str
    start: float
    first_word: int
    last_word: int
    at: str


@dataclass(frozen=True, slots=True)
class TimelineView:
    """`skips`: the pauses as JSON, [[first, last second], ...], and `saved` their seconds. `evidence` in its order."""

    seconds: float
    pauses: list[StretchView]
    skips: str
    saved: float
    evidence: list[EvidenceView]


def of(seconds: float | None, transcript: Transcript | None, criteria: Iterable[CriterionView]) -> TimelineView | None:
    """`criteria` as they are revealed to whom this is shown. None where the length is not known yet.

    A transcript that is not to be trusted may lack words, so nothing is skipped by it.
    """
    if not seconds:
        return None
    words = transcript.words if transcript is not None and not transcript.doubtful else []
    skips = long_pauses([(word["text"], word["start"], word["end"]) for word in words], seconds)
    evidence = [
        EvidenceView(
            criterion.name, quote.text, quote.start, quote.first_word, quote.last_word, _percent(quote.start, seconds)
        )
        for criterion in criteria
        for quote in criterion.quotes
    ]
    return TimelineView(
        seconds=seconds,
        pauses=[StretchView(_percent(first, seconds), _percent(last - first, seconds)) for first, last in skips],
        skips=json.dumps(skips),
        saved=sum(last - first for first, last in skips),
        evidence=sorted(evidence, key=lambda it: it.start),
    )


def _percent(second: float, seconds: float) -> str:
    return f"{min(100.0, 100 * second / seconds):.2f}%"
