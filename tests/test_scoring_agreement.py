"""Agreement beyond chance, checked against published figures."""

from __future__ import annotations

from fractions import Fraction

import pytest

from interviews.scoring.agreement import FEWEST, agreement, quadratic, weighted_kappa
from tests.chance import seeded

COHEN = [[88, 14, 18], [10, 40, 10], [2, 6, 12]]
"""Cohen 1968, table 1: two judges, 200 cases, three diagnoses."""


def test_cohens_own_example() -> None:
    graveness = [[0, 1, 3], [1, 0, 6], [3, 6, 0]]
    kappa = weighted_kappa(COHEN, [[1 - value / 6 for value in row] for row in graveness])
    plain = weighted_kappa(COHEN, [[float(i == j) for j in range(3)] for i in range(3)])
    assert kappa is not None and plain is not None
    assert round(kappa.value, 3) == 0.348
    assert round(plain.value, 3) == 0.492


def test_the_standard_error_and_interval_that_sas_prints() -> None:
    """The example of PROC FREQ that statsmodels is tested with: linear weights, n = 19."""
    linear = [[1 - abs(i - j) / 2 for j in range(3)] for i in range(3)]
    kappa = weighted_kappa([[0, 4, 1], [0, 8, 0], [0, 1, 5]], linear)
    assert kappa is not None
    assert [round(value, 4) for value in (kappa.value, kappa.standard_error, *kappa.interval)] == [
        0.4701,
        0.1457,
        0.1845,
        0.7558,
    ]


def test_quadratic_weights_as_the_r_package_irr_has_them() -> None:
    """Its data set `anxiety`, raters 2 and 3; nobody gave a 5, and irr leaves out levels that nobody gave."""
    second = [3, 6, 4, 6, 2, 4, 2, 4, 3, 3, 2, 3, 3, 3, 2, 2, 1, 3, 3, 4]
    third = [2, 1, 4, 4, 3, 2, 1, 6, 1, 1, 1, 2, 3, 3, 1, 1, 3, 3, 2, 2]
    table = [[0] * 5 for _ in range(5)]
    for a, b in zip(second, third, strict=True):
        table[min(a, 5) - 1][min(b, 5) - 1] += 1
    kappa = weighted_kappa(table, quadratic(5))
    assert kappa is not None
    assert round(kappa.value, 7) == 0.2520325


def test_quadratic_kappa_is_the_exact_ratio_of_moments() -> None:
    """Fleiss and Cohen 1973: 2 cov / (var + var + (difference of means)²), in fractions."""
    rng = seeded(17)
    for _ in range(500):
        pairs = [(rng.randint(1, 5), rng.randint(1, 5)) for _ in range(rng.randint(FEWEST, 60))]
        n = len(pairs)
        mean_a, mean_b = (Fraction(sum(pair[i] for pair in pairs), n) for i in (0, 1))
        covariance = sum((a - mean_a) * (b - mean_b) for a, b in pairs) / n
        spread = sum((a - mean_a) ** 2 + (b - mean_b) ** 2 for a, b in pairs) / n + (mean_a - mean_b) ** 2
        kappa = agreement(pairs).kappa
        assert kappa is not None
        assert kappa.value == pytest.approx(float(2 * covariance / spread), abs=1e-12)


def test_the_interval_covers_what_it_should() -> None:
    """Of 400 samples of 200 pairs from one known population, about 95 % of the intervals hold its kappa."""
    rng = seeded(19)
    cells = [(a, b) for a in range(1, 6) for b in range(1, 6)]
    weights = [max(1, 12 - 5 * abs(a - b)) * (a + 1) for a, b in cells]
    truth = weighted_kappa([[weights[5 * a + b] for b in range(5)] for a in range(5)], quadratic(5))
    assert truth is not None
    covered = 0
    for _ in range(400):
        kappa = agreement(rng.choices(cells, weights, k=200)).kappa
        assert kappa is not None
        covered += kappa.interval[0] <= truth.value <= kappa.interval[1]
    assert 0.92 <= covered / 400 <= 0.98


def test_exact_agreement_is_counted_and_overstates() -> None:
    both = agreement([(4, 4)] * 27 + [(1, 4), (4, 1), (5, 4)])
    assert both.exact == 0.9 and both.kappa is not None and both.kappa.value < 0.1


@pytest.mark.parametrize(
    "pairs, words",
    [([], "0 pairs are too few"), ([(3, 3)] * 29, "29 pairs"), ([(3, 3)] * 30, "one and the same level")],
)
def test_where_it_means_nothing_there_is_none_and_a_reason(pairs: list[tuple[int, int]], words: str) -> None:
    result = agreement(pairs)
    assert result.kappa is None and words in result.why_no_kappa
    assert result.exact == (1 if pairs else None)


def test_perfect_agreement_is_one_without_doubt_and_no_other_level_is_taken() -> None:
    kappa = agreement([(n % 5 + 1, n % 5 + 1) for n in range(30)]).kappa
    assert kappa is not None and kappa.value == pytest.approx(1) and kappa.interval == pytest.approx((1, 1))
    with pytest.raises(ValueError, match="1 to 5"):
        agreement([(0, 3)])
