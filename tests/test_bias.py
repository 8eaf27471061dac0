"""The figures of a bias audit, held against SQL that was written by itself, and against published numbers."""

from __future__ import annotations

import random
import sqlite3
from decimal import Decimal
from itertools import pairwise

import pytest

from interviews.scoring.bias import ETHNICITIES, SEXES, Audit, Person, Rate, Table, audit, fisher, hidden, interval
from tests.chance import seeded

DATA_SETS = 1000
MOST_PEOPLE = 160

# In SQL alone: no figure of it comes from the product. Figures are whole ten-thousandths, rounded half up by integers;
# those of logarithms and exponentials by the database's own. A median is the sum of the middle two scores.
SQL = """
WITH
middle AS (
    SELECT sum(score) * (2 / count(*)) AS twice FROM (
        SELECT score, row_number() OVER (ORDER BY score) AS place, count(*) OVER () AS n
        FROM people WHERE score IS NOT NULL
    ) WHERE place IN ((n + 1) / 2, (n + 2) / 2)
),
counted AS (
    SELECT 'selection' AS measure, sex, ethnicity, chosen AS hit FROM people
    UNION ALL
    SELECT 'scoring', sex, ethnicity, 2 * score > (SELECT twice FROM middle) FROM people WHERE score IS NOT NULL
),
split AS (
    SELECT measure, 'sex' AS by_what, nullif(sex, '') AS one, '' AS two, hit FROM counted
    UNION ALL
    SELECT measure, 'ethnicity', nullif(ethnicity, ''), '', hit FROM counted
    UNION ALL
    SELECT measure, 'both', CASE WHEN sex <> '' THEN nullif(ethnicity, '') END, sex, hit FROM counted
),
unknown AS (SELECT measure, by_what, count(*) AS n FROM split WHERE one IS NULL GROUP BY measure, by_what),
grouped AS (
    SELECT measure, by_what, one, two, count(*) AS n, sum(hit) AS a, sum(count(*)) OVER (PARTITION BY measure, by_what) AS total
    FROM split WHERE one IS NOT NULL GROUP BY measure, by_what, one, two
),
placed AS (
    SELECT grouped.*, 100 * n < 2 * total AS small, coalesce(first.place, 0) * 100 + coalesce(second.place, 0) AS place
    FROM grouped LEFT JOIN places AS first ON first.name = one LEFT JOIN places AS second ON second.name = two
),
ranked AS (
    SELECT *, row_number() OVER (PARTITION BY measure, by_what ORDER BY small, 1.0 * a / n DESC, place) AS rank FROM placed
),
top AS (SELECT * FROM ranked WHERE rank = 1 AND NOT small AND a > 0),
paired AS (
    SELECT mine.*, top.n AS m, top.a AS b, mine.place = top.place AS is_top
    FROM ranked AS mine LEFT JOIN top ON top.measure = mine.measure AND top.by_what = mine.by_what AND NOT mine.small
),
tests AS (
    SELECT measure, by_what, place, sum(exp(weight)) AS p FROM (
        SELECT measure, by_what, place, weight, max(CASE WHEN x = a THEN weight END) OVER (PARTITION BY measure, by_what, place) AS seen
        FROM (
            SELECT paired.measure, paired.by_what, paired.place, x.n AS x, paired.a AS a,
                (SELECT v FROM logs WHERE logs.n = paired.n) - (SELECT v FROM logs WHERE logs.n = x.n)
                - (SELECT v FROM logs WHERE logs.n = paired.n - x.n)
                + (SELECT v FROM logs WHERE logs.n = paired.m) - (SELECT v FROM logs WHERE logs.n = paired.a + paired.b - x.n)
                - (SELECT v FROM logs WHERE logs.n = paired.m - paired.a - paired.b + x.n)
                - (SELECT v FROM logs WHERE logs.n = paired.n + paired.m) + (SELECT v FROM logs WHERE logs.n = paired.a + paired.b)
                + (SELECT v FROM logs WHERE logs.n = paired.n + paired.m - paired.a - paired.b) AS weight
            FROM paired JOIN logs AS x ON x.n BETWEEN max(0, paired.a + paired.b - paired.m) AND min(paired.n, paired.a + paired.b)
            WHERE NOT is_top
        )
    ) WHERE weight <= seen + 1e-7 GROUP BY measure, by_what, place
)
SELECT paired.measure, paired.by_what, one, two, paired.n, paired.a, (20000 * paired.a + paired.n) / (2 * paired.n), small,
    CASE WHEN m IS NOT NULL THEN (20000 * paired.a * m + paired.n * b) / (2 * paired.n * b) END,
    CASE WHEN NOT is_top AND paired.a > 0 THEN
        printf('%.4f', exp(ln(1.0 * paired.a * m / (paired.n * b)) - 1.959963984540054 * sqrt(1.0 / paired.a - 1.0 / paired.n + 1.0 / b - 1.0 / m))) END,
    CASE WHEN NOT is_top AND paired.a > 0 THEN
        printf('%.4f', exp(ln(1.0 * paired.a * m / (paired.n * b)) + 1.959963984540054 * sqrt(1.0 / paired.a - 1.0 / paired.n + 1.0 / b - 1.0 / m))) END,
    CASE WHEN NOT is_top THEN printf('%.4f', min(1.0, p)) END,
    coalesce(5 * paired.a * m < 4 * paired.n * b, 0), total, coalesce(unknown.n, 0)
FROM paired
LEFT JOIN tests ON tests.measure = paired.measure AND tests.by_what = paired.by_what AND tests.place = paired.place
LEFT JOIN unknown ON unknown.measure = paired.measure AND unknown.by_what = paired.by_what
ORDER BY paired.measure DESC, paired.by_what = 'both', paired.by_what = 'ethnicity', paired.place
"""  # noqa: E501 - a formula on its line, as it is in the books


