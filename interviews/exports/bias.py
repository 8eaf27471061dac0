"""A bias audit as a file for whoever audits: every figure, also of small groups."""

from __future__ import annotations

from collections.abc import Iterator

from interviews.exports.cells import Value, table
from interviews.queries.bias import Counted
from interviews.scoring.bias import Table

HEADINGS = (
    *("measure", "by", "group", "and", "people", "chosen", "rate", "below_2_percent", "impact_ratio"),
    *("low_95", "high_95", "fisher_p", "below_four_fifths", "fewer_than_30"),
)


def as_csv(counted: Counted) -> Iterator[bytes]:
    """Totals first; then the groups of each table, and how many are in none."""
    found = counted.audit
    totals: list[list[Value]] = [
        ["total", "people", "", "", found.people, found.chosen],
        ["total", "undecided", "", "", counted.undecided],
        ["total", "scored", "", "", found.scored],
        ["total", "median", "", "", None, None, found.median if counted.tells_scores else None],
    ]
    return table(HEADINGS, [[_whole(row) for row in totals], *map(_rows, counted.tables)])


def _rows(table: Table) -> Iterator[list[Value]]:
    for it in table.rates:
        one, two = (*it.group, "")[:2]
        counts: list[Value] = [it.people, it.chosen, it.rate, it.is_small, it.ratio, it.low, it.high, it.p]
        yield [table.measure, table.by, one, two, *counts, it.is_below_four_fifths, it.is_of_few]
    yield _whole([table.measure, table.by, "unknown", "", table.unknown])


def _whole(row: list[Value]) -> list[Value]:
    return [*row, *([None] * (len(HEADINGS) - len(row)))]
