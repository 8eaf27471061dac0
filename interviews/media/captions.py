"""Spoken words as captions, and the pauses between them. WebVTT by https://www.w3.org/TR/webvtt1/."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

Said = tuple[str, float, float]
"""A word, its first and its last second."""

MOST_CHARACTERS = 74
"""In one cue: two lines of a small player, which breaks them itself."""
MOST_SECONDS = 6.0
PAUSE_SECONDS = 1.0
"""A cue ends before a pause as long as that."""
STAYS_SECONDS = 0.7
"""A cue stays that long after its last word, if nothing follows."""
LONG_PAUSE_SECONDS = 1.6
BREATH_SECONDS = 0.3
"""What is left of a long pause on either side: recognisers cut words short."""
_ENDS_SENTENCE = (".", "?", "!", "…", "。", "?", "!")
_CONTROL = {**{code: " " for code in range(0x20)}, 0x7F: " ", 0x2028: " ", 0x2029: " "}
_ESCAPED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def webvtt(words: Iterable[Said]) -> str:
    """A whole file. Cues follow each other in time, none overlaps the next, and each has a length."""
    cues = list(_cues(_in_order(words)))
    parts = ["WEBVTT\n"]
    for number, (text, start, end) in enumerate(cues):
        last = end + round(STAYS_SECONDS * 1000)
        if number + 1 < len(cues):
            last = min(last, cues[number + 1][1])
        parts.append(f"{_stamp(start)} --> {_stamp(last)}\n{text.translate(_ESCAPED)}\n")
    return "\n".join(parts)


def long_pauses(words: Sequence[Said], seconds: float) -> list[tuple[float, float]]:
    """What can be skipped of `seconds`: first and last second of each stretch in which no word is spoken.

    Without words there is none: that nothing was recognised does not mean that nothing can be heard.
    """
    if not words:
        return []
    spoken = sorted((min(start, seconds), min(end, seconds)) for _text, start, end in words)
    found: list[tuple[float, float]] = []
    quiet_from = -BREATH_SECONDS  # nothing was said before the beginning that could be cut short
    for start, end in [*spoken, (seconds, seconds)]:
        if start - quiet_from >= LONG_PAUSE_SECONDS:
            found.append((round(quiet_from + BREATH_SECONDS, 3), round(start - BREATH_SECONDS, 3)))
        quiet_from = max(quiet_from, end)
    return found


def _in_order(words: Iterable[Said]) -> Iterator[tuple[str, int, int]]:
    """In milliseconds, without what is no text; none begins before the one ahead of it, or ends before it begins."""
    latest = 0
    for text, start, end in words:
        cleaned = " ".join(text.translate(_CONTROL).split())
        if not cleaned:
            continue
        latest = max(latest, _milliseconds(start))
        yield cleaned, latest, max(latest, _milliseconds(end))


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000) if math.isfinite(seconds) else 0


def _cues(words: Iterable[tuple[str, int, int]]) -> Iterator[tuple[str, int, int]]:
    text, begin, until = "", 0, 0
    for word, start, end in words:
        # Only later than the cue begins: two that begin at once would lie over each other.
        if text and start > begin and _is_full(text, begin, until, word, start, end):
            yield text, begin, until
            text = ""
        if text:
            text, until = f"{text} {word}", max(until, end)
        else:
            text, begin, until = word, start, end
    if text:
        yield text, begin, until


def _is_full(text: str, begin: int, until: int, word: str, start: int, end: int) -> bool:
    return (
        len(text) + 1 + len(word) > MOST_CHARACTERS
        or end - begin > MOST_SECONDS * 1000
        or start - until >= PAUSE_SECONDS * 1000
        or (text.endswith(_ENDS_SENTENCE) and len(text) > MOST_CHARACTERS / 3)
    )


def _stamp(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{rest:03d}"
