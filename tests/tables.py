"""What every table of the database holds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import connection


def rows_of_tables() -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    """The name of each table, and all its rows."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608 - names of our own tables
            yield table, cursor.fetchall()
