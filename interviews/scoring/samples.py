"""One level out of several samples of the same question. The median of what was said, never an average."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

UNSTABLE_SPREAD = 2  # levels between the lowest and the highest sample

UNSTABLE = "Not assessed: asked again, the model gave levels from {low} to {high}; a person must judge"
UNDECIDED = "Not assessed: asked again, the model gave level {low}, level {high} and none; a person must judge"


class Agreed(NamedTuple):
    """`speaker` is the sample whose reason and quotes stand for the level, None where there is no level."""

    level: int | None
    speaker: int | None
    spread: int | None  # highest minus lowest; None without a level
    problem: str  # why there is no level although samples had one, in words; "" otherwise


def agreed(levels: Sequence[int | None]) -> Agreed:
    """The median level of an odd number of samples; None is a sample that found insufficient evidence.

    No level when most samples have none, and none either when the samples that have one are two levels or more apart,
    or when the median would lie between two different levels: then a person must judge. Raises ValueError on an even
    number of samples.
    """
    if len(levels) % 2 == 0:
        raise ValueError(f"a median needs an odd number of samples, not {len(levels)}")
    given = sorted(level for level in levels if level is not None)
    spread = given[-1] - given[0] if given else None
    if spread is not None and spread >= UNSTABLE_SPREAD:
        return Agreed(None, None, spread, UNSTABLE.format(low=given[0], high=given[-1]))
    if len(given) * 2 < len(levels):
        return Agreed(None, None, spread, "")
    low, high = given[(len(given) - 1) // 2], given[len(given) // 2]
    if low != high:
        return Agreed(None, None, spread, UNDECIDED.format(low=low, high=high))
    return Agreed(low, list(levels).index(low), spread, "")
