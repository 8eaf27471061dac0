"""What a submit costs, in services mode: over real HTTP, beside a bare view with the same writes.

    python3 dev.py bench submit [--rounds 4]

The three contestants take turns on one PostgreSQL: the product under Daphne; a view without sessions, CSRF and
templates under Daphne and Django's own handler; the same view under gunicorn. Each is one process: any number of each
can be started. Redis goes away and comes back between the rounds. Each request is one submit of one interview on a
connection of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import secrets
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from bench.deployed import Deployment, deployment
from tests.processes import Process, free_port, wait_until
from tests.servers import Redis, listens

PER_ROUND = {1: 100, 16: 160, 64: 256}
"""Requests at each concurrency, in one round, for one contestant: enough that p99 is not the slowest of all."""
CSRF = secrets.token_hex(16)
BODY = f"csrfmiddlewaretoken={CSRF}".encode()


@dataclass
class Contestant:
    name: str
    command: list[str]
    settings: str
    interviews: Iterator[list[str]] = field(default_factory=lambda: iter(()))
    port: int = field(default_factory=free_port)

    def start(self, environment: dict[str, str], folder: Path) -> Process:
        command = [word.replace("PORT", str(self.port)) for word in self.command]
        settings = {**environment, "DJANGO_SETTINGS_MODULE": self.settings}
        server = Process([sys.executable, "-m", *command], settings, folder / f"{self.name}.log")
        server.start()
        return server


def contestants() -> list[Contestant]:
    daphne = ["daphne", "-e", "tcp:PORT:interface=127.0.0.1:backlog=1024"]
    gunicorn = ["gunicorn", "--bind", "127.0.0.1:PORT", "--backlog", "1024"]
    return [
        Contestant("product", [*daphne, "project.asgi:application"], "project.settings"),
        Contestant("bare", [*daphne, "bench.bare.asgi:application"], "bench.bare.settings"),
        Contestant("gunicorn", [*gunicorn, "bench.bare.wsgi:application"], "bench.bare.settings"),
    ]


async def submit(port: int, interview: str, session: str) -> float:
    """Seconds from the first packet to the last of the reply, which must be a redirect."""
    cookies = f"Cookie: csrftoken={CSRF}; sessionid={session}\r\n" if session else ""
    head = (
        f"POST /interview/{interview}/submit/ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n{cookies}"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(BODY)}\r\n\r\n"
    )
    began = time.perf_counter()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(head.encode() + BODY)
    reply = await reader.read(-1)
    took = time.perf_counter() - began
    writer.close()
    status = reply.split(b" ", 2)[1]
    if status != b"302":
        raise RuntimeError(f"a submit was answered with {reply[:500]!r}")
    return took


async def at_once(contestant: Contestant, concurrency: int, requests: int) -> list[float]:
    async def visitor() -> list[float]:
        nonlocal requests
        times = []
        while requests:
            requests -= 1
            interview, session = next(contestant.interviews)
            times.append(await submit(contestant.port, interview, session))
        return times

    return [took for times in await asyncio.gather(*(visitor() for _ in range(concurrency))) for took in times]


Times = dict[tuple[str, int, str], list[float]]


def measured(racers: list[Contestant], redis: Redis, rounds: int) -> Times:
    times: Times = defaultdict(list)
    for racer in racers:
        asyncio.run(at_once(racer, 16, WARM_UP))
    for _ in range(rounds):
        for state in ("up", "down"):
            if state == "down":
                redis.stop()
            for concurrency, requests in PER_ROUND.items():
                for racer in racers:
                    times[state, concurrency, racer.name] += asyncio.run(at_once(racer, concurrency, requests))
            if state == "down":
                redis.start()
    return times


WARM_UP = 48


def percentile(times: list[float], share: float) -> float:
    """In milliseconds."""
    return round(1000 * sorted(times)[min(len(times) - 1, int(share * len(times)))], 1)


def results(times: Times) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for concurrency in PER_ROUND:
        for state in ("up", "down"):
            row: dict[str, object] = {"concurrency": concurrency, "redis": state}
            for name, prefix in (("product", ""), ("bare", "bare_"), ("gunicorn", "gunicorn_")):
                cell = times[state, concurrency, name]
                row |= {f"{prefix}p50_ms": percentile(cell, 0.5), f"{prefix}p99_ms": percentile(cell, 0.99)}
            rows.append(row)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(prog="dev.py bench submit", description=__doc__)
    parser.add_argument("--rounds", type=int, default=4)
    rounds = parser.parse_args().rounds
    with ExitStack() as stack:
        site = stack.enter_context(deployment())
        racers = prepared(contestants(), site, rounds)
        for racer in racers:
            server = racer.start(site.environment, site.folder)
            stack.callback(server.stop)
            wait_until(partial(listens, racer.port), f"{racer.name} starts")
        times = measured(racers, site.redis, rounds)
    rows = results(times)
    for row in rows:
        print("  ".join(f"{name} {value}" for name, value in row.items()))
    print(json.dumps({"bench": "submit", "results": rows}))


def prepared(racers: list[Contestant], site: Deployment, rounds: int) -> list[Contestant]:
    each = WARM_UP + rounds * 2 * sum(PER_ROUND.values())
    made = site.made_by("bench.bare.rows", "submit", str(each), str(each * (len(racers) - 1)))
    bare = iter(made["bare"])
    for racer in racers:
        racer.interviews = iter(made["visited"]) if racer.name == "product" else bare
    return racers


if __name__ == "__main__":
    main()
