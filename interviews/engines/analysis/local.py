"""Assessment without any provider: which of the rubric's words does an answer use? Explainable, no more."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import snowballstemmer

from interviews.engines.analysis.base import (
    AnswerAssessment,
    AnswerBrief,
    CriterionAssessment,
    CriterionBrief,
    Quote,
)
from interviews.engines.catalogue import ANALYSERS
from interviews.engines.keeping import Ledger

MIN_WORDS = 15  # an answer shorter than this shows nothing either way
WINDOW = range(8, 41)  # words in a quote, least to most
AROUND = 4  # words of context on each side of a match
MAX_QUOTES = 2

# From this share of sought terms on, the answer is at that level: a spoken answer rarely uses half of a
# rubric's words.
SHARES = ((0.5, 5), (0.35, 4), (0.2, 3), (0.1, 2), (0.0, 1))

_STOP_WORDS = frozenset(Path(__file__).with_name("stop_words.txt").read_text(encoding="utf-8").split())
_PART = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?|\d+")
_SENTENCE_END = re.compile(r"[.!?][\"'”’)]*$")


@dataclass(frozen=True, slots=True)
class _Match:
    share: float  # of the sought terms, 0 to 1
    found: tuple[str, ...]
    missing: tuple[str, ...]


class Local:
    """How a level comes about, for one criterion of one answer:

    1. The *sought terms* are the content words of `look_for`, compared by stem ("migrating", "migration").
    2. The share of them that the answer uses gives a level: under 10 % is 1, from 10 % 2, from 20 % 3,
       from 35 % 4, from 50 % 5.
    3. One level's anchor may pull that by one step: the one that shares most words with the answer, at least
       two of them words that stand in no other anchor, and more than any other level's.
    4. The words around the densest matches are quoted as they stand.

    Nothing found, or fewer than 15 words: no level. Same input, same output. It cannot understand, so it says
    which words it went by.
    """

    name = "local"
    label = ANALYSERS["local"].label
    model = "keywords"
    version = "1"
    prompt_sha256 = ""
    samples = 1

    def assess(self, answers: Sequence[AnswerBrief], ledger: Ledger) -> Iterator[AnswerAssessment]:
        stem = _Stems()
        for answer in answers:
            spoken = [stem.of_text(word) for word in answer.words]
            yield AnswerAssessment(
                answer.id,
                tuple(_assess(criterion, answer.words, spoken, stem) for criterion in answer.criteria),
            )

    def check(self) -> None:
        pass  # it came with the product


class _Stems:
    def __init__(self) -> None:
        self._stemmer = snowballstemmer.stemmer("english")

    def of_text(self, text: str) -> dict[str, str]:
        """Stem -> the word it was first seen as; content words only."""
        stems: dict[str, str] = {}
        for part in _PART.findall(text.casefold()):
            word = part.replace("’", "'").removesuffix("'s")
            if word not in _STOP_WORDS and (len(word) > 2 or word.isdigit()):
                stems.setdefault(self._stemmer.stemWord(word), word)
        return stems


def _assess(
    criterion: CriterionBrief, words: Sequence[str], spoken: Sequence[dict[str, str]], stem: _Stems
) -> CriterionAssessment:
    if len(words) < MIN_WORDS:
        return CriterionAssessment(criterion.id, None, f"Only {len(words)} words: too few to go by", ())
    said = set().union(*spoken)
    sought = stem.of_text(criterion.look_for)
    anchors = [set(stem.of_text(anchor)) for anchor in criterion.levels]
    match = _match(sought, said)
    pull = _pull(anchors, said)
    if not match.found and pull is None:
        return CriterionAssessment(criterion.id, None, "None of the sought terms were found", ())
    level = next(level for share, level in SHARES if match.share >= share)
    reason = _reason(match)
    if pull is not None and pull != level:
        level += 1 if pull > level else -1
        reason += f"; the wording is closest to level {pull}"
    terms = set(sought) | (anchors[pull - 1] if pull else set())
    return CriterionAssessment(criterion.id, level, reason, _quotes(words, spoken, terms))


def _match(sought: dict[str, str], said: set[str]) -> _Match:
    found = tuple(word for stem, word in sought.items() if stem in said)
    missing = tuple(word for stem, word in sought.items() if stem not in said)
    return _Match(len(found) / len(sought) if sought else 0.0, found, missing)


def _pull(anchors: Sequence[set[str]], said: set[str]) -> int | None:
    """The level whose anchor leads by words of its own, or None."""
    hits: list[int] = []
    for i, anchor in enumerate(anchors):
        others = set().union(*(other for j, other in enumerate(anchors) if j != i))
        hits.append(len((anchor - others) & said))
    most = max(hits, default=0)
    return hits.index(most) + 1 if most >= 2 and hits.count(most) == 1 else None


def _reason(match: _Match) -> str:
    total = len(match.found) + len(match.missing)
    found = ", ".join(match.found) or "none"
    missing = ", ".join(match.missing) or "none"
    return f"Found {len(match.found)} of {total} sought terms: {found}; not found: {missing}"


def _quotes(words: Sequence[str], spoken: Sequence[dict[str, str]], terms: set[str]) -> tuple[Quote, ...]:
    """Up to two windows, the one with the most different terms first; they never overlap."""
    hits = [i for i, stems in enumerate(spoken) if terms & stems.keys()]
    windows: list[tuple[int, int, int]] = []  # minus the terms in it, first, last
    for first in hits:
        reach = [i for i in hits if first <= i <= first + WINDOW[-1] - 2 * AROUND - 1]
        seen = set().union(*(terms & spoken[i].keys() for i in reach))
        windows.append((-len(seen), *_widened(words, first, reach[-1])))
    chosen: list[tuple[int, int]] = []
    for _, first, last in sorted(windows):
        if len(chosen) < MAX_QUOTES and all(last < a or first > b for a, b in chosen):
            chosen.append((first, last))
    return tuple(Quote(" ".join(words[a : b + 1]), a, b) for a, b in chosen)


def _widened(words: Sequence[str], first: int, last: int) -> tuple[int, int]:
    """With some context on both sides, which ends early where a sentence does; at least 8 words."""
    start = max(0, first - AROUND)
    for i in range(first - 1, start - 1, -1):
        if _SENTENCE_END.search(words[i]):
            start = i + 1
            break
    end = min(len(words) - 1, last + AROUND)
    for i in range(last, end):
        if _SENTENCE_END.search(words[i]):
            end = i
            break
    short = WINDOW[0] - (end - start + 1)
    if short > 0:
        end = min(len(words) - 1, end + short)
        start = max(0, end - WINDOW[0] + 1) if end - start + 1 < WINDOW[0] else start
    return start, end
