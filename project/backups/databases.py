"""The database as one file, and back: by its own program, so that it can be read without ours, indexes and all.

Rows written by Django would do for both databases, but slowly, and they would have to be understood by the models of
the day on which they are needed.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings
from django.db import connection, transaction
from django.db.backends.postgresql.client import DatabaseClient


class DatabaseTrouble(Exception):
    """In words, with the next step."""


@dataclass(frozen=True, slots=True)
class Kind:
    """`dumped` writes the file; inside of it, one reads the very rows that the file has. `load` puts the file in place
    of all tables, or changes nothing; `others` counts connections that are not ours."""

    file: str
    dumped: Callable[[Path], AbstractContextManager[None]]
    load: Callable[[Path], None]
    others: Callable[[], int]


@contextmanager
def _dumped_sqlite(file: Path) -> Iterator[None]:
    with connection.cursor() as cursor:
        # Deferred: others go on writing. What is read first is the moment, for the copy and for whoever reads on.
        cursor.execute("BEGIN DEFERRED")
        cursor.execute("SELECT 1 FROM sqlite_master LIMIT 1")
        try:
            with closing(sqlite3.connect(file)) as copy:
                connection.connection.backup(copy)
                copy.execute("VACUUM")  # leaves out what was deleted
            yield
        finally:
            cursor.execute("ROLLBACK")


def _load_sqlite(file: Path) -> None:
    place = Path(connection.settings_dict["NAME"])
    arriving = place.with_name(f"{place.name}.arriving")
    shutil.copyfile(file, arriving)
    with closing(sqlite3.connect(arriving)) as copy:
        (found,) = copy.execute("PRAGMA integrity_check").fetchone()
    if found != "ok":
        arriving.unlink()
        raise DatabaseTrouble(f"The database in the backup is damaged: {found}")
    if _others_sqlite():
        arriving.unlink()
        raise DatabaseTrouble("Something else began to use the database. Stop it, and try again.")
    arriving.replace(place)


def _others_sqlite() -> int:
    """1 where there is any. Who is alone can end the mode with a second file, which a new database must not find."""
    place = Path(connection.settings_dict["NAME"])
    connection.close()
    if not place.exists():
        return 0
    with closing(sqlite3.connect(place, timeout=1)) as alone:
        try:
            (mode,) = alone.execute("PRAGMA journal_mode=DELETE").fetchone()
        except sqlite3.OperationalError:
            return 1
    return int(mode != "delete")


@contextmanager
def _dumped_postgresql(file: Path) -> Iterator[None]:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            cursor.execute("SELECT pg_export_snapshot()")
            (snapshot,) = cursor.fetchone()
        _run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", f"--file={file}")
        yield


def _load_postgresql(file: Path) -> None:
    """As a script that psql runs in one transaction: pg_restore alone would keep what newer code has added."""
    tables = ", ".join(map(connection.ops.quote_name, connection.introspection.table_names()))
    _disconnect()
    with TemporaryDirectory(dir=settings.DATA_DIR) as folder:
        script = Path(folder) / "script.sql"
        _run("pg_restore", "--no-owner", "--no-privileges", f"--file={script}", str(file), connects=False)
        # The function of the triggers (models/append_only.py) is no part of any table.
        ours = ["--command", "DROP FUNCTION IF EXISTS refuse_to_change() CASCADE"]
        drop = ["--command", f"DROP TABLE {tables} CASCADE", *ours] if tables else ours
        alone = ["--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1"]
        _run("psql", *alone, *drop, f"--file={script}")


def _others_postgresql() -> int:
    query = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND usename = current_user AND pid <> pg_backend_pid()"
    )
    _disconnect()
    return int(_run("psql", "--no-psqlrc", "--tuples-only", "--no-align", "--command", query))


def _disconnect() -> None:
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined] # PostgreSQL's has one


def _run(program: str, *arguments: str, connects: bool = True) -> str:
    """What it printed. Only PostgreSQL's variables are in its environment."""
    found = shutil.which(program)
    if found is None:
        raise DatabaseTrouble(f"{program} is not installed. On Debian: apt-get install postgresql-client")
    (_psql, *options, name), variables = DatabaseClient.settings_to_cmd_args_env(connection.settings_dict, [])
    to = [*options, f"--dbname={name}", "--no-password"] if connects else []
    done = subprocess.run(  # noqa: S603 - PostgreSQL's own programs; the arguments are ours and the settings'
        [found, *to, *arguments],
        env={"PATH": os.defpath, "LC_ALL": "C.UTF-8", **(variables or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise DatabaseTrouble(f"{program}: {done.stderr.strip() or f'ended with {done.returncode}'}")
    return done.stdout


KINDS = {
    "sqlite": Kind("database.sqlite3", _dumped_sqlite, _load_sqlite, _others_sqlite),
    "postgresql": Kind("database.dump", _dumped_postgresql, _load_postgresql, _others_postgresql),
}


def here() -> Kind:
    """Of the database that this site uses."""
    return KINDS[connection.vendor]
