"""A web process is killed and started again, and everybody comes back at once.

    python3 dev.py bench storm [--sockets 1000] [--server daphne]

Each socket has a session of its own, of another signed-in person. While the server is away a few things happen. As soon
as its port is open again all sockets are dialled at once, without the jitter that a browser adds.

- all_live_s: from the open port until the last socket has its reply: session read, rights checked, and what it missed.
- queries_per_socket: what the new process asked PostgreSQL until then. errors: sockets that were refused, closed, told
  to read the page again, or brought something else than what they missed; and those that are deaf afterwards.
"""

from __future__ import annotations

import argparse
import json
import signal
import time
from contextlib import ExitStack
from typing import Any

from bench.feed_parts.lines import Line, Lines
from bench.feed_parts.stage import SERVERS, Publisher, Stage, Web, greeting
from tests.servers import listens

MISSED = 5
OPENED_AT_ONCE = 100
OPENS_WITHIN_SECONDS, HEARS_WITHIN_SECONDS = 120.0, 20.0


def stormed(stage: Stage, publisher: Publisher, web: Web, sockets: int) -> dict[str, Any]:
    before, after = Lines(), Lines()
    sessions = stage.sessions[:sockets]
    hello = greeting(web.port, sessions[0])
    first = before.open((Line(web.port, each, hello) for each in sessions), OPENED_AT_ONCE, OPENS_WITHIN_SECONDS)
    if problems := [line.problem for line in first if line.problem]:
        raise RuntimeError(f"{len(problems)} sockets did not open: {problems[0]}")
    web.process.stop(signal.SIGKILL)
    before.run(lambda: all(line.problem for line in first), HEARS_WITHIN_SECONDS)
    (missed, _at) = publisher.order(to="product", count=MISSED, per_second=50)[-1]
    topics = json.loads(hello)["topics"]
    again = [
        Line(web.port, session, json.dumps({"topics": topics, "after": line.last}).encode())
        for session, line in zip(sessions, first, strict=True)
    ]
    stage.forget_queries()
    web.process.start()
    while not listens(web.port):
        time.sleep(0.002)
    opened_at = time.monotonic_ns()
    after.open(again, sockets, OPENS_WITHIN_SECONDS)
    queries = stage.queries()
    live_after = sorted((line.heard[0][0] - opened_at) / 1e9 for line in again if line.heard)
    for line in again:
        if line.heard and (line.heard[0][1] < missed or b"data-replace" not in line.text):
            line.problem = f"brought {line.text[:40]!r}"
    (newest, _at) = publisher.order(to="product", count=1, per_second=1)[-1]
    after.run(lambda: all(line.last >= newest or line.problem for line in again), HEARS_WITHIN_SECONDS)
    for line in again:
        if line.last < newest:
            line.problem = line.problem or "deaf"
    problems = [line.problem for line in again if line.problem]
    for problem in sorted(set(problems)):
        print(f"{problems.count(problem)} sockets: {problem}")
    for times, query in queries[:6]:
        print(f"{times} times: {query[:110]}")
    after.close(again)
    return {
        "all_live_s": round(live_after[-1], 2) if live_after else None,
        "half_live_s": round(live_after[len(live_after) // 2], 2) if live_after else None,
        "queries_per_socket": round(sum(times for times, _query in queries) / sockets, 2),
        "errors": len(problems),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="dev.py bench storm", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sockets", type=int, default=1000)
    parser.add_argument("--server", default="daphne", choices=SERVERS)
    chosen = parser.parse_args()
    with ExitStack() as stack:
        stage = Stage(stack, chosen.sockets)
        publisher = Publisher(stack, stage)
        web = stage.web(chosen.server)
        web.start()
        stack.callback(web.process.stop)
        figures = stormed(stage, publisher, web, chosen.sockets)
    print(json.dumps({"bench": "storm", "server": chosen.server, "sockets": chosen.sockets, **figures}))


if __name__ == "__main__":
    main()
