"""What a process says of itself to whoever decides whether visitors are sent to it."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from interviews.demo.seed import Access
from tests.probes import METRICS_TOKEN, asked
from tests.processes import Program, ServicesSite, Site, free_port, wait_until
from tests.servers import PostgreSQL, Redis, services
from tests.sockets import Visitor, ask, where


def ready(address: str) -> tuple[int, dict[str, str]]:
    status, body = asked(f"{address}/health/ready")
    return status, json.loads(body)


def test_it_names_what_is_away_and_without_redis_it_is_only_degraded(tmp_path: Path) -> None:
    with Redis(tmp_path / "redis") as redis, PostgreSQL() as postgresql:
        site = ServicesSite(
            tmp_path / "site",
            METRICS_TOKEN=METRICS_TOKEN,
            **services(postgresql, redis),
        )

        def number(name: str) -> str:
            lines = asked(f"{site.address}/metrics", Authorization=f"Bearer {METRICS_TOKEN}")[1].splitlines()
            return dict(line.rsplit(" ", 1) for line in lines).get(name, "")

        with site:
            assert ready(site.address) == (200, {"status": "ready"})
            assert (number("greenroom_database_up"), number("greenroom_redis_up")) == ("1.0", "1.0")
            redis.stop()
            assert ready(site.address) == (200, {"status": "degraded", "redis": "unreachable"})
            assert (number("greenroom_database_up"), number("greenroom_redis_up")) == ("1.0", "0.0")
            redis.start()
            postgresql.stop()
            assert ready(site.address) == (503, {"status": "not ready", "database": "unreachable"})
            assert (number("greenroom_database_up"), number("greenroom_loose_ends")) == ("0.0", "")
            assert asked(f"{site.address}/health/live")[0] == 200
            postgresql.start()
            wait_until(lambda: ready(site.address) == (200, {"status": "ready"}), "it is ready again")
            assert number("greenroom_loose_ends") == "0.0"


def test_it_is_not_ready_before_the_migrations_are_applied(tmp_path: Path) -> None:
    port = free_port()
    site = Site(tmp_path)
    server = Program(["manage.py", "serve", "--port", str(port)], site.environment, tmp_path / "log")
    server.start()
    address = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: _listens(address), "it starts")
        status, said = ready(address)
        assert (status, said["status"]) == (503, "not ready")
        assert said["migrations"].endswith(" not applied")
        site.manage("migrate", "-v0")
        assert ready(address) == (200, {"status": "ready"})
    finally:
        server.stop()


def _listens(address: str) -> bool:
    try:
        return asked(f"{address}/health/live")[0] == 200
    except OSError:
        return False


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with Site(tmp_path) as running:
        yield running


def test_while_it_stops_nobody_is_to_be_sent_to_it(site: Site) -> None:
    hr = Visitor(site)
    hr.sign_in("hr", Access(**json.loads(site.demo_text)).hr_password)
    topics, after = where(hr.get("/hr-dashboard/results/"))
    with hr.socket() as one, hr.socket() as two:
        for socket in (one, two):
            assert "last" in ask(socket, topics, after)
        child = site.server.child
        assert child is not None
        child.send_signal(signal.SIGTERM)
        stopping = (503, {"status": "not ready", "process": "stopping"})
        # Both in one breath: once its pages are gone, a few seconds later, nobody answers.
        said: list[tuple[tuple[int, dict[str, str]], int]] = []

        def stops() -> bool:
            said.append((ready(site.address), asked(f"{site.address}/health/live")[0]))
            return said[-1][0] == stopping

        wait_until(stops, "it says so while its pages are sent away")
        assert said[-1] == (stopping, 200)
    assert child.wait(30) in (0, -signal.SIGTERM)
