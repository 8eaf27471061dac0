"""CSV that a spreadsheet reads as text and numbers, and never as a formula.

By OWASP's page on CSV injection: whatever begins with one of `RISKY` gets an apostrophe in front, which spreadsheets
take for "this is text"; every text is quoted, so that none can begin a cell of its own.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal

Value = str | int | float | Decimal | bool | datetime | None
RISKY = frozenset("=+-@\t\r\n＝＋－＠")
BOM = "\ufeff"
"""Without it, Excel reads UTF-8 as something else."""


def defused(text: str) -> str:
    is_risky = text[:1] in RISKY or text.strip()[:1] in RISKY
    return f"'{text}" if text and is_risky else text


def cell(value: Value) -> str | int | float | Decimal:
    """Numbers stay numbers. Times are UTC, as spreadsheets read them."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
    return defused(value) if isinstance(value, str) else value


def table(headings: Sequence[str], batches: Iterable[Iterable[Sequence[Value]]]) -> Iterator[bytes]:
    """The file in pieces, one for each batch of rows."""
    yield (BOM + _lines([headings])).encode()
    for batch in batches:
        yield _lines([[cell(value) for value in row] for row in batch]).encode()


def _lines(rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_NONNUMERIC).writerows(rows)
    return text.getvalue()
