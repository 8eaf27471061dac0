"""The site under attack: Redis, PostgreSQL, web processes and workers, each restarted after it was killed."""

from __future__ import annotations

import json
import platform
import signal
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Any, Self

import psycopg
import redis

from tests.processes import Process, Program, free_port, run, wait_until
from tests.servers import PostgreSQL, Redis, listens, services

WEBS = 2
WORKERS = 3
STOPS_WITHIN_SECONDS = 40


@dataclass(frozen=True, slots=True)
class Kill:
    process: str
    at: float
    hard: bool  # SIGKILL


class Member:
    """One of the site's processes, and after each kill the one that takes its place."""

    def __init__(self, process: Process, ready: Callable[[Member], bool]) -> None:
        self._process, self._ready = process, ready
        self.started_at = 0.0
        self._busy = Lock()
        self._closed = False

    @property
    def is_ready(self) -> bool:
        child = self._process.child
        alive = child is not None and child.poll() is None and not self._busy.locked()
        return alive and self._ready(self)

    @property
    def name(self) -> str:
        """As a worker calls itself: host and process id."""
        return f"{platform.node()}:{self._process.child.pid if self._process.child else 0}"

    def start(self) -> None:
        self._process.start()
        self.started_at = time.monotonic()

    def replace(self, with_signal: signal.Signals) -> Kill | None:
        """Ends it and starts another at once. None where somebody else is at it."""
        if not self._busy.acquire(blocking=False):
            return None
        try:
            kill = Kill(self.name, time.time(), with_signal == signal.SIGKILL)
            self._process.stop(with_signal, STOPS_WITHIN_SECONDS)
            if not self._closed:
                self.start()
            return kill
        finally:
            self._busy.release()

    def close(self) -> None:
        self._closed = True
        with self._busy, suppress(Exception):
            self._process.stop(signal.SIGKILL)


class Site:
    def __init__(self, folder: Path, settings: Mapping[str, str], workers: int = WORKERS) -> None:
        self.folder = folder
        self.redis = Redis(folder / "redis")
        self.postgresql = PostgreSQL(migrated=True)
        self.environment = {
            "DATA_DIR": str(folder / "data"),
            **services(self.postgresql, self.redis),
            "LOG_LEVEL": "WARNING",
            "PYTHONUNBUFFERED": "1",
            **settings,
        }
        self.ports = [free_port() for _ in range(WEBS)]
        self.webs = [self._web(port) for port in self.ports]
        self.workers = [self._worker(number) for number in range(workers)]

    def __enter__(self) -> Self:
        self.redis.__enter__()
        try:
            self.postgresql.__enter__()
            self.run("manage.py", "collectstatic", "--noinput", "-v0")
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def start(self) -> None:
        for member in (*self.webs, *self.workers):
            member.start()
        members = (*self.webs, *self.workers)
        wait_until(lambda: all(member.is_ready for member in members), f"all processes start; see {self.folder}")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for member in (*self.webs, *self.workers):
            member.close()
        with suppress(Exception):
            self.redis.stop()
        with suppress(Exception):
            self.postgresql.__exit__(None, None, None)

    def run(self, *arguments: str) -> str:
        """Of a Python program with the site's environment: what it printed."""
        return run(self.environment, *arguments)

    def rows(self, *arguments: str) -> Any:
        return json.loads(self.run("-m", "tests.with_django", "bench.chaos_parts.rows", *arguments))

    def asked(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Straight from the database. Raises psycopg.OperationalError while it is away."""
        with psycopg.connect(self.postgresql.url, connect_timeout=2) as connection:
            return connection.execute(query.encode(), values).fetchall()

    def flush(self) -> None:
        with redis.Redis.from_url(self.redis.url, socket_timeout=5) as client:
            client.flushall()

    def kill_pubsub(self) -> None:
        """Whoever listens is cut off; whoever speaks is not."""
        with redis.Redis.from_url(self.redis.url, socket_timeout=5) as client:
            client.execute_command("CLIENT", "KILL", "TYPE", "pubsub")

    def _web(self, port: int) -> Member:
        endpoint = f"tcp:{port}:interface=127.0.0.1:backlog=1024"
        command = ["-m", "daphne", "-e", endpoint, "project.asgi:application"]
        process = Program(command, self.environment, self.folder / f"web-{port}.log")
        return Member(process, lambda member: listens(port))

    def _worker(self, number: int) -> Member:
        process = Program(["manage.py", "run_huey"], self.environment, self.folder / f"worker-{number}.log")
        return Member(process, self._has_pulse)

    def _has_pulse(self, worker: Member) -> bool:
        """Before that it is still reading its programs, and has nothing to lose."""
        with suppress(psycopg.OperationalError):
            return bool(self.asked("SELECT 1 FROM interviews_worker WHERE name = %s", worker.name))
        return False
