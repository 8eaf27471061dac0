"""When a transcript is too uncertain to be trusted, by the confidence that the recogniser itself gave to each word."""

from __future__ import annotations

from collections.abc import Iterable

LOW = 0.5
"""Below it the recogniser holds that it is more likely wrong than right about a word."""
LOWEST_MEAN = 0.6
"""Clear speech is recognised with means above 0.9; at 0.6 two words in five may be wrong, and a quote of several words
is hardly ever right as a whole."""
LARGEST_SHARE = 0.25
"""Of words below LOW: with every fourth word in doubt no run of four words, the shortest quote, is free of it."""


def is_low(confidence: float | None) -> bool:
    return confidence is not None and confidence < LOW


def is_doubtful(confidences: Iterable[float | None]) -> bool:
    """Whether the words are not to be trusted as a whole. Each figure from 0 to 1.

    None is left out: a person wrote the word, or the engine has no honest figure.
    """
    known = [confidence for confidence in confidences if confidence is not None]
    if not known:
        return False
    return sum(known) / len(known) < LOWEST_MEAN or sum(map(is_low, known)) / len(known) > LARGEST_SHARE
