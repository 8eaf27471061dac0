"""Arithmetic over levels. Exact: fractions inside, one rounding at the end. What is missing is not zero."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple


class Coverage(NamedTuple):
    """How much of a rubric, by weight, has a level."""

    assessed: int
    total: int

    @property
    def share(self) -> Decimal:
        """0.00 to 1.00, rounded down: 1.00 only when nothing is missing. Nothing to assess counts as 0.00."""
        return Decimal(self.assessed * 100 // self.total if self.total else 0).scaleb(-2)


def weighted_mean(levels: Iterable[tuple[int | None, int]]) -> Decimal | None:
    """Mean of (level, weight) pairs to two places, halves to the even digit.

    A level of None is left out together with its weight. None when no weight remains. Raises ValueError on
    a weight below zero.
    """
    total = 0
    weights = 0
    for level, weight in levels:
        _refuse_negative(weight)
        if level is not None:
            total += level * weight
            weights += weight
    if weights == 0:
        return None
    return Decimal(round(Fraction(total * 100, weights))).scaleb(-2)


def coverage(levels: Iterable[tuple[int | None, int]]) -> Coverage:
    """Weight that has a level, of all weight. Raises ValueError on a weight below zero."""
    assessed = 0
    total = 0
    for level, weight in levels:
        _refuse_negative(weight)
        total += weight
        if level is not None:
            assessed += weight
    return Coverage(assessed, total)


def _refuse_negative(weight: int) -> None:
    if weight < 0:
        raise ValueError(f"a weight cannot be below zero: {weight}")
