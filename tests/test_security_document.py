"""docs/security.md has every row of levels 1 and 2 of ASVS 5.0.0 once, and the tests that it names are there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "docs" / "security.md").read_text("utf-8")
ROWS_OF_SECTIONS = {
    **{"1.1": 2, "1.2": 9, "1.3": 11, "1.4": 3, "1.5": 2},
    **{"2.1": 3, "2.2": 3, "2.3": 4, "2.4": 1},
    **{"3.2": 2, "3.3": 4, "3.4": 6, "3.5": 5, "3.7": 2},
    **{"4.1": 3, "4.2": 1, "4.3": 2, "4.4": 4},
    **{"5.1": 1, "5.2": 3, "5.3": 2, "5.4": 3},
    **{"6.1": 3, "6.2": 12, "6.3": 4, "6.4": 4, "6.5": 5, "6.6": 3, "6.8": 4},
    **{"7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5, "7.5": 2, "7.6": 2},
    **{"8.1": 2, "8.2": 3, "8.3": 1, "8.4": 1},
    **{"9.1": 3, "9.2": 4},
    **{"10.1": 2, "10.2": 2, "10.3": 4, "10.4": 11, "10.5": 5, "10.6": 2, "10.7": 3},
    **{"11.1": 2, "11.2": 3, "11.3": 3, "11.4": 4, "11.5": 1, "11.6": 1},
    **{"12.1": 3, "12.2": 2, "12.3": 4},
    **{"13.1": 1, "13.2": 5, "13.3": 2, "13.4": 5},
    **{"14.1": 2, "14.2": 4, "14.3": 3},
    **{"15.1": 3, "15.2": 3, "15.3": 7},
    **{"16.1": 1, "16.2": 5, "16.3": 4, "16.4": 3, "16.5": 3},
    **{"17.1": 1, "17.2": 4, "17.3": 2},
}
"""How many rows of level 1 or 2 a section has; they are its first. Of level 3 alone are 3.1, 3.6, 6.7 and 15.4."""


def _rows() -> list[tuple[list[str], str, str]]:
    """The numbers of each line of the table, what it says, and its last column."""
    found = []
    for numbers, how, proof in re.findall(r"^\| (\d+\.\d+\.\d+[–\d.]*) \| (.+) \| (.+) \|$", TEXT, re.MULTILINE):
        first, _dash, last = numbers.partition("–")
        section, _dot, begin = first.rpartition(".")
        end = (last or first).rpartition(".")[2]
        assert not last or last.rpartition(".")[0] == section, numbers
        found.append(([f"{section}.{number}" for number in range(int(begin), int(end) + 1)], how, proof))
    return found


@cache
def _tests_of(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return frozenset(it.name for it in ast.walk(tree) if isinstance(it, ast.FunctionDef | ast.AsyncFunctionDef))


def test_every_row_of_both_levels_stands_there_once_and_in_order() -> None:
    expected = [f"{section}.{row}" for section, rows in ROWS_OF_SECTIONS.items() for row in range(1, rows + 1)]
    assert len(expected) == 70 + 183
    assert [number for numbers, _how, _proof in _rows() for number in numbers] == expected


def test_each_names_a_test_that_is_there_or_says_why_there_is_none() -> None:
    wrong = []
    for numbers, how, proof in _rows():
        if named := re.fullmatch(r"`(tests/[\w/]+\.py)::(test_\w+)`", proof):
            wrong += [proof] if named[2] not in _tests_of(named[1]) else []
        elif "not met" in how or "in part" in how:
            wrong += [f"{numbers[0]} says no reason"] if len(how) < 40 else []
        else:
            wrong += [] if proof == "–" or len(proof.split()) > 0 else [f"{numbers[0]}: {proof}"]
    assert wrong == []


def test_most_rows_that_apply_have_a_test() -> None:
    apply = [(numbers, proof) for numbers, how, proof in _rows() if not how.startswith("does not apply")]
    proved = [numbers for numbers, proof in apply if proof.startswith("`tests/")]
    assert len(proved) >= 0.7 * len(apply)
