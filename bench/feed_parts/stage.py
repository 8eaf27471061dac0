"""Where the feed is measured: a Redis, a PostgreSQL that counts queries, and web processes with a role of their own."""

from __future__ import annotations

import html
import json
import os
import re
import subprocess
import sys
import urllib.request
from contextlib import ExitStack
from typing import Any

import psycopg

from bench.deployed import deployment
from tests.processes import ROOT, Process, free_port, wait_until
from tests.servers import PostgreSQL, listens

SERVERS = {
    "daphne": ["daphne", "-e", "tcp:PORT:interface=127.0.0.1:backlog=1024"],
    "uvicorn": ["uvicorn", "--port", "PORT", "--log-level", "warning"],
}
PRODUCT, STOCK = "project.asgi:application", "bench.feed_parts.stock:application"


class Web:
    def __init__(self, process: Process, port: int) -> None:
        self.process, self.port = process, port

    def start(self) -> None:
        self.process.start()
        wait_until(lambda: listens(self.port), f"a server starts; see {self.process.log}")


class Stage:
    def __init__(self, stack: ExitStack, sessions: int) -> None:
        counting = PostgreSQL(shared_preload_libraries="pg_stat_statements")
        self._site = stack.enter_context(deployment(postgresql=counting))
        self.sessions: list[str] = self._site.made_by("bench.feed_parts.rows", str(sessions))
        self._database = stack.enter_context(psycopg.connect(counting.url, autocommit=True))
        self._database.execute("CREATE ROLE web SUPERUSER LOGIN")
        self._database.execute("CREATE EXTENSION pg_stat_statements")

    def web(self, server: str, application: str = PRODUCT) -> Web:
        port = free_port()
        command = [word.replace("PORT", str(port)) for word in SERVERS[server]]
        role = {"DATABASE_URL": self._site.postgresql.url.replace("//greenroom@", "//web@")}
        log = self._site.folder / f"{server}-{application.split('.')[0]}-{port}.log"
        settings = self._site.environment | role
        return Web(Process([sys.executable, "-m", *command, application], settings, log), port)

    def speaking(self, *command: str) -> subprocess.Popen[bytes]:
        """A process that is told what to do and answers."""
        return subprocess.Popen(
            [sys.executable, *command],
            env={**os.environ, **self._site.environment},
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def forget_queries(self) -> None:
        self._database.execute("SELECT pg_stat_statements_reset()")

    def queries(self) -> list[tuple[int, str]]:
        """What web processes asked since they were last forgotten, and how often, without transactions' beginnings and
        ends."""
        return self._database.execute(
            "SELECT sum(calls)::int AS times, query FROM pg_stat_statements s JOIN pg_roles r ON r.oid = s.userid "
            "WHERE rolname = 'web' AND query ~* '^ *(select|insert|update|delete|with)' GROUP BY query ORDER BY 1 DESC"
        ).fetchall()


class Publisher:
    """bench/feed_parts/publisher.py, for as long as it is needed."""

    def __init__(self, stack: ExitStack, stage: Stage) -> None:
        self._process = stage.speaking("-m", "tests.with_django", "bench.feed_parts.publisher")
        stack.callback(self._process.kill)

    def order(self, **order: Any) -> list[tuple[int, int]]:
        assert self._process.stdin is not None and self._process.stdout is not None  # noqa: S101 - pipes
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        self._process.stdin.flush()
        return [(number, at) for number, at in json.loads(self._process.stdout.readline())]


def greeting(port: int, session: str) -> bytes:
    """What the results page of this visitor asks for when it opens its socket."""
    address = f"http://127.0.0.1:{port}/hr-dashboard/results/"
    request = urllib.request.Request(address, headers={"Cookie": f"sessionid={session}"})
    with urllib.request.urlopen(request, timeout=30) as reply:
        page = reply.read().decode()
    found = re.search(r'data-topics="([^"]*)" data-after="(\d+)"', page)
    if found is None:
        raise RuntimeError("the page of results has no place in the feed: nobody is signed in?")
    return json.dumps({"topics": json.loads(html.unescape(found[1])), "after": int(found[2])}).encode()
