"""Three samples are one level by their median, or none and a person's turn; never an average."""

from __future__ import annotations

from itertools import permutations, product
from statistics import median_low

import pytest

from interviews.scoring.samples import Agreed, agreed


@pytest.mark.parametrize(
    "levels, level, speaker, spread",
    [
        ([4], 4, 0, 0),
        ([None], None, None, None),
        ([3, 3, 3], 3, 0, 0),
        ([3, 4, 4], 4, 1, 1),
        ([4, 3, 3], 3, 1, 1),
        ([4, None, 4], 4, 0, 0),
        ([None, None, 4], None, None, 0),
        ([None, None, None], None, None, None),
    ],
)
def test_the_median_counts_and_a_sample_that_gave_it_speaks(
    levels: list[int | None], level: int | None, speaker: int | None, spread: int | None
) -> None:
    assert agreed(levels) == Agreed(level, speaker, spread, "")


@pytest.mark.parametrize("levels", [[1, 3, 3], [2, 3, 4], [5, 5, 1], [None, 5, 3]])
def test_two_levels_apart_is_no_level(levels: list[int | None]) -> None:
    agreement = agreed(levels)
    assert (agreement.level, agreement.speaker) == (None, None)
    assert "a person must judge" in agreement.problem
    assert (agreement.spread or 0) >= 2


def test_a_median_between_two_levels_is_none() -> None:
    assert agreed([3, None, 4]).problem == (
        "Not assessed: asked again, the model gave level 3, level 4 and none; a person must judge"
    )


def test_two_samples_can_only_disagree() -> None:
    with pytest.raises(ValueError, match="odd"):
        agreed([3, 4])


def test_all_that_three_samples_can_say() -> None:
    for levels in product([None, 1, 2, 3, 4, 5], repeat=3):
        agreement = agreed(levels)
        given = [level for level in levels if level is not None]
        if agreement.level is not None:
            assert agreement.level == median_low(given) and levels[agreement.speaker or 0] == agreement.level
            assert max(given) - min(given) <= 1 and len(given) >= 2
        assert {agreed(order).level for order in permutations(levels)} == {agreement.level}
