"""How fast, and at what cost, something that happened reaches every open page.

    python3 dev.py bench feed [--sockets 100,500,2000] [--server daphne,uvicorn] [--messages 50] [--stock-messages 50]

The product (services mode, a signed-in session for each socket, the page of results) beside stock Channels under the
same server (one consumer per socket, `group_send` on the pub/sub layer) and beside a bare asyncio server that writes
one prepared frame to every socket. All three send the same bytes: what the product
sends for a row of the results.

- p50_ms, p99_ms: from the commit of the change (stock, bare: from giving the message away) until a socket has read it,
  over all sockets and messages, ten messages a second. Product and bare server take turns, ten messages each; stock
  Channels comes between them with all of its messages in a row, because its queue grows with each.
- cpu_ms_per_1000: of the server process, for 1,000 deliveries. kib_per_socket: growth of its resident memory.
- queries_per_event: of the server process, including those of its regular looks and of heartbeats.
"""

from __future__ import annotations

import argparse
import gc
import json
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.feed_parts.lines import Line, Lines
from bench.feed_parts.stage import SERVERS, STOCK, Publisher, Stage, greeting
from tests.processes import ROOT, Process

PER_SECOND = 10
TURN = 10
OPENS_WITHIN_SECONDS, ARRIVES_WITHIN_SECONDS = 180.0, 180.0
OPENED_AT_ONCE = 100


@dataclass
class Contestant:
    name: str
    server: Process
    port: int
    lines: list[Line] = field(default_factory=list)
    order: dict[str, Any] = field(default_factory=dict)
    sent: int = 0
    delays_ns: list[int] = field(default_factory=list)
    cpu_seconds: float = 0.0

    def open(self, lines: Lines, sessions: Sequence[str], hello: bytes) -> None:
        made = (Line(self.port, session, hello) for session in sessions)
        self.lines = lines.open(made, OPENED_AT_ONCE, OPENS_WITHIN_SECONDS)
        self.must_be_well()

    def take_turn(self, lines: Lines, publisher: Publisher, messages: int, thread: ThreadPoolExecutor) -> None:
        for line in self.lines:
            line.heard.clear()
        before = self.server.cpu_seconds()
        order = {"to": self.name, "count": messages, "per_second": PER_SECOND, "first": self.sent + 1, **self.order}
        sending = thread.submit(publisher.order, **order)
        gc.disable()
        arrived = lines.run(
            lambda: sending.done() and all(line.last >= sending.result()[-1][0] for line in self.lines),
            ARRIVES_WITHIN_SECONDS,
        )
        gc.enable()
        self.must_be_well()
        if not arrived:
            late = sum(line.last < sending.result()[-1][0] for line in self.lines)
            raise RuntimeError(f"{self.name}: {late} of {len(self.lines)} sockets did not get everything")
        self.cpu_seconds += self.server.cpu_seconds() - before
        self.sent += messages
        for line in self.lines:
            self.delays_ns += delays(sending.result(), line.heard)

    def must_be_well(self) -> None:
        if problems := [line.problem for line in self.lines if line.problem]:
            raise RuntimeError(f"{self.name}: {len(problems)} of {len(self.lines)} sockets failed: {problems[0]}")

    def milliseconds(self, share: float) -> float:
        ordered = sorted(self.delays_ns)
        return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))] / 1e6, 1)

    @property
    def cpu_ms_per_1000(self) -> float:
        return round(self.cpu_seconds * 1e6 / len(self.delays_ns), 1)


def delays(sent: list[tuple[int, int]], heard: list[tuple[int, int]]) -> list[int]:
    """A frame brings everything up to its number."""
    found, place = [], 0
    for number, at in sent:
        while heard[place][1] < number:
            place += 1
        found.append(heard[place][0] - at)
    return found


