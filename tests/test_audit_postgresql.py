"""The audit log on PostgreSQL: what SQLite cannot show."""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path

from django.db import DatabaseError, connection, transaction

from interviews.models import AuditEntry, Unsealed
from interviews.models.audit import Action
from interviews.processing.sealing import seal
from interviews.queries.audit import verify
from tests.processes import Site
from tests.servers import PostgreSQL, Redis, services

MANY = 3000
RUN = "from tests.test_audit_postgresql import inside; inside()"


def inside() -> None:
    """In the site's own environment. Says, as JSON, what was seen."""
    seal()
    by_migrate = AuditEntry.objects.count()
    Unsealed.objects.bulk_create(Unsealed(action=Action.SIGNED_IN, actor=n) for n in range(MANY))
    sealers = [threading.Thread(target=_seal) for _ in range(4)]
    for sealer in sealers:
        sealer.start()
    for sealer in sealers:
        sealer.join()
    seal()
    refused = []
    table = AuditEntry._meta.db_table
    for deed in ("UPDATE {} SET actor = 1", "DELETE FROM {}", "TRUNCATE {}"):
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(deed.format(table))
        except DatabaseError as error:
            refused.append(str(error).splitlines()[0])
    found = verify()
    before = found.problems
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        moved = f"UPDATE {table} SET at = at + interval '1 microsecond' WHERE number = 1234"  # noqa: S608 - ours
        cursor.execute(moved)
    told = {"entries": found.entries - by_migrate, "refused": refused, "before": before, "after": verify().problems}
    sys.stdout.write(json.dumps(told))


def _seal() -> None:
    try:
        seal()
    finally:
        connection.close()


def test_many_sealers_make_one_chain_which_the_database_itself_keeps(tmp_path: Path) -> None:
    with Redis(tmp_path / "redis") as redis, PostgreSQL(migrated=True) as postgresql:
        site = Site(tmp_path / "site", **services(postgresql, redis))
        site.folder.mkdir()
        told = json.loads(site.manage("shell", "-v0", "-c", RUN).splitlines()[-1])
    assert told["entries"] == MANY and told["before"] == []
    assert len(told["refused"]) == 3 and all("never changed or deleted" in it for it in told["refused"])
    assert told["after"] == ["entry 1234 is not what was sealed"]
