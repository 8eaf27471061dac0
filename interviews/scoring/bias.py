"""How often groups of people were chosen, and were scored above the median: the figures of New York City's rule on
automated tools (6 RCNY §5-300 and §5-301), with what says how far they can be trusted.

- selection rate: of a group, the share that was chosen;
- scoring rate: of those of a group that have a score, the share above the median of all scores, whoever's;
- impact ratio: the rate of a group over the highest rate of any group;
- groups of less than 2 % of those counted are named with their rate, and left out of the ratios;
- people whose group is not known are counted, and left out.

Beside each ratio: its 95 % interval on the log scale (Katz et al. 1978) and Fisher's exact test, both against the
group with the highest rate. Figures are exact fractions, rounded half up to four places.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from interviews.scoring.agreement import Z_95

SEXES = ("female", "male", "another")
ETHNICITIES = ("hispanic", "white", "black", "asian", "native", "pacific", "several")
"""As EEO-1 has them; whoever is Hispanic or Latino is in no other group."""
SMALL = Fraction(2, 100)
FOUR_FIFTHS = Fraction(4, 5)
FEWEST_SHOWN = 5
FEW = 30
"""People of a group below which its ratio says little. Our choice; the interval shows how little."""
TIES = 1e-7
"""Fisher's test: tables as likely as the one seen, but for rounding. R and SciPy take the same."""

Group = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Person:
    """`sex` and `ethnicity`: "" where not known. `score`: None where there is none."""

    sex: str
    ethnicity: str
    chosen: bool
    score: Decimal | None


@dataclass(frozen=True, slots=True)
class Rate:
    """Of one group. `ratio`, `low`, `high` and `p` are None where there is none: of a small group, or nobody was
    chosen; of the group with the highest rate there is no interval and no test, since it is what others are held to."""

    group: Group
    people: int
    chosen: int
    rate: Decimal
    is_small: bool
    ratio: Decimal | None
    low: Decimal | None
    high: Decimal | None
    p: Decimal | None
    is_below_four_fifths: bool

    @property
    def is_of_few(self) -> bool:
        return self.people < FEW


@dataclass(frozen=True, slots=True)
class Table:
    """`people` are those in its groups, `unknown` those in none. Groups without anybody are left out."""

    measure: str
    by: str
    people: int
    unknown: int
    rates: list[Rate]


@dataclass(frozen=True, slots=True)
class Audit:
    people: int
    chosen: int
    scored: int
    median: Decimal | None
    tables: list[Table]


def audit(people: Sequence[Person]) -> Audit:
    scores = sorted(it.score for it in people if it.score is not None)
    middle = median(scores)
    scored = [it for it in people if it.score is not None]
    measures: dict[str, tuple[Sequence[Person], Callable[[Person], bool]]] = {
        "selection": (people, lambda it: it.chosen),
        "scoring": (scored, lambda it: it.score is not None and middle is not None and it.score > middle),
    }
    tables = [
        _table(measure, by, [(_group(by, it), is_chosen(it)) for it in counted])
        for measure, (counted, is_chosen) in measures.items()
        for by in GROUPS
    ]
    chosen = sum(it.chosen for it in people)
    return Audit(len(people), chosen, len(scored), middle, tables)


def median(scores: Sequence[Decimal]) -> Decimal | None:
    """Of sorted scores; of an even number, the mean of the middle two."""
    if not scores:
        return None
    half = len(scores) // 2
    return scores[half] if len(scores) % 2 else (scores[half - 1] + scores[half]) / 2


GROUPS: dict[str, list[Group]] = {
    "sex": [(sex,) for sex in SEXES],
    "ethnicity": [(ethnicity,) for ethnicity in ETHNICITIES],
    "both": [(ethnicity, sex) for ethnicity in ETHNICITIES for sex in SEXES],
}


def _group(by: str, person: Person) -> Group | None:
    """None: not known."""
    values = {"sex": (person.sex,), "ethnicity": (person.ethnicity,), "both": (person.ethnicity, person.sex)}[by]
    return values if all(values) else None


