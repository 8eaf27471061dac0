"""Words that the built-in recogniser must not put into anyone's mouth.

It mishears: "Redis queue" came out as "rapist you". What a person did not say, and HR would read beside
their name, does more harm than a gap. Only words whose mere appearance hurts are here; "kill" (a process)
or "attack" (a problem) are not. A provider that hears well is not filtered.
"""

from __future__ import annotations

from pathlib import Path

GAP = "…"

_WORDS = frozenset(Path(__file__).with_name("withheld.txt").read_text(encoding="utf-8").split())


def withhold(word: str) -> str:
    """The word itself, or the mark of a gap. Expects lower case; a possessive is judged by its noun."""
    noun = word.removesuffix("'").removesuffix("'s")
    return GAP if noun in _WORDS else word
