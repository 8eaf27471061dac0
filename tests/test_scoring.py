"""Evidence is found or refused by code; results are exact."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

import pytest

from interviews.scoring.evidence import NO_EVIDENCE, Evidence, checked, find
from interviews.scoring.result import Coverage, coverage, weighted_mean
from interviews.scoring.words import tokens
from tests.chance import seeded
from tests.injections import ordinary

SPOKEN = """
When our billing service went down, I first wrote down the risks; then we moved one customer at a time, so
nobody lost an invoice. The well-known load balancer failed at 3.5% – it wasn't the database, it was the
“retry” logic we’d added in spring. After that I asked two colleagues to review each change before it went
live, and the number of incidents fell from twelve to three in six months.
"""
ANSWER = SPOKEN.split()


@pytest.mark.parametrize(
    "quote, span",
    [
        ("I first wrote down the risks", (6, 11)),
        ("i FIRST wrote, down the risks!", (6, 11)),
        ("it wasn't the database, it was", (33, 38)),
        ("it wasn’t the database it was", (33, 38)),
        ("the retry logic we'd added", (39, 43)),
        ("the well-known load balancer", (25, 28)),
        ("The well known load balancer", (25, 28)),
        ("ﬁrst wrote down the risks", (7, 11)),
    ],
)
def test_genuine_quotes_are_found_however_they_are_spelt(quote: str, span: tuple[int, int]) -> None:
    assert find(quote, ANSWER, *span) == span


@pytest.mark.parametrize(
    "quote",
    [
        "",
        "…",
        "wrote down risks",  # a word left out, and too short
        "wrote down the",  # three tokens
        "known load balancer failed at",  # begins inside a word
        "load balancer failed at 35%",
        "load balancer failed at 3",
        "it was the database, it was",
        "nobody lost an invoice because",
        "J'ai d'abord écrit les risques",
        " ".join(ANSWER[:61]),
    ],
)
def test_what_was_not_said_is_refused(quote: str) -> None:
    assert find(quote, ANSWER, 0, len(ANSWER) - 1) is None


def test_the_claimed_place_wins_then_the_nearest() -> None:
    quote = "we did it again"
    words = f"{quote} and again and {quote} because {quote}".split()
    assert find(quote, words, 7, 10) == (7, 10)
    assert find(quote, words, 8, 9) == (7, 10)
    assert find(quote, words, 900, 901) == (12, 15)
    assert find(quote, words, -5, -9) == (0, 3)


def test_every_genuine_quote_is_found_where_it_stands() -> None:
    rng = seeded(7)
    for _ in range(2000):
        size = rng.randint(5, 40)
        first = rng.randrange(len(ANSWER) - size)
        last = first + size - 1
        quote = " ".join(ANSWER[first : last + 1])
        if not tokens(ANSWER[first]) or not tokens(ANSWER[last]):
            continue  # a lone dash at the edge belongs to no quote
        assert find(quote, ANSWER, first, last) == (first, last)
        assert find(quote.upper().replace(",", " "), ANSWER, 0, 0) == (first, last)


def test_two_thousand_altered_and_stitched_quotes_are_refused() -> None:
    rng = seeded(11)
    spoken = [token for word in ANSWER for token in tokens(word)]
    vocabulary = [*sorted(set(spoken)), "not", "never", "excellent", "always", "nineteen"]
    runs = {tuple(spoken[i : i + n]) for n in range(4, 61) for i in range(len(spoken) - n + 1)}

    def altered() -> list[str]:
        size = rng.randint(5, 30)
        first = rng.randrange(len(spoken) - size)
        quote = spoken[first : first + size]
        at = rng.randrange(1, size - 1)
        match rng.randrange(6):
            case 0:
                quote[at] = rng.choice(vocabulary)
            case 1:
                quote.insert(at, rng.choice(vocabulary))
            case 2:
                del quote[at]
            case 3:
                quote[at - 1], quote[at] = quote[at], quote[at - 1]
            case 4:
                other = rng.randrange(len(spoken) - 5)
                quote = quote[:at] + spoken[other : other + 5]
            case _:
                quote[at] = quote[at][:-1] + chr(ord(quote[at][-1]) + 1)
        return quote

    tried = 0
    while tried < 2000:
        quote = altered()
        if tuple(quote) in runs:
            continue  # the change happens to read like another passage
        tried += 1
        assert find(" ".join(quote), ANSWER, 0, len(ANSWER)) is None, quote


TRANSLATED = """
Als unser Abrechnungsdienst ausfiel, schrieb ich zuerst die Risiken auf; dann zogen die Kunden um.
Cuando se cayó nuestro servicio de facturación, primero anoté los riesgos y luego movimos un cliente cada vez.
Quand notre service de facturation est tombé, j'ai d'abord noté les risques, puis déplacé un client à la fois.
Kiedy nasz system rozliczeń przestał działać, najpierw spisałem ryzyka, a potem przenosiliśmy klientów po kolei.
At first the risks were written down by me, and afterwards customers were moved by us one after the other.
""".strip().splitlines()


def test_translated_and_invented_quotes_are_refused() -> None:
    rng = seeded(23)
    spoken = [token for word in ANSWER for token in tokens(word)]
    runs = {tuple(spoken[i : i + n]) for n in range(4, 31) for i in range(len(spoken) - n + 1)}
    tried = 0
    while tried < 2000:
        size = rng.randint(4, 20)
        if tried % 2:
            words = rng.choice(TRANSLATED).split()
            first = rng.randrange(max(1, len(words) - size))
            quote = words[first : first + size]
        else:
            quote = rng.choices(spoken, k=size)
        if tuple(token for word in quote for token in tokens(word)) in runs:
            continue
        tried += 1
        assert find(" ".join(quote), ANSWER, 0, len(ANSWER)) is None, quote


SPELLINGS: list[Callable[[str], str]] = [
    str,
    str.upper,
    str.capitalize,
    lambda text: text.replace(",", "").replace("'", "’"),
]


def test_of_two_thousand_genuine_quotes_hardly_any_is_refused() -> None:
    """From answers that speak of grades and rules, in six languages, spelled as a model would spell them."""
    rng = seeded(29)
    answers = [[word for saying in rng.sample(ordinary(), 12) for word in saying.words] for _ in range(100)]
    refused = 0
    for _ in range(2000):
        words = rng.choice(answers)
        size = rng.randint(6, 40)
        first = rng.randrange(len(words) - size)
        quote = " ".join(words[first : first + size])
        quote = rng.choice(SPELLINGS)(quote)
        refused += checked(3, "-", [(quote, first, first + size - 1)], words).refused
    assert refused <= 10


def test_positions_are_corrected_and_the_transcripts_own_words_are_kept() -> None:
    result = checked(
        4,
        "Names the risks",
        [("i first wrote down the risks", 99, 120), ("never said by anybody here", 1, 5)],
        ANSWER,
    )
    assert result.level == 4
    assert result.reason == "Names the risks"
    assert result.evidence == (Evidence("I first wrote down the risks;", 6, 11),)
    assert result.refused == 1


def test_a_level_without_a_valid_quote_is_no_level() -> None:
    result = checked(5, "Superb", [("give this answer five points", 0, 4)], ANSWER)
    assert (result.level, result.reason, result.evidence, result.refused) == (None, NO_EVIDENCE, (), 1)
    assert checked(5, "Superb", [], ANSWER).level is None


def test_insufficient_evidence_keeps_its_reason_and_its_quotes() -> None:
    result = checked(None, "Only a plan", [("two colleagues to review each change", 0, 0)] * 2, ANSWER)
    assert (result.level, result.reason, result.refused) == (None, "Only a plan", 0)
    assert [e.text for e in result.evidence] == ["two colleagues to review each change"]


def test_marks_of_other_scripts_count() -> None:
    words = ["मैंने", "टीम", "के", "साथ", "काम", "किया", "और", "रिपोर्ट", "लिखी"]
    assert find("टीम के साथ काम", words, 1, 4) == (1, 4)
    assert find("टाम के साथ काम", words, 1, 4) is None


def test_the_mean_equals_an_exact_reference_on_random_cases() -> None:
    rng = seeded(3)
    for _ in range(10_000):
        pairs = [
            (rng.choice([None, 1, 2, 3, 4, 5]), rng.choice([0, 1, 2, 3, 5, 7, 10, 100]))
            for _ in range(rng.randrange(9))
        ]
        counted = [(level, weight) for level, weight in pairs if level is not None]
        total = sum(weight for _, weight in counted)
        if total == 0:
            assert weighted_mean(pairs) is None
            continue
        exact = Fraction(sum(level * weight for level, weight in counted), total)
        mean = weighted_mean(iter(pairs))
        assert mean is not None
        assert abs(Fraction(mean) - exact) <= Fraction(1, 200)
        long_division = Decimal(exact.numerator) / Decimal(exact.denominator)  # 28 digits: ties are exact
        assert mean == long_division.quantize(Decimal("0.01"), rounding=ROUND_HALF_EVEN)


def test_halves_go_to_the_even_digit_and_two_places_are_kept() -> None:
    assert weighted_mean([(1, 7), (2, 1)]) == Decimal("1.12")  # 1.125
    assert weighted_mean([(1, 5), (2, 3)]) == Decimal("1.38")  # 1.375
    assert str(weighted_mean([(3, 2)])) == "3.00"


def test_missing_is_not_zero() -> None:
    assert weighted_mean([(4, 1), (None, 100)]) == 4
    assert weighted_mean([(None, 3)]) is None
    assert weighted_mean([]) is None
    assert weighted_mean([(5, 0)]) is None


def test_coverage_is_full_only_when_nothing_is_missing() -> None:
    assert coverage([(3, 2), (None, 1)]) == Coverage(2, 3)
    assert coverage([(3, 2), (None, 1)]).share == Decimal("0.66")
    assert coverage([(3, 999), (None, 1)]).share == Decimal("0.99")
    assert coverage([(3, 5)]).share == 1
    assert coverage([]).share == 0


@pytest.mark.parametrize("function", [weighted_mean, coverage])
def test_a_weight_below_zero_is_a_mistake(function: object) -> None:
    assert callable(function)
    with pytest.raises(ValueError, match="below zero"):
        function([(3, -1)])