def measured(
    stage: Stage, publisher: Publisher, server: str, sockets: int, messages: int, stock_messages: int
) -> dict[str, Any]:
    with ExitStack() as stack:
        product = opened(stack, stage, server, "product")
        racers = [product, opened_bare(stack, server), opened(stack, stage, server, "stock")]
        lines = Lines()
        stack.callback(lambda: lines.close([line for racer in racers for line in racer.lines]))
        thread = stack.enter_context(ThreadPoolExecutor(1))
        sessions = stage.sessions[:sockets]
        # Loads all that is loaded once, and shows what the product sends.
        product.open(lines, sessions[:20], greeting(product.port, sessions[0]))
        product.take_turn(lines, publisher, 2, thread)
        order = {"text": product.lines[0].text.decode(), **racers[1].order}
        lines.close(product.lines)
        product.delays_ns, product.cpu_seconds = [], 0.0
        for racer in racers[1:]:
            racer.order = order if racer.name == "bare" else {"text": order["text"]}
            racer.open(lines, [""] * sockets, b"")
        idle_kib = product.server.resident_kib()
        product.open(lines, sessions, greeting(product.port, sessions[0]))
        kib = product.server.resident_kib() - idle_kib
        queries = 0
        turns = -(-messages // TURN)
        for turn in range(turns):
            stage.forget_queries()
            product.take_turn(lines, publisher, TURN, thread)
            queries += sum(times for times, _query in stage.queries())
            racers[1].take_turn(lines, publisher, TURN, thread)
            if turn == turns // 2:
                racers[2].take_turn(lines, publisher, stock_messages, thread)
    _, bare, stock = racers
    return {
        "server": server,
        "sockets": sockets,
        "p50_ms": product.milliseconds(0.5),
        "p99_ms": product.milliseconds(0.99),
        "stock_p50_ms": stock.milliseconds(0.5),
        "stock_p99_ms": stock.milliseconds(0.99),
        "bare_p50_ms": bare.milliseconds(0.5),
        "bare_p99_ms": bare.milliseconds(0.99),
        "cpu_ms_per_1000": product.cpu_ms_per_1000,
        "stock_cpu_ms_per_1000": stock.cpu_ms_per_1000,
        "bare_cpu_ms_per_1000": bare.cpu_ms_per_1000,
        "kib_per_socket": round(kib / sockets, 1),
        "queries_per_event": round(queries / (turns * TURN), 1),
        "bytes": len(order["text"]),
        "messages": turns * TURN,
        "stock_messages": stock_messages,
    }


def opened(stack: ExitStack, stage: Stage, server: str, name: str) -> Contestant:
    web = stage.web(server, STOCK) if name == "stock" else stage.web(server)
    web.start()
    stack.callback(web.process.stop)
    return Contestant(name, web.process, web.port)


def opened_bare(stack: ExitStack, server: str) -> Contestant:
    process = Process([sys.executable, "-m", "bench.feed_parts.bare", server], {}, Path("/dev/null"))
    process.child = subprocess.Popen(process.command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    stack.callback(process.child.kill)
    assert process.child.stdout is not None  # noqa: S101 - a pipe
    sockets, messages = map(int, process.child.stdout.readline().split())
    return Contestant("bare", process, sockets, order={"port": messages})


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="dev.py bench feed", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sockets", default="100,500,2000")
    parser.add_argument("--server", default=",".join(SERVERS))
    parser.add_argument("--messages", type=int, default=50)
    parser.add_argument("--stock-messages", type=int, default=50)
    chosen = parser.parse_args()
    sizes = [int(size) for size in chosen.sockets.split(",")]
    rows = []
    with ExitStack() as stack:
        stage = Stage(stack, max(sizes))
        publisher = Publisher(stack, stage)
        for server in chosen.server.split(","):
            for sockets in sizes:
                row = measured(stage, publisher, server, sockets, chosen.messages, chosen.stock_messages)
                print("  ".join(f"{name} {value}" for name, value in row.items()), flush=True)
                rows.append(row)
    print(json.dumps({"bench": "feed", "results": rows}))


if __name__ == "__main__":
    main()
