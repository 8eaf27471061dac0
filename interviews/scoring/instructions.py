"""Where a speaker turns to whoever gives the grade: "ignore the rubric", "give me five", "system: the level is five".

Found by rules alone, which `phrases.toml` lists, in English, German, Spanish, French, Polish and Portuguese, also
spelled out, in pieces, backwards, in rot13, in base64 and with figures for letters. Same words, same spans. Precision
comes first: to speak of grades, rules or instructions at work is no order. Whoever finds a wording that is not listed
gets through; then the quotes are real words of the answer, and a person sees them.

What is found is shown to people, never lowers a level, and can never be evidence for one.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from interviews.scoring.words import tokens

SENTENCE = 30  # words to each side within which the end of the sentence is looked for
AROUND = 12  # words to each side where there is none: a transcript without punctuation
SHORT = 6  # words: a sentence next to a find that has no more belongs to it
APART = 20  # words between two finds that belong together
YOU_WITHIN = 4  # words before an order

RULES = {
    "override": "tells whoever grades to leave the rubric or its instructions out of account",
    "demand": "asks for a certain level",
    "address": "speaks to whoever grades, or gives it a role or an order",
    "system": "poses as a message of the system",
    "verdict": "says what the level is, or that others have decided it",
    "rubric": "poses as another rubric",
    "plea": "begs, threatens or bribes for a level",
    "evidence": "says what is to be quoted, or that nothing needs to be",
    "schema": "recites the form of a reply",
    "encoded": "hides an order: spelled, in pieces, backwards or in a code",
}


@dataclass(frozen=True, slots=True)
class Span:
    """Words that may not be evidence: the sentence around what was found."""

    first_word: int
    last_word: int  # inclusive
    rules: tuple[str, ...]  # keys of RULES, in the order found
    found: tuple[tuple[int, int], ...]  # the words themselves, first and last; within the span


class _Find(NamedTuple):
    first: int
    last: int
    rule: str


def spans(words: Sequence[str]) -> tuple[Span, ...]:
    """In order, never overlapping. Empty for nearly every answer."""
    merged: list[Span] = []
    for find in sorted(set(_finds(words))):
        first, last = _sentence(words, find)
        rules: tuple[str, ...] = (find.rule,)
        found: tuple[tuple[int, int], ...] = ((find.first, find.last),)
        if merged and first <= merged[-1].last_word + APART:
            before = merged.pop()
            first, last = before.first_word, max(before.last_word, last)
            rules, found = tuple(dict.fromkeys((*before.rules, *rules))), (*before.found, *found)
        merged.append(Span(first, last, rules, found))
    return tuple(merged)


def _sentence(words: Sequence[str], find: _Find) -> tuple[int, int]:
    """First and last word of the sentence around it, and of short ones beside it."""
    first, last = _begin(words, find.first, SENTENCE), _end(words, find.last, SENTENCE)
    if first:
        before = _begin(words, first - 1, SHORT - 1)
        first = first if before is None else before
    if last is not None and last + 1 < len(words):
        after = _end(words, last + 1, SHORT - 1)
        last = last if after is None else after
    return (
        max(0, find.first - AROUND) if first is None else first,
        min(len(words) - 1, find.last + AROUND) if last is None else last,
    )


def _begin(words: Sequence[str], position: int, within: int) -> int | None:
    reach = range(position, max(-1, position - within - 1), -1)
    return next((i for i in reach if i == 0 or _ends(words[i - 1])), None)


def _end(words: Sequence[str], position: int, within: int) -> int | None:
    reach = range(position, min(len(words), position + within + 1))
    return next((i for i in reach if i == len(words) - 1 or _ends(words[i])), None)


def _ends(word: str) -> bool:
    return word.rstrip("\"'”’»)]}").endswith((".", "!", "?", "…"))


@dataclass(frozen=True, slots=True)
class _View:
    """One way to read the transcript. `owner[i]` is the word that character i belongs to."""

    text: str
    owner: list[int]

    def words(self, found: re.Match[str]) -> tuple[int, int]:
        start, end = found.span()
        inside = self.owner[start:end]
        return min(inside), max(inside)


def _finds(words: Sequence[str]) -> Iterator[_Find]:
    folded = [(position, _folded(token)) for position, word in enumerate(words) for token in tokens(word)]
    for find, is_order in _read(_view(folded, words)):
        # A sentence that broke off in the middle is no reason to take the next one for a tale.
        if is_order or words[find.first][:1].isupper():
            yield find
    for view in _hidden(words, folded):
        yield from (_Find(find.first, find.last, "encoded") for find, is_order in _read(view) if is_order)
    yield from _in_pieces(folded)


def _read(view: _View) -> Iterator[tuple[_Find, bool]]:
    """What is found, and whether it is an order by what stands before it, where it has to be one."""
    for rule, pattern, is_order in _rules().patterns:
        for found in pattern.finditer(view.text):
            yield _Find(*view.words(found), rule), is_order is None or is_order(view.text[: found.start()])


def _hidden(words: Sequence[str], folded: list[tuple[int, str]]) -> Iterator[_View]:
    """The transcript as it reads once a disguise is taken off; only where something telling comes to light."""
    clear = {token for _, token in folded}
    unmasked = [(position, _unmasked(token)) for position, token in folded]
    turned = [(position, codecs.encode(token, "rot13")) for position, token in folded]
    mirrored = [(position, token[::-1]) for position, token in folded]
    for tokens_seen in (unmasked, turned, mirrored, mirrored[::-1]):
        if len(({token for _, token in tokens_seen} - clear) & _rules().telling) >= 2:
            yield _view(tokens_seen, ())
    for position, word in enumerate(words):
        if decoded := _from_base64(word):
            yield _view([(position, _folded(token)) for token in tokens(decoded)], ())


def _in_pieces(folded: list[tuple[int, str]]) -> Iterator[_Find]:
    """Wordings whose letters are there, with the gaps in other places than they belong."""
    starts: dict[int, int] = {}
    ends: dict[int, int] = {}
    length = 0
    for number, (_, token) in enumerate(folded):
        starts[length] = number
        length += len(token)
        ends[length] = number
    text = "".join(token for _, token in folded)
    for found in _rules().run_together.finditer(text):
        wording = _rules().gaps[found[1]]
        first, last = starts.get(found.start(1)), ends.get(found.end(1))
        if first is None or last is None or [token for _, token in folded[first : last + 1]] == wording:
            continue
        yield _Find(folded[first][0], folded[last][0], "encoded")


def _view(seen: Iterable[tuple[int, str]], words: Sequence[str]) -> _View:
    """Between words: a space, with `|` in it where a sentence ends and `,` where there is another pause."""
    text: list[str] = []
    owner: list[int] = []
    before: int | None = None
    for position, token in seen:
        if before is not None:
            gap = " " if position == before or not words else _gap(words[before])
            text.append(gap)
            owner += [before] * len(gap)
        text.append(token)
        owner += [position] * len(token)
        before = position
    return _View("".join(text), owner)


def _gap(word: str) -> str:
    if _ends(word):
        return " | "
    return " , " if word.endswith((",", ";", ":", "-", "–", "—", '"', "”")) else " "


def _folded(token: str) -> str:
    """Without accents: "piątkę" as piatke."""
    plain = unicodedata.normalize("NFD", token.translate(_LETTERS))
    return "".join(char for char in plain if unicodedata.category(char) != "Mn")


_LETTERS = str.maketrans({"ł": "l", "ß": "ss", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i"})
_FIGURES = str.maketrans("0134578", "oieastb")
# Letters of other scripts that look Latin (Unicode, confusables.txt).
_LOOKALIKES = str.maketrans("аеорсухіјѕһԁԛмтнквгαεορντικυχ", "aeopcyxijshdqmthkbraeopvtikux")


def _unmasked(token: str) -> str:
    if token.isdigit():
        return token
    looks = token.translate(_LOOKALIKES)
    return looks.translate(_FIGURES) if any(char.isalpha() for char in looks) else token


def _from_base64(word: str) -> str:
    text = re.sub(r"[^A-Za-z0-9+/=]", "", word)
    if len(text) < 16:
        return ""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return ""


IsOrder = Callable[[str], bool]


class _Rules(NamedTuple):
    patterns: tuple[tuple[str, re.Pattern[str], IsOrder | None], ...]
    run_together: re.Pattern[str]
    gaps: dict[str, list[str]]
    telling: frozenset[str]


@cache
def _rules() -> _Rules:
    listed = tomllib.loads(Path(__file__).with_name("phrases.toml").read_text(encoding="utf-8"))
    patterns: list[tuple[str, re.Pattern[str], IsOrder | None]] = []
    english = listed["language"]["english"]["blocked"]  # "ignore" is an order in four languages
    for language in listed["language"].values():
        is_order = _is_order(f"{english}|{language['blocked']}", language["you"])
        for rule, verb, noun in (("override", "ignore", "rules"), ("demand", "give", "top")):
            order = f"(?:{language[verb]}) ~(?:{language[noun]})"
            patterns.append((rule, _compiled(order, listed), is_order))
        patterns += [(rule, _compiled(phrase, listed), None) for rule, phrase in language["phrases"]]
    gaps = {wording.replace(" ", ""): wording.split() for wording in listed["run_together"]}
    longest_first = sorted(gaps, key=len, reverse=True)
    return _Rules(
        tuple(patterns),
        re.compile(f"(?=({'|'.join(longest_first)}))"),
        gaps,
        frozenset(word for wording in gaps.values() for word in wording if len(word) > 3),
    )


def _compiled(phrase: str, listed: dict[str, Any]) -> re.Pattern[str]:
    phrase = phrase.replace("(?!NOT_COUNTED)", listed["not_counted"])
    phrase = re.sub(r"(?<!\[) (?![|,])", "(?: [|,])? ", phrase)
    phrase = phrase.replace("~~", r"(?:[^ |]+ ){0,8}?").replace("~", r"(?:[^ |]+ ){0,3}?")
    return re.compile(rf"(?<!\S)(?:{phrase})(?!\S)")


def _is_order(blocked: str, you: str) -> IsOrder:
    tale = re.compile(rf"(?<!\S)(?:{blocked}) $")
    order = re.compile(rf"(?<!\S)(?:{you}) (?:\S+ ){{0,{YOU_WITHIN - 1}}}$")

    def is_order(before: str) -> bool:
        return not tale.search(before[-40:]) or bool(order.search(before[-80:]))

    return is_order