@pytest.fixture(scope="module")
def database() -> sqlite3.Connection:
    made = sqlite3.connect(":memory:")
    made.execute("CREATE TABLE people (sex TEXT, ethnicity TEXT, chosen INTEGER, score INTEGER)")
    made.execute("CREATE TABLE places (name TEXT PRIMARY KEY, place INTEGER)")
    made.executemany("INSERT INTO places VALUES (?, ?)", [(name, n) for n, name in enumerate(SEXES, 1)])
    made.executemany("INSERT INTO places VALUES (?, ?)", [(name, n) for n, name in enumerate(ETHNICITIES, 1)])
    made.execute("CREATE TABLE logs (n INTEGER PRIMARY KEY, v REAL)")
    made.execute(
        """INSERT INTO logs WITH RECURSIVE f(n, v) AS (SELECT 0, 0.0 UNION ALL SELECT n + 1, v + ln(n + 1) FROM f
        WHERE n < ?) SELECT * FROM f""",
        [2 * MOST_PEOPLE],
    )
    return made


def _people(chance: random.Random) -> list[Person]:
    """Groups of any size, nobody among them; now and then all are chosen, or none, or have the same score."""
    sexes, ethnicities = ("", *SEXES), ("", *ETHNICITIES)
    by_sex = [chance.choice((0.0, 0.1, 1.0, 3.0)) for _ in sexes[1:]]
    by_ethnicity = [chance.choice((0.0, 0.02, 1.0, 3.0)) for _ in ethnicities[1:]]
    chosen, scored = chance.choice((0.0, 0.1, 0.4, 1.0)), chance.choice((0.0, 0.5, 0.95, 1.0))
    highest = chance.choice((100, 130, 500))
    return [
        Person(
            chance.choices(sexes, [0.1, *by_sex])[0],
            chance.choices(ethnicities, [0.1, *by_ethnicity])[0],
            chance.random() < chosen,
            Decimal(chance.randint(100, highest)) / 100 if chance.random() < scored else None,
        )
        for _ in range(chance.randint(0, MOST_PEOPLE))
    ]


def _by_sql(database: sqlite3.Connection, people: list[Person]) -> list[tuple[object, ...]]:
    database.execute("DELETE FROM people")
    rows = [(it.sex, it.ethnicity, it.chosen, None if it.score is None else int(it.score * 100)) for it in people]
    database.executemany("INSERT INTO people VALUES (?, ?, ?, ?)", rows)
    return database.execute(SQL).fetchall()


def _as_sql(table: Table, rate: Rate) -> tuple[object, ...]:
    one, two = (*rate.group, "")[:2]
    return (
        *(table.measure, table.by, one, two, rate.people, rate.chosen, int(rate.rate * 10_000), int(rate.is_small)),
        None if rate.ratio is None else int(rate.ratio * 10_000),
        *(None if it is None else str(it) for it in (rate.low, rate.high, rate.p)),
        *(int(rate.is_below_four_fifths), table.people, table.unknown),
    )


def test_every_figure_is_that_of_sql_on_a_thousand_random_sets_of_people(database: sqlite3.Connection) -> None:
    seen = {"ratio": 0, "p": 0, "small": 0, "low": 0}
    for seed in range(DATA_SETS):
        people = _people(seeded(seed))
        rows = [_as_sql(table, rate) for table in audit(people).tables for rate in table.rates]
        assert rows == _by_sql(database, people), seed
        for row in rows:
            seen["small"] += row[7] == 1
            seen["ratio"] += row[8] is not None
            seen["low"] += row[9] is not None
            seen["p"] += row[11] is not None
    assert min(seen.values()) > DATA_SETS, seen


