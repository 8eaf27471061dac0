"""How far a score can be told from others: against plain computations, and what cannot be computed at all."""

from __future__ import annotations

import math
import statistics
from itertools import permutations, product

import pytest

from interviews.scoring.uncertainty import ROUNDING, STUDENT_95, Interval, interval, possible_ranks


@pytest.mark.parametrize("levels", [(1, 5), (2, 3, 4), (4, 4, 5, 2, 3, 3, 1, 2), tuple([2, 4] * 20)])
def test_of_equal_weights_it_is_the_interval_of_a_mean(levels: tuple[int, ...]) -> None:
    """The textbook's: mean plus or minus t s/√n."""
    student = {2: 12.706, 3: 4.303, 8: 2.365, 40: 1.960}[len(levels)]
    reach = student * statistics.stdev(levels) / math.sqrt(len(levels))
    for weight in (1, 7):
        found = interval((level, weight) for level in levels)
        assert found is not None
        assert found.low == pytest.approx(max(1.0, statistics.mean(levels) - reach))
        assert found.high == pytest.approx(min(5.0, statistics.mean(levels) + reach))


def test_of_unequal_weights_it_is_computed_by_hand() -> None:
    """2, 3 and 4 with weights 1, 2 and 3: mean 10/3, variance (1·16/9 + 2·1/9 + 3·4/9) / 6 / (1 - 14/36), and an
    effective size of 36/14, so that one degree of freedom is left."""
    found = interval([(2, 1), (3, 2), (4, 3)])
    reach = 12.706 * math.sqrt((16 + 2 + 12) / 9 / 6 / (22 / 36)) * math.sqrt(14) / 6
    assert found is not None
    assert (found.low, found.high) == pytest.approx((max(1, 10 / 3 - reach), min(5, 10 / 3 + reach)))


def test_levels_that_are_all_alike_are_as_certain_as_whole_numbers_allow() -> None:
    found = interval([(3, 1)] * 6)
    assert found is not None
    assert found.high - 3 == pytest.approx(2.571 * math.sqrt(ROUNDING / 6))


@pytest.mark.parametrize("levels", [[], [(3, 1)], [(3, 0), (4, 0)], [(3, 1), (5, 0)]])
def test_a_single_level_has_no_interval(levels: list[tuple[int, int]]) -> None:
    assert interval(levels) is None


def test_it_stays_on_the_scale_and_holds_the_mean() -> None:
    for levels in product((1, 2, 5), repeat=3):
        found = interval([(level, weight) for level, weight in zip(levels, (1, 2, 9), strict=True)])
        assert found is not None
        mean = sum(level * weight for level, weight in zip(levels, (1, 2, 9), strict=True)) / 12
        assert 1 <= found.low <= mean <= found.high <= 5


def test_the_table_falls_towards_the_normal_point() -> None:
    assert len(STUDENT_95) == 30
    assert list(STUDENT_95) == sorted(STUDENT_95, reverse=True)


def test_possible_ranks_are_those_of_every_order_that_the_intervals_allow() -> None:
    """By trying all orders: one is allowed where nobody stands before another who lies wholly above."""
    reaches = [Interval(4, 5), Interval(3, 4.2), Interval(3, 3.5), Interval(1, 2)]
    allowed = [
        order
        for order in permutations(range(4))
        if not any(reaches[a].high < reaches[b].low for place, a in enumerate(order) for b in order[place + 1 :])
    ]
    expected = [(min(ranks), max(ranks)) for who in range(4) for ranks in [[it.index(who) + 1 for it in allowed]]]
    assert possible_ranks(reaches) == expected


def test_who_has_no_interval_may_have_any_rank_and_takes_none_from_others() -> None:
    assert possible_ranks([Interval(4, 5), None, Interval(1, 2)]) == [(1, 2), (1, 3), (2, 3)]
    assert possible_ranks([]) == []
