"""Finding people by the beginnings of the words in their name and address, on every database by an index."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import CharField, Lookup
from django.db.models.sql.compiler import SQLCompiler

WORD_LENGTH = 64
"""What is longer is known, and looked for, by its beginning."""
_AFTER_ALL = "\U0010ffff"


def folded(text: str) -> str:
    """As it is compared: without case, accents and extra spaces."""
    plain = unicodedata.normalize("NFKD", text)
    return " ".join("".join(it for it in plain if not unicodedata.combining(it)).casefold().split())


def words_of(*texts: str) -> set[str]:
    """What people may be found by: what stands between spaces, and each part of it."""
    whole = {word for text in texts for word in folded(text).split()}
    parts = {part for word in whole for part in (*word.split("@"), *re.split(r"[\W_]+", word)) if part}
    return {word[:WORD_LENGTH] for word in whole | parts}


def asked_words(text: str) -> list[str]:
    """The beginnings that somebody looks for, all of which a person must have."""
    return [word[:WORD_LENGTH] for word in folded(text).split()]


class Prefix(Lookup[str]):
    """`word__prefix`: begins with, by an index: SQLite uses none for LIKE, PostgreSQL none for a range of words."""

    lookup_name = "prefix"

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        column, params = self.process_lhs(compiler, connection)
        begins = re.sub(r"([\\%_])", r"\\\1", str(self.rhs))
        return f"{column} LIKE %s", (*params, f"{begins}%")

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        column, params = self.process_lhs(compiler, connection)
        return f"{column} >= %s AND {column} < %s", (*params, self.rhs, *params, f"{self.rhs}{_AFTER_ALL}")


CharField.register_lookup(Prefix)
