"""How many provider calls one worker process carries at once, and what they cost it.

    python3 dev.py bench waiting [--calls 500] [--seconds 20]

One `manage.py run_huey` with as many WORKERS as calls, on PostgreSQL and Redis; every call is a real transcription job
whose provider takes its time. Seen from outside: times from the rows, CPU and memory from /proc. Memory is counted from
after the first call, which loads the provider's library.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from contextlib import ExitStack
from typing import Any

import psycopg

from bench.deployed import Deployment, deployment
from tests.processes import ROOT, Process, wait_until

IDLE_SECONDS = 30.0


class Rows:
    def __init__(self, site: Deployment) -> None:
        self._site = site
        self._database = psycopg.connect(site.postgresql.url, autocommit=True)

    def hinted(self, calls: int) -> list[int]:
        """The ids of as many new jobs."""
        ids: list[int] = self._site.made_by("bench.bare.rows", "waiting", str(calls))["jobs"]
        return ids

    def done(self, ids: list[int]) -> int:
        return int(self._one("SELECT count(*) FROM interviews_job WHERE state = 'done' AND id = ANY(%s)", ids)[0])

    def seconds(self, ids: list[int]) -> tuple[float, float]:
        """From the first claim to the last end, and to the last claim."""
        row = self._one(
            "SELECT extract(epoch FROM max(ended_at) - min(began_at)), "
            "extract(epoch FROM max(began_at) - min(began_at)) FROM interviews_jobattempt WHERE job_id = ANY(%s)",
            ids,
        )
        return float(row[0]), float(row[1])

    def _one(self, query: Any, ids: list[int]) -> tuple[Any, ...]:
        row = self._database.execute(query, [ids]).fetchone()
        assert row is not None  # noqa: S101 - an aggregate has one
        return row


def main() -> None:
    parser = argparse.ArgumentParser(prog="dev.py bench waiting", description=__doc__)
    parser.add_argument("--calls", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=20.0)
    options = parser.parse_args()
    calls, seconds = options.calls, options.seconds
    with ExitStack() as stack:
        provider = subprocess.Popen(
            [sys.executable, "-m", "bench.bare.slow", str(seconds)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        stack.callback(provider.kill)
        assert provider.stdout is not None  # noqa: S101 - for the type checker
        address = f"http://127.0.0.1:{int(provider.stdout.readline())}"
        site = stack.enter_context(
            deployment(WORKERS=str(calls), DEEPGRAM_API_KEY="made-up", DEEPGRAM_BASE_URL=address)
        )
        rows = Rows(site)
        worker = Process([sys.executable, "manage.py", "run_huey"], site.environment, site.folder / "worker.log")
        worker.start()
        stack.callback(worker.stop)
        result = measured(worker, rows, calls, seconds)
        print(worker.output()[-2000:])
    print(json.dumps({"bench": "waiting", "calls": calls, "call_s": seconds, **result}))


def measured(worker: Process, rows: Rows, calls: int, seconds: float) -> dict[str, float]:
    time.sleep(4)  # it starts
    before, began = worker.cpu_seconds(), time.monotonic()
    time.sleep(IDLE_SECONDS)
    idle = (worker.cpu_seconds() - before) / (time.monotonic() - began)
    first = rows.hinted(1)
    wait_until(lambda: rows.done(first) == 1, "the first call is done")
    base, before = worker.resident_kib(), worker.cpu_seconds()
    ids = rows.hinted(calls)
    peak = base
    until = time.monotonic() + 6 * seconds + 60
    while rows.done(ids) < calls and time.monotonic() < until:
        peak = max(peak, worker.resident_kib())
        time.sleep(0.25)
    if rows.done(ids) < calls:
        print(f"only {rows.done(ids)} of {calls} calls were done in time")
    wall, ramp = rows.seconds(ids)
    print(f"all {calls} jobs were claimed within {ramp:.1f} s")
    return {
        "wall_s": round(wall, 1),
        "cpu_s": round(worker.cpu_seconds() - before, 1),
        "mib_per_call": round((peak - base) / 1024 / calls, 3),
        "idle_cpu_pct": round(100 * idle, 1),
    }


if __name__ == "__main__":
    main()