def _table(measure: str, by: str, people: Iterable[tuple[Group | None, bool]]) -> Table:
    all_of, chosen, unknown = Counter[Group](), Counter[Group](), 0
    for group, is_chosen in people:
        if group is None:
            unknown += 1
        else:
            all_of[group] += 1
            chosen[group] += is_chosen
    total = all_of.total()
    there = [group for group in GROUPS[by] if all_of[group]]
    small = {group for group in there if all_of[group] < SMALL * total}
    rates = {group: Fraction(chosen[group], all_of[group]) for group in there}
    highest = max((group for group in there if group not in small), key=lambda group: rates[group], default=None)

    def rate(group: Group) -> Rate:
        mine = chosen[group], all_of[group]
        if highest is None or group in small or not rates[highest]:
            return Rate(group, mine[1], mine[0], _rounded(rates[group]), group in small, None, None, None, None, False)
        theirs = chosen[highest], all_of[highest]
        ratio = rates[group] / rates[highest]
        low, high = (None, None) if group == highest else interval(mine, theirs)
        p = None if group == highest else _rounded(fisher(mine, theirs))
        is_below, rounded = ratio < FOUR_FIFTHS, _rounded(ratio)
        return Rate(group, mine[1], mine[0], _rounded(rates[group]), False, rounded, low, high, p, is_below)

    return Table(measure, by, total, unknown, [rate(group) for group in there])


def interval(mine: tuple[int, int], theirs: tuple[int, int]) -> tuple[Decimal | None, Decimal | None]:
    """95 %, of the ratio of two rates, each (chosen, people). None where nobody was chosen on one side."""
    (a, n), (b, m) = mine, theirs
    if not a or not b:
        return None, None
    ratio, spread = math.log(a / n) - math.log(b / m), Z_95 * math.sqrt(1 / a - 1 / n + 1 / b - 1 / m)
    return _rounded(math.exp(ratio - spread)), _rounded(math.exp(ratio + spread))


def fisher(mine: tuple[int, int], theirs: tuple[int, int]) -> float:
    """The two-sided p of Fisher's exact test: of all tables with these sums, the chance of one at most as likely.

    Weights are relative to the likeliest table, so that none is too large for a float.
    """
    (a, n), (b, m) = mine, theirs
    chosen = a + b
    first, last = max(0, chosen - m), min(n, chosen)
    mode = min(last, max(first, (n + 1) * (chosen + 1) // (n + m + 2)))
    weights = {mode: 1.0}
    for x in range(mode, last):
        weights[x + 1] = weights[x] * ((n - x) * (chosen - x)) / ((x + 1) * (m - chosen + x + 1))
    for x in range(mode, first, -1):
        weights[x - 1] = weights[x] * (x * (m - chosen + x)) / ((n - x + 1) * (chosen - x + 1))
    seen = weights[a] * (1 + TIES)
    return min(1.0, math.fsum(it for it in weights.values() if it <= seen) / math.fsum(weights.values()))


def hidden(table: Table) -> set[Group]:
    """Groups whose figures are not shown on a page: those of fewer than five people; and, where only one in a line
    would be hidden, the next smallest of that line, or it could be worked out from the others and their sum."""
    sizes = {rate.group: rate.people for rate in table.rates}
    found = {group for group, people in sizes.items() if people < FEWEST_SHOWN}
    lines = [set(sizes)]
    for place in range(2 if table.by == "both" else 0):
        for value in {group[place] for group in sizes}:
            lines.append({group for group in sizes if group[place] == value})
    while lonely := next((line for line in lines if len(line & found) == 1 and line - found), None):
        found.add(min(lonely - found, key=lambda group: (sizes[group], group)))
    return found


def _rounded(value: Fraction | float) -> Decimal:
    exact = Decimal(value.numerator) / Decimal(value.denominator) if isinstance(value, Fraction) else Decimal(value)
    return exact.quantize(Decimal("0.0001"), ROUND_HALF_UP)