def test_fishers_own_example_and_those_of_r() -> None:
    # Fisher's tea: fisher.test(matrix(c(3,1,1,3),2)) 0.4857; R's "Job" shape by two-sided tables of its manual.
    assert round(fisher((3, 4), (1, 4)), 4) == 0.4857
    # fisher.test(matrix(c(2,10,15,3),2)): convictions of twins, R's manual page
    assert round(fisher((2, 17), (10, 13)), 7) == 0.0005367
    assert fisher((0, 9), (0, 5)) == 1.0
    assert fisher((10_000, 20_000), (5_000, 20_000)) < 1e-300


def test_the_interval_of_a_ratio_of_two_rates() -> None:
    # The physicians' health study, heart attacks with a placebo and with aspirin: Agresti has 1.43 to 2.30.
    low, high = interval((189, 11_034), (104, 11_037))
    assert low is not None and high is not None
    assert (round(low, 2), round(high, 1)) == (Decimal("1.43"), Decimal("2.3"))
    assert interval((0, 5), (3, 9)) == (None, None)


def _audit(**sizes: tuple[int, int]) -> Audit:
    """Of women and men: chosen, of how many."""
    people = [Person(sex, "white", n < chosen, None) for sex, (chosen, total) in sizes.items() for n in range(total)]
    return audit(people)


def test_four_fifths_is_the_line() -> None:
    women, men = _audit(female=(40, 100), male=(50, 100)).tables[0].rates
    assert (women.ratio, women.is_below_four_fifths, men.ratio, men.p) == (Decimal("0.8"), False, Decimal(1), None)
    women, men = _audit(female=(39, 100), male=(50, 100)).tables[0].rates
    assert (women.ratio, women.is_below_four_fifths) == (Decimal("0.78"), True)
    women, _men = _audit(female=(39_999, 100_000), male=(50_000, 100_000)).tables[0].rates
    assert (str(women.ratio), women.is_below_four_fifths) == ("0.8000", True)  # of the figure, not of what is shown


def test_a_group_below_two_per_cent_is_named_and_left_out_of_the_ratios() -> None:
    table = _audit(female=(50, 98), male=(20, 100), another=(3, 3)).tables[0]
    women, men, others = table.rates
    assert (others.is_small, others.people, others.rate, others.ratio) == (True, 3, Decimal(1), None)
    assert women.ratio == Decimal(1) and men.ratio is not None and men.ratio < 1  # not held to the small one's rate
    exactly = _audit(female=(50, 98), male=(20, 98), another=(4, 4)).tables[0].rates[2]
    assert (exactly.people, exactly.is_small) == (4, False)


def test_who_is_not_known_is_counted_and_in_no_group() -> None:
    people = [Person("female", "", True, None), Person("", "black", True, None), Person("male", "asian", False, None)]
    sex, ethnicity, both = audit(people).tables[:3]
    assert [(it.people, it.unknown) for it in (sex, ethnicity, both)] == [(2, 1), (2, 1), (1, 2)]


def test_the_median_is_that_of_all_scores_whoever_has_them() -> None:
    people = [Person("", "", False, Decimal(n)) for n in (1, 2, 3)] + [Person("female", "white", False, Decimal(5))]
    found = audit(people)
    assert found.median == Decimal("2.5") and found.tables[3].rates[0].rate == Decimal(1)
    assert audit([]).median is None and audit([]).tables[0].rates == []


class TestHiding:
    def test_a_group_of_fewer_than_five_is_hidden_and_never_alone(self) -> None:
        assert hidden(_audit(female=(4, 50), male=(4, 40), another=(1, 5)).tables[0]) == set()
        assert hidden(_audit(female=(4, 50), male=(4, 40), another=(1, 4)).tables[0]) == {("another",), ("male",)}

    def test_none_can_be_worked_out_from_a_row_or_a_column(self) -> None:
        for seed in range(300):
            table = audit(_people(seeded(seed))).tables[2]
            found, groups = hidden(table), {rate.group for rate in table.rates}
            assert {rate.group for rate in table.rates if rate.people < 5} <= found
            lines = [groups, *({it for it in groups if value in it} for value in (*SEXES, *ETHNICITIES))]
            assert all(len(line & found) != 1 or len(line) == 1 for line in lines)


def test_groups_come_in_one_order() -> None:
    tables = audit(_people(seeded(3))).tables
    for table in tables:
        places = [[(*SEXES, *ETHNICITIES).index(it) for it in rate.group] for rate in table.rates]
        assert all(a < b for a, b in pairwise(places))
