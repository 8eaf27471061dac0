"""Entries of the audit log as files, in pieces. The JSON holds what each hash is over: anybody can check."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime

from django.db.models import QuerySet

from interviews.exports.cells import Value, table
from interviews.models import AuditEntry
from interviews.models.audit import FIELDS
from interviews.processing.ledger import release_connection
from interviews.queries.audit import head

VERSION = 1
BATCH = 1000
HEADINGS = (*FIELDS, "hash")
"""Ids alone, no names: what they name is looked up where one may."""


def as_csv(entries: QuerySet[AuditEntry]) -> Iterator[bytes]:
    return table(HEADINGS, _batches(entries))


def as_json(entries: QuerySet[AuditEntry], made_at: datetime) -> Iterator[bytes]:
    """{"greenroom", "kind", "made_at", "head", "entries"}: newest first; times in UTC with all six digits."""
    opening = {"greenroom": VERSION, "kind": "audit", "made_at": made_at.isoformat(), "head": str(head())}
    yield json.dumps(opening)[:-1].encode() + b', "entries": ['
    separator = "\n"
    for batch in _batches(entries):
        lines = [json.dumps(dict(zip(HEADINGS, map(_json, row), strict=True))) for row in batch]
        if lines:
            yield (separator + ",\n".join(lines)).encode()
            separator = ",\n"
    yield b"\n]}\n"


def _batches(entries: QuerySet[AuditEntry]) -> Iterator[list[list[Value]]]:
    """By key, so that none is left out or comes twice when more are sealed meanwhile."""
    last: int | None = None
    while True:
        rest = entries if last is None else entries.filter(number__lt=last)
        rows = list(rest.order_by("-number").values_list(*HEADINGS)[:BATCH])
        release_connection()  # the reader may be slow
        yield [[_text(value) for value in row] for row in rows]
        if len(rows) < BATCH:
            return
        last = rows[-1][0]


def _text(value: object) -> Value:
    return value if value is None or isinstance(value, int | datetime) else str(value)


def _json(value: Value) -> object:
    return value.isoformat(timespec="microseconds") if isinstance(value, datetime) else value
