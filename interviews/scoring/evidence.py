"""Is a quote really in the transcript? Decided here, by code, whatever an engine claims.

A quote counts when its tokens are an unbroken run of the transcript's tokens that begins and ends with
whole words. Case, punctuation and Unicode spelling (NFKC) make no difference; every letter, mark and digit
does.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

MIN_TOKENS = 4  # fewer words occur in anybody's answer and prove nothing
MAX_TOKENS = 60  # more is not a quote but the answer itself

NO_EVIDENCE = "Not assessed: none of the words given as evidence were found in the transcript"


@dataclass(frozen=True, slots=True)
class Evidence:
    text: str  # the transcript's own words, as they stand there
    first_word: int  # position in the transcript
    last_word: int  # inclusive


@dataclass(frozen=True, slots=True)
class Checked:
    """`level` is None when evidence was insufficient: the engine said so, or none of its quotes held."""

    level: int | None
    reason: str
    evidence: tuple[Evidence, ...]
    refused: int  # quotes that are not in the transcript


def find(quote: str, words: Sequence[str], first: int, last: int) -> tuple[int, int] | None:
    """Where `quote` stands in `words`: at the claimed span, else the nearest other place, else None.

    Positions count from 0 and the last one is inclusive. None too for fewer than 4 or more than 60 tokens.
    """
    return _find(quote, _Transcript(words), first, last)


def checked(level: int | None, reason: str, quotes: Iterable[tuple[str, int, int]], words: Sequence[str]) -> Checked:
    """What remains of an assessment once its quotes, each (text, first word, last word), were looked up.

    A quote that is not there is dropped. One that is there gets its true position, and the transcript's
    spelling. A level of which no quote remains becomes None: no number without evidence.
    """
    transcript = _Transcript(words)
    spans: list[tuple[int, int]] = []
    refused = 0
    for quote, first, last in quotes:
        span = _find(quote, transcript, first, last)
        if span is None:
            refused += 1
        elif span not in spans:
            spans.append(span)
    evidence = tuple(Evidence(" ".join(words[a : b + 1]), a, b) for a, b in spans)
    if level is not None and not evidence:
        return Checked(None, NO_EVIDENCE, (), refused)
    return Checked(level, reason, evidence, refused)


def tokens(text: str) -> list[str]:
    """Comparable tokens: "Don't – we're 3.5% UP!" becomes dont, were, 3.5, up."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    kept: list[str] = []
    for i, char in enumerate(folded):
        category = unicodedata.category(char)
        if category[0] in "LNM":
            kept.append(char)
        elif char in "'’‘ʼ`" or category == "Cf":  # joins: an apostrophe, or something invisible
            continue
        elif char in ".,:" and folded[i - 1 : i].isdigit() and folded[i + 1 : i + 2].isdigit():
            kept.append(char)  # 3.5 is not 35
        else:
            kept.append(" ")
    return "".join(kept).split()


class _Transcript:
    def __init__(self, words: Sequence[str]) -> None:
        self.tokens: list[str] = []
        self.word_of: list[int] = []
        for position, word in enumerate(words):
            for token in tokens(word):
                self.tokens.append(token)
                self.word_of.append(position)

    def occurrences(self, sought: list[str]) -> Iterable[tuple[int, int]]:
        """Spans, in words, that consist of exactly these tokens and cut no word in two."""
        for start in range(len(self.tokens) - len(sought) + 1):
            end = start + len(sought)
            if self.tokens[start:end] != sought:
                continue
            begins_word = start == 0 or self.word_of[start - 1] != self.word_of[start]
            ends_word = end == len(self.tokens) or self.word_of[end] != self.word_of[end - 1]
            if begins_word and ends_word:
                yield self.word_of[start], self.word_of[end - 1]


def _find(quote: str, transcript: _Transcript, first: int, last: int) -> tuple[int, int] | None:
    sought = tokens(quote)
    if not MIN_TOKENS <= len(sought) <= MAX_TOKENS:
        return None
    return min(
        transcript.occurrences(sought),
        key=lambda span: abs(span[0] - first) + abs(span[1] - last),
        default=None,
    )
