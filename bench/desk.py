"""What the reviewer's desk costs with 50,000 interviews: its pages, each beside a bare one with the same rows.

    python3 dev.py bench desk [--rows 50000] [--rounds 5]

On a PostgreSQL of its own, filled in bulk (bench/desk_parts/rows.py): the list as it opens, filtered by position and
stage, searched by the beginning of a name, further pages by their key from anywhere in two years, and the review of
one interview. Product and bare views (bench/desk_parts/bare.py says what these do) are served by Daphne, one process
each, and asked in turns, one request after the other, each on a connection of its own. `ratio` is that of the medians.
`floor_ratio` is what it would be if the bare rows stood on a page of the product as they are: to the bare page comes
what the emptiest page behind the sign-in (session, rights, menu; `EMPTY`) takes longer than a bare one of its bytes.
The product keeps rows that it has drawn, so what is counted are pages whose rows somebody has seen since they changed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections import defaultdict
from contextlib import ExitStack
from functools import partial
from time import perf_counter
from typing import Any

from bench.deployed import deployment
from tests.processes import Process, free_port, wait_until
from tests.servers import listens

PAGES = ("list", "filter", "search", "open", "next")
EMPTY = "/hr-dashboard/rubrics/new/"
"""Its form has four fields; nothing is read for it but who is asking."""
WARM_UP = 2
"""Rounds that are not counted."""
PER_ROUND = 40


async def get(port: int, path: str, session: str = "") -> tuple[float, int]:
    """Seconds from the first packet to the last of the reply, and its bytes."""
    cookie = f"Cookie: sessionid={session}\r\n" if session else ""
    began = perf_counter()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n{cookie}\r\n".encode())
    reply = await reader.read(-1)
    took = perf_counter() - began
    writer.close()
    head, _blank, body = reply.partition(b"\r\n\r\n")
    if head.split(b" ", 2)[1] != b"200":
        raise RuntimeError(f"{path} was answered with {head[:500]!r}")
    return took, len(body)


Times = dict[str, dict[str, list[float]]]


async def measured(ports: dict[str, int], filled: dict[str, Any], rounds: int) -> Times:
    times: Times = {page: defaultdict(list) for page in (*PAGES, EMPTY)}
    for number in range(WARM_UP + rounds):
        for page in PAGES:
            asked = filled["asked"][page]
            for turn in range(PER_ROUND):
                one = asked[turn % len(asked)]
                took, size = await get(ports["product"], one["path"], filled["session"])
                bare, _size = await get(ports["bare"], f"{one['bare']}bytes={size}")
                if number >= WARM_UP:
                    times[page]["product"].append(took)
                    times[page]["bare"].append(bare)
                    times[page]["bytes"].append(size)
        for _turn in range(PER_ROUND):
            took, size = await get(ports["product"], EMPTY, filled["session"])
            bare, _size = await get(ports["bare"], f"/nothing/?bytes={size}")
            if number >= WARM_UP:
                times[EMPTY]["product"].append(took)
                times[EMPTY]["bare"].append(bare)
    return times


def milliseconds(times: list[float], share: float) -> float:
    return round(1000 * sorted(times)[min(len(times) - 1, int(share * len(times)))], 2)


def result(page: str, times: dict[str, list[float]], queries: int, frame_ms: float) -> dict[str, object]:
    """`frame_ms`: what the emptiest page takes longer than a bare one."""
    product, bare = times["product"], times["bare"]
    return {
        "page": page,
        "p50_ms": milliseconds(product, 0.5),
        "bare_p50_ms": milliseconds(bare, 0.5),
        "ratio": round(milliseconds(product, 0.5) / milliseconds(bare, 0.5), 2),
        "floor_ratio": round(1 + frame_ms / milliseconds(bare, 0.5), 2),
        "p99_ms": milliseconds(product, 0.99),
        "bare_p99_ms": milliseconds(bare, 0.99),
        "bytes": int(sorted(times["bytes"])[len(times["bytes"]) // 2]),
        "queries": queries,
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="dev.py bench desk", description=__doc__)
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    with ExitStack() as stack:
        site = stack.enter_context(deployment())
        began = perf_counter()
        filled = site.made_by("bench.desk_parts.rows", str(asked.rows))
        print(f"{asked.rows} interviews made in {perf_counter() - began:.0f} s", flush=True)
        firsts = json.dumps([filled["asked"][page][0]["path"] for page in PAGES])
        queries = site.made_by("bench.desk_parts.queries", filled["session"], told=firsts)
        ports = {"product": free_port(), "bare": free_port()}
        applications = {
            "product": ("project.settings", "project.asgi:application"),
            "bare": ("bench.desk_parts.bare_settings", "bench.bare.asgi:application"),
        }
        for name, (settings, application) in applications.items():
            listen = f"tcp:{ports[name]}:interface=127.0.0.1:backlog=1024"
            command = [sys.executable, "-m", "daphne", "-e", listen, application]
            own = site.environment | {"DJANGO_SETTINGS_MODULE": settings}
            server = Process(command, own, site.folder / f"{name}.log")
            server.start()
            stack.callback(server.stop)
            wait_until(partial(listens, ports[name]), f"{name} starts")
        times = asyncio.run(measured(ports, filled, asked.rounds))
    frame_ms = round(milliseconds(times[EMPTY]["product"], 0.5) - milliseconds(times[EMPTY]["bare"], 0.5), 2)
    rows = [result(page, times[page], count, frame_ms) for page, count in zip(PAGES, queries, strict=True)]
    for row in rows:
        print("  ".join(f"{name} {value}" for name, value in row.items()))
    print(json.dumps({"bench": "desk", "rows": asked.rows, "frame_ms": frame_ms, "results": rows}))


if __name__ == "__main__":
    main()
