"""Is a quote really in the transcript, and is it about the work? Decided here, by code, whatever an engine claims.

A quote counts when its tokens are an unbroken run of the transcript's tokens that begins and ends with
whole words. Case, punctuation and Unicode spelling (NFKC) make no difference; every letter, mark and digit
does. Words that speak to whoever gives the grade (`scoring.instructions`) never count.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from interviews.scoring import instructions
from interviews.scoring.words import Transcript, tokens

MIN_TOKENS = 4  # fewer words occur in anybody's answer and prove nothing
MAX_TOKENS = 60  # more is not a quote but the answer itself

NO_EVIDENCE = "Not assessed: none of the words given as evidence were found in the transcript"
NOT_EVIDENCE = "Not assessed: the words given as evidence speak to whoever gives the grade, and prove nothing"


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
    refused: int  # quotes that are not in the transcript, or are no evidence
    instructed: int = 0  # those of them that overlap with words to whoever gives the grade


def find(quote: str, words: Sequence[str], first: int, last: int) -> tuple[int, int] | None:
    """Where `quote` stands in `words`: at the claimed span, else the nearest other place, else None.

    Positions count from 0 and the last one is inclusive. None too for fewer than 4 or more than 60 tokens.
    """
    return _nearest(_places(quote, Transcript(words)), first, last)


def checked(level: int | None, reason: str, quotes: Iterable[tuple[str, int, int]], words: Sequence[str]) -> Checked:
    """What remains of an assessment once its quotes, each (text, first word, last word), were looked up.

    A quote that is not there, or stands only where the speaker turns to whoever gives the grade, is dropped. One that
    is there gets its true position, and the transcript's spelling. A level of which no quote remains becomes None: no
    number without evidence.
    """
    transcript, barred = _read(tuple(words))
    spans: list[tuple[int, int]] = []
    refused = instructed = 0
    for quote, first, last in quotes:
        places = _places(quote, transcript)
        span = _nearest([place for place in places if not _overlap(place, barred)], first, last)
        if span is None:
            refused += 1
            instructed += bool(places)
        elif span not in spans:
            spans.append(span)
    evidence = tuple(Evidence(" ".join(words[a : b + 1]), a, b) for a, b in spans)
    if level is not None and not evidence:
        return Checked(None, NOT_EVIDENCE if instructed else NO_EVIDENCE, (), refused, instructed)
    return Checked(level, reason, evidence, refused, instructed)


@lru_cache(maxsize=256)
def _read(words: tuple[str, ...]) -> tuple[Transcript, tuple[tuple[int, int], ...]]:
    """Each criterion of an answer asks for the same words again."""
    return Transcript(words), tuple((span.first_word, span.last_word) for span in instructions.spans(words))


def _places(quote: str, transcript: Transcript) -> list[tuple[int, int]]:
    sought = tokens(quote)
    return list(transcript.occurrences(sought)) if MIN_TOKENS <= len(sought) <= MAX_TOKENS else []


def _nearest(places: Iterable[tuple[int, int]], first: int, last: int) -> tuple[int, int] | None:
    return min(places, key=lambda span: abs(span[0] - first) + abs(span[1] - last), default=None)


def _overlap(place: tuple[int, int], spans: Iterable[tuple[int, int]]) -> bool:
    return any(place[0] <= last and first <= place[1] for first, last in spans)
