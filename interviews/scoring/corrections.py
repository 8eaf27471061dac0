"""What a corrected text makes of the words of a transcript. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal


@dataclass(frozen=True, slots=True)
class Span:
    """`kept` stands in both; else the words before were replaced by those after, of which one side may be empty.

    `first` to `last`, exclusive, in the words before; `text` is what stands there after.
    """

    kept: bool
    first: int
    last: int
    text: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Timed:
    """A new word. In seconds."""

    text: str
    start: float
    end: float


def spans(before: Sequence[str], after: Sequence[str]) -> list[Span]:
    """How the words after came out of those before, in order."""
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    return [Span(tag == "equal", i, j, tuple(after[a:b])) for tag, i, j, a, b in matcher.get_opcodes()]


def spread(text: Sequence[str], start: float, end: float) -> list[Timed]:
    """Words side by side, equally long, from `start` to `end`."""
    length = max(0.0, end - start) / max(1, len(text))
    return [
        Timed(word, round(start + n * length, 3), round(start + (n + 1) * length, 3)) for n, word in enumerate(text)
    ]


Side = Literal["kept", "out", "in"]


def difference(before: Sequence[str], after: Sequence[str]) -> list[tuple[Side, str]]:
    """To be shown: stretches of words that stayed, went out or came in."""
    shown: list[tuple[Side, str]] = []
    for span in spans(before, after):
        if span.kept:
            shown.append(("kept", " ".join(span.text)))
            continue
        if span.last > span.first:
            shown.append(("out", " ".join(before[span.first : span.last])))
        if span.text:
            shown.append(("in", " ".join(span.text)))
    return shown
