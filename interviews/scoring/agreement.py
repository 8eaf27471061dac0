"""How far two raters agree on levels: exactly, and beyond chance.

Exact agreement overstates what raters share, since some of it is chance; weighted kappa takes that out, and counts a
near miss as less of a disagreement than a wide one.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

LEVELS = 5
FEWEST = 30
"""Pairs below which no kappa is given. Our choice; the interval is a large-sample one, and wide even then."""
Z_95 = 1.959963984540054  # two-sided 95 % point of the normal distribution


@dataclass(frozen=True, slots=True)
class Kappa:
    value: float
    standard_error: float

    @property
    def interval(self) -> tuple[float, float]:
        """95 %, within -1 to 1."""
        reach = Z_95 * self.standard_error
        return max(-1.0, self.value - reach), min(1.0, self.value + reach)


@dataclass(frozen=True, slots=True)
class Agreement:
    pairs: int
    exact: float | None  # share of pairs with the same level, 0 to 1; None without pairs
    kappa: Kappa | None
    why_no_kappa: str  # in words; "" where there is one


def agreement(ratings: Iterable[tuple[int, int]]) -> Agreement:
    """Of (level by one rater, level by the other), each 1 to 5. Raises ValueError on another level."""
    counted = Counter(ratings)
    table = [[counted.pop((a, b), 0) for b in range(1, LEVELS + 1)] for a in range(1, LEVELS + 1)]
    if counted:
        raise ValueError(f"a level must be 1 to {LEVELS}")
    pairs = sum(map(sum, table))
    exact = sum(table[i][i] for i in range(LEVELS)) / pairs if pairs else None
    if pairs < FEWEST:
        return Agreement(pairs, exact, None, f"{pairs} pairs are too few; {FEWEST} are needed")
    kappa = weighted_kappa(table, quadratic(LEVELS))
    if kappa is None:
        return Agreement(pairs, exact, None, "both raters gave one and the same level throughout")
    return Agreement(pairs, exact, kappa, "")


def quadratic(size: int) -> list[list[float]]:
    """Agreement weights 1 - (i - j)² / (size - 1)²: 1 on the diagonal, 0 in the far corners (Fleiss and Cohen 1973)."""
    return [[1 - (i - j) ** 2 / (size - 1) ** 2 for j in range(size)] for i in range(size)]


def weighted_kappa(table: Sequence[Sequence[int]], weights: Sequence[Sequence[float]]) -> Kappa | None:
    """Of a square table of counts, with agreement weights from 0 to 1. None where chance alone agrees entirely.

    Kappa: J. Cohen, "Weighted kappa", Psychological Bulletin 70 (1968) 213-220. Its standard error for large samples:
    J. L. Fleiss, J. Cohen and B. S. Everitt, "Large sample standard errors of kappa and weighted kappa",
    Psychological Bulletin 72 (1969) 323-327.
    """
    size, total = len(table), sum(map(sum, table))
    cells = [(i, j) for i in range(size) for j in range(size)]
    rows = [sum(row) / total for row in table]
    columns = [sum(row[j] for row in table) / total for j in range(size)]
    observed = sum(weights[i][j] * table[i][j] for i, j in cells) / total
    expected = sum(weights[i][j] * rows[i] * columns[j] for i, j in cells)
    if math.isclose(expected, 1.0):
        return None
    kappa = (observed - expected) / (1 - expected)
    row_means = [sum(weights[i][j] * columns[j] for j in range(size)) for i in range(size)]
    column_means = [sum(weights[i][j] * rows[i] for i in range(size)) for j in range(size)]
    spread = sum(
        table[i][j] / total * (weights[i][j] - (row_means[i] + column_means[j]) * (1 - kappa)) ** 2 for i, j in cells
    )
    variance = (spread - (kappa - expected * (1 - kappa)) ** 2) / (total * (1 - expected) ** 2)
    return Kappa(kappa, math.sqrt(max(0.0, variance)))
