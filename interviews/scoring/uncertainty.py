"""How far a score could be from what other questions and criteria of the same kind would have given.

The levels behind a score are taken as a sample of all that could have been asked. Those of one answer are not
independent of each other: the interval is somewhat too narrow.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

LOWEST, HIGHEST = 1.0, 5.0
ROUNDING = 1 / 12
"""The variance that comes of levels being whole numbers (W. F. Sheppard, Proc. London Math. Soc. 29 (1898) 353-380).
Levels that are all alike are not certain beyond that."""
STUDENT_95 = (
    *(12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228),
    *(2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086),
    *(2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042),
)
"""Two-sided 95 % points of Student's t, for 1 to 30 degrees of freedom."""
NORMAL_95 = 1.960


@dataclass(frozen=True, slots=True)
class Interval:
    low: float
    high: float


def interval(levels: Iterable[tuple[int, int]]) -> Interval | None:
    """95 % interval of the weighted mean of (level, weight) pairs, within 1 to 5; None of fewer than two.

    Weighted mean plus or minus t times s·√(Σw²)/Σw, where s² is the weighted variance, unbiased for weights that say
    how much and not how often (1 - Σw²/(Σw)² in the denominator), and t has as many degrees of freedom as Kish's
    effective size (Σw)²/Σw² less one, rounded down (L. Kish, Survey Sampling (1965) 427). Weights of zero do not count.
    """
    pairs = [(level, weight) for level, weight in levels if weight > 0]
    if len(pairs) < 2:
        return None
    total, squares = sum(weight for _, weight in pairs), sum(weight * weight for _, weight in pairs)
    mean = sum(level * weight for level, weight in pairs) / total
    spread = sum(weight * (level - mean) ** 2 for level, weight in pairs) / total / (1 - squares / total**2)
    reach = _student(total**2 / squares - 1) * math.sqrt(max(spread, ROUNDING) * squares) / total
    return Interval(max(LOWEST, mean - reach), min(HIGHEST, mean + reach))


def possible_ranks(intervals: Sequence[Interval | None]) -> list[tuple[int, int]]:
    """Of each, the best and the worst rank that its interval leaves open. Without one, every rank is."""
    everybody = len(intervals)
    return [
        (1, everybody)
        if it is None
        else (
            1 + sum(other is not None and other.low > it.high for other in intervals),
            everybody - sum(other is not None and other.high < it.low for other in intervals),
        )
        for it in intervals
    ]


def _student(freedom: float) -> float:
    # Of weights that differ, the effective size is no whole number, and may be less than two.
    at = max(1, math.floor(freedom + 1e-9))
    return STUDENT_95[at - 1] if at <= len(STUDENT_95) else NORMAL_95
