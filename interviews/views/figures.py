"""Where the marks of a figure stand. Across in per cent of its width, so that letters keep their size on a phone; down
in CSS pixels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

ROW = 48
AXIS = 24
LINE = 32
DASH = 16
DARKEST = 0.4
"""Opacity of a square: letters in the colour of ink stay readable on it, light and dark."""


@dataclass(frozen=True, slots=True)
class Tick:
    x: str
    anchor: str
    words: str


@dataclass(frozen=True, slots=True)
class Bar:
    """`words`: how much it is."""

    y: int
    name: str
    words: str
    width: str

    @property
    def bar_y(self) -> int:
        return self.y + 22


@dataclass(frozen=True, slots=True)
class Bars:
    height: int
    bars: list[Bar]


@dataclass(frozen=True, slots=True)
class Reach:
    """A value with its interval, where there is one."""

    y: int
    name: str
    words: str
    low: str
    at: str
    high: str

    @property
    def line_y(self) -> int:
        return self.y + LINE


@dataclass(frozen=True, slots=True)
class Reaches:
    height: int
    bottom: int
    reaches: list[Reach]
    ticks: list[Tick]

    top = LINE - DASH // 2
    dashes = f"{DASH} {ROW - DASH}"
    """Of a line across all rows: it is seen beside the values, and not behind the names."""


@dataclass(frozen=True, slots=True)
class Box:
    """The middle half from `lower` to `upper`, with everything from `low` to `high`."""

    low: str
    lower: str
    median: str
    upper: str
    high: str
    width: str


@dataclass(frozen=True, slots=True)
class Square:
    """One of 5 by 5, with its number."""

    x: str
    y: int
    middle: str
    count: int
    opacity: str


@dataclass(frozen=True, slots=True)
class Grid:
    height: int
    squares: list[Square]
    columns: list[Tick]
    rows: list[tuple[int, str]]


def bars(values: Sequence[tuple[str, int, str]], most: int | None = None) -> Bars:
    """Of (name, how much, in words). As long as `most` they fill the width; without, the longest does."""
    longest = max([most or 0, *(value for _, value, _ in values)]) or 1
    drawn = [Bar(ROW * n, name, words, _part(value / longest)) for n, (name, value, words) in enumerate(values)]
    return Bars(ROW * len(drawn), drawn)


def reaches(
    values: Iterable[tuple[str, str, float, tuple[float, float] | None]],
    low: float,
    high: float,
    ticks: Iterable[float],
) -> Reaches:
    """Of (name, in words, value, interval), on a scale from `low` to `high`."""

    def at(value: float) -> str:
        return _part((value - low) / (high - low))

    drawn = [
        Reach(ROW * n, name, words, at(reach[0] if reach else value), at(value), at(reach[1] if reach else value))
        for n, (name, words, value, reach) in enumerate(values)
    ]
    bottom = ROW * len(drawn)
    anchors = {low: "start", high: "end"}
    return Reaches(bottom + AXIS, bottom, drawn, [Tick(at(it), anchors.get(it, "middle"), f"{it:g}") for it in ticks])


def box(values: Sequence[float]) -> Box:
    """Of lowest, lower quartile, median, upper quartile and highest, on a scale from zero."""
    longest = values[4] or 1
    parts = [value / longest for value in values]
    low, lower, median, upper, high = (_part(it) for it in parts)
    return Box(low, lower, median, upper, high, _part(parts[3] - parts[1]))


def grid(counts: Sequence[Sequence[int]]) -> Grid:
    """Of 5 rows with 5 counts each, drawn with the last row on top."""
    most = max(max(row) for row in counts) or 1
    side = 0.86 / len(counts)
    squares, rows = [], []
    for down, (number, row) in enumerate(reversed(list(enumerate(counts, start=1)))):
        rows.append((ROW * down + 29, str(number)))
        for across, count in enumerate(row):
            left = 0.14 + side * across
            middle = _part(left + side / 2)
            squares.append(Square(_part(left), ROW * down, middle, count, f"{DARKEST * count / most:.2f}"))
    columns = [Tick(_part(0.14 + side * (n + 0.5)), "middle", str(n + 1)) for n in range(len(counts))]
    return Grid(ROW * len(counts) + AXIS, squares, columns, rows)


def _part(share: float) -> str:
    return f"{100 * share:.2f}%"
