"""Ranks are exact, ties are said, and who has no score is neither last nor zero."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from interviews.scoring.ranking import Place, Unranked, ranking
from interviews.scoring.result import weighted_mean
from tests.chance import seeded


def test_ties_share_a_rank_and_the_next_is_counted_on() -> None:
    ranked = ranking(
        [("a", Decimal("4.5"), ""), ("b", Decimal(3), ""), ("c", Decimal("4.50"), ""), ("d", Decimal(1), "")]
    )
    assert ranked.places == (Place("a", 1, ("c",)), Place("c", 1, ("a",)), Place("b", 3, ()), Place("d", 4, ()))


def test_who_has_no_score_has_no_rank_and_a_reason() -> None:
    ranked = ranking([("a", None, "no speech was heard"), ("b", Decimal(1), "")])
    assert ranked.places == (Place("b", 1, ()),)
    assert ranked.unranked == (Unranked("a", "no speech was heard"),)
    assert ranking([("a", None, "all weights are zero")]).places == ()


@pytest.mark.parametrize("scores", [[("a", None, "")], [("a", Decimal(1), ""), ("a", Decimal(2), "")]])
def test_what_makes_no_sense_is_refused(scores: list[tuple[str, Decimal | None, str]]) -> None:
    with pytest.raises(ValueError):
        ranking(scores)


def test_ranks_equal_an_exact_reference_on_ten_thousand_random_rubrics() -> None:
    rng = seeded(13)
    for _ in range(1_000):
        weights = [rng.choice([0, 1, 2, 3, 7]) for _ in range(rng.randint(1, 5))]
        levels = [[rng.choice([None, 1, 2, 3, 4, 5]) for _ in weights] for _ in range(10)]
        ranked = ranking(
            (n, weighted_mean(zip(each, weights, strict=True)), "no level") for n, each in enumerate(levels)
        )
        shown = [_shown(each, weights) for each in levels]
        for place in ranked.places:
            mine = shown[place.key]
            assert mine is not None
            assert place.rank == 1 + sum(other is not None and other > mine for other in shown)
            assert {place.key, *place.tied_with} == {n for n, other in enumerate(shown) if other == mine}
        assert [it.key for it in ranked.unranked] == [n for n, other in enumerate(shown) if other is None]
        assert len(ranked.places) + len(ranked.unranked) == 10


def _shown(levels: list[int | None], weights: list[int]) -> Fraction | None:
    """To two places, halves to the even digit, without our arithmetic."""
    pairs = [(level, weight) for level, weight in zip(levels, weights, strict=True) if level is not None]
    total = sum(weight for _, weight in pairs)
    return Fraction(round(Fraction(sum(a * b for a, b in pairs), total) * 100), 100) if total else None
