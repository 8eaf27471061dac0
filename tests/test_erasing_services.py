"""Erasing in the services mode: a dump of PostgreSQL, all keys of Redis and DATA_DIR hold nothing of the person."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import redis as client

from tests.canaries import PLANTED, found_in_files
from tests.processes import Program, Site, run, wait_until
from tests.programs import need
from tests.servers import PostgreSQL, Redis, services


def _dump(postgresql: PostgreSQL) -> str:
    where = ["-h", "127.0.0.1", "-p", str(postgresql.port), "-U", "greenroom"]
    done = subprocess.run([need("pg_dump"), *where, "greenroom"], check=True, capture_output=True, text=True)
    return done.stdout


def _keys(redis: Redis) -> str:
    """Whatever type they have, as Redis itself would move them elsewhere."""
    connection = client.Redis.from_url(redis.url)
    return "".join(f"{key!r} {connection.dump(key)!r}" for key in connection.scan_iter())


def test_no_service_holds_a_canary_after_it(tmp_path: Path) -> None:
    with Redis(tmp_path / "redis") as redis, PostgreSQL(migrated=True) as postgresql:
        site = Site(
            tmp_path / "site",
            SITE_URL="https://interviews.example.com",
            EMAIL_FOLDER=str(tmp_path / "site" / "mail"),
            **services(postgresql, redis),
        )
        site.folder.mkdir()
        run(site.environment, "-m", "tests.planted")
        assert {it for it in PLANTED if it in _dump(postgresql)} >= {PLANTED[0], *PLANTED[3:]}
        assert list(found_in_files(site.folder))
        worker = Program(["manage.py", "run_huey"], site.environment, site.folder / "worker.log")
        worker.start()
        site.manage("retention")
        wait_until(lambda: "interview.erased" in _dump(postgresql), "it is erased")
        assert worker.stop(signal.SIGTERM) == 0
        assert [it for it in PLANTED if it in _dump(postgresql)] == []
        assert [it for it in PLANTED if it in _keys(redis)] == []
        assert list(found_in_files(site.folder)) == []
