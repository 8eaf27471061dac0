"""How soon an answer is saved after its recording stops, and what a hundred recorders cost the server.

    python3 dev.py bench upload [--seconds 120] [--recorders 100] [--load-seconds 30]

The product in services mode under Daphne, and recorders that speak its wire as the page's script does: a slice every
two seconds at 600 kbit/s, one request at a time, each with its checksum. In this order:

- stop_to_saved_s: one recorder behind a line of 2 Mbit/s, from the last slice to the reply that the answer is saved;
- upload_after_s: the same recording over the same line, sent in pieces of 1 MiB when it is complete;
- append_p99_ms, append_p50_ms: all recorders at once, without the line, from a slice's first byte sent to its
  acknowledgement (it is on disk then); late_p99_ms counts from when the slice was due;
- rss_growth_mib: how much the server's resident memory was at most above what it was before these recorders came;
- range_p50_ms: a player's request for 1 MiB out of the middle of a recording, or for half of a shorter one.

Nothing but the line is slowed down, and its delay is that of its bytes alone. Prints one line of JSON last.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import os
import random
import secrets
import statistics
import sys
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from typing import Self

from bench.deployed import deployment
from tests.processes import ROOT, Process, free_port, wait_until
from tests.servers import listens
from tests.wire import OCTETS, checksum, metadata

SLICE_SECONDS = 2.0
BITS_PER_SECOND = 600_000
SLICE_BYTES = int(SLICE_SECONDS * BITS_PER_SECOND / 8)
LINE_BITS_PER_SECOND = 2_000_000
MIB = 1024 * 1024
SPEECH = (ROOT / "interviews" / "demo" / "mara-okafor" / "1.webm").read_bytes()
CSRF = secrets.token_hex(16)


class Recorder:
    """One applicant's browser: one connection, kept."""

    def __init__(self, port: int, interview: str, session: str, question: str) -> None:
        self.root = f"/interview/{interview}/"
        self._port = port
        self._question = question
        self._head = f"Host: 127.0.0.1\r\nCookie: csrftoken={CSRF}; sessionid={session}\r\nX-CSRFToken: {CSRF}\r\n"
        self._upload = self._finish = self._segment = ""
        self._offset = 0
        self._pieces = b""
        self.take = ""

    async def __aenter__(self) -> Self:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        return self

    async def __aexit__(self, *_exception: object) -> None:
        self._writer.close()

    async def begin(self) -> None:
        asked = metadata(question=self._question, filetype="video/webm")
        headers = {"Upload-Defer-Length": "1", "Upload-Metadata": asked}
        told = json.loads(await self.ask("POST", f"{self.root}uploads/", 201, headers))
        self._segment, self._finish, self.take = told["segment"], told["finish"], told["take"]
        self._upload = f"{self.root}uploads/{self._segment}/"

    async def append(self, piece: bytes) -> float:
        """Seconds until it was acknowledged."""
        headers = {"Upload-Offset": str(self._offset), "Upload-Checksum": checksum(piece), "Content-Type": OCTETS}
        began = time.perf_counter()
        await self.ask("PATCH", self._upload, 204, headers, piece)
        took = time.perf_counter() - began
        self._offset += len(piece)
        self._pieces += hashlib.sha256(piece).digest()
        return took

    async def finish(self) -> None:
        digest = hashlib.sha256(self._pieces).hexdigest()
        body = {"segments": [{"segment": self._segment, "length": self._offset, "digest": digest}]}
        await self.ask("POST", self._finish, 200, {"Content-Type": "application/json"}, json.dumps(body).encode())

    async def ask(self, method: str, path: str, status: int, headers: dict[str, str], body: bytes = b"") -> bytes:
        lines = "".join(f"{name}: {value}\r\n" for name, value in {"Tus-Resumable": "1.0.0", **headers}.items())
        head = f"{method} {path} HTTP/1.1\r\n{self._head}{lines}Content-Length: {len(body)}\r\n\r\n"
        self._writer.write(head.encode() + body)
        await self._writer.drain()
        reply = (await self._reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = next((int(it[15:]) for it in reply.split("\r\n") if it.startswith("content-length:")), 0)
        content = await self._reader.readexactly(length)
        if int(reply.split()[1]) != status:
            raise RuntimeError(f"{method} {path} was answered with {reply[:20]!r} {content[:300]!r}")
        return content


@asynccontextmanager
async def line(port: int) -> AsyncIterator[int]:
    """The port of a proxy that passes on what is sent through it at LINE_BITS_PER_SECOND, and replies at once."""
    free_at = 0.0

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, slow: bool) -> None:
        nonlocal free_at
        try:
            while data := await reader.read(4096):
                if slow:
                    free_at = max(free_at, time.perf_counter()) + len(data) * 8 / LINE_BITS_PER_SECOND
                    await asyncio.sleep(free_at - time.perf_counter())
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, forth = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(pump(reader, forth, slow=True), pump(back, writer, slow=False))

    server = await asyncio.start_server(serve, "127.0.0.1", limit=16 * 1024)
    async with server:
        yield int(server.sockets[0].getsockname()[1])


async def stop_to_saved(recorder: Recorder, recording: list[bytes]) -> float:
    """In real time: each slice goes up when it is there and the one before it is acknowledged."""
    slices: asyncio.Queue[bytes | None] = asyncio.Queue()

    async def camera() -> float:
        for piece in recording:
            await asyncio.sleep(SLICE_SECONDS)
            slices.put_nowait(piece)
        slices.put_nowait(None)
        return time.perf_counter()

    async with recorder:
        await recorder.begin()
        filming = asyncio.create_task(camera())
        while (piece := await slices.get()) is not None:
            await recorder.append(piece)
        await recorder.finish()
        return time.perf_counter() - await filming


async def upload_after(recorder: Recorder, recording: bytes) -> float:
    async with recorder:
        began = time.perf_counter()
        await recorder.begin()
        for start in range(0, len(recording), MIB):
            await recorder.append(recording[start : start + MIB])
        await recorder.finish()
        return time.perf_counter() - began


async def load(recorders: list[Recorder], slices: int) -> tuple[list[float], list[float]]:
    """Of all appends: until they were acknowledged, from when they were sent and from when they were due."""
    took: list[float] = []
    late: list[float] = []

    async def record(recorder: Recorder) -> None:
        await asyncio.sleep(random.uniform(0, SLICE_SECONDS))
        async with recorder:
            await recorder.begin()
            due = time.perf_counter()
            for piece in recorded(slices):
                due += SLICE_SECONDS
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                took.append(await recorder.append(piece))
                late.append(time.perf_counter() - due)
            await recorder.finish()

    await asyncio.gather(*(record(recorder) for recorder in recorders))
    return took, late


async def ranges(recorder: Recorder, size: int) -> list[float]:
    times = []
    length = min(MIB, size // 2)
    async with recorder:
        for _number in range(60):
            first = random.randrange(size - length)
            began = time.perf_counter()
            asked = {"Range": f"bytes={first}-{first + length - 1}"}
            content = await recorder.ask("GET", f"{recorder.root}takes/{recorder.take}/media/", 206, asked)
            times.append(time.perf_counter() - began)
            if len(content) != length:
                raise RuntimeError(f"{len(content)} bytes instead of {length}")
    return times


async def peak_of(server: Process, over: asyncio.Event) -> float:
    peak = server.resident_kib()
    while not over.is_set():
        await asyncio.sleep(0.2)
        peak = max(peak, server.resident_kib())
    return peak


async def measured(
    port: int, server: Process, who: list[list[str]], seconds: int, load_seconds: int
) -> dict[str, float]:
    recording = recorded(round(seconds / SLICE_SECONDS))
    whole = b"".join(recording)
    async with line(port) as slow_port:
        saved = await stop_to_saved(Recorder(slow_port, *who[0]), recording)
        after = await upload_after(slowly := Recorder(slow_port, *who[1]), whole)
    slowly._port = port
    served = await ranges(slowly, len(whole))
    await load([Recorder(port, *it) for it in who[2:7]], 2)  # what is made once is made
    before, over = server.resident_kib(), asyncio.Event()
    watching = asyncio.create_task(peak_of(server, over))
    took, late = await load([Recorder(port, *it) for it in who[7:]], round(load_seconds / SLICE_SECONDS))
    over.set()
    return {
        "stop_to_saved_s": round(saved, 2),
        "upload_after_s": round(after, 2),
        "append_p99_ms": percentile(took, 0.99),
        "rss_growth_mib": round((await watching - before) / 1024, 1),
        "append_p50_ms": percentile(took, 0.5),
        "late_p99_ms": percentile(late, 0.99),
        "range_p50_ms": round(1000 * statistics.median(served), 1),
    }


def recorded(slices: int) -> list[bytes]:
    """A recording of that many slices, one at least: a short one, and behind it what Matroska calls void, of noise."""
    left = max(slices, 1) * SLICE_BYTES - len(SPEECH) - 9
    whole = SPEECH + b"\xec\x01" + left.to_bytes(7, "big") + os.urandom(left)
    return [whole[start : start + SLICE_BYTES] for start in range(0, len(whole), SLICE_BYTES)]


def percentile(times: list[float], share: float) -> float:
    """In milliseconds."""
    return round(1000 * sorted(times)[min(len(times) - 1, int(share * len(times)))], 1)


def main() -> None:
    parser = argparse.ArgumentParser(prog="dev.py bench upload", description=__doc__)
    parser.add_argument("--seconds", type=int, default=120, help="length of the answer behind the line")
    parser.add_argument("--recorders", type=int, default=100)
    parser.add_argument("--load-seconds", type=int, default=30)
    asked = parser.parse_args()
    with ExitStack() as stack:
        site = stack.enter_context(deployment())
        made = site.made_by("bench.bare.rows", "uploads", str(asked.recorders + 7))
        port = free_port()
        daphne = ["-m", "daphne", "-e", f"tcp:{port}:interface=127.0.0.1:backlog=1024", "project.asgi:application"]
        server = Process([sys.executable, *daphne], site.environment, site.folder / "daphne.log")
        server.start()
        stack.callback(server.stop)
        wait_until(lambda: listens(port), "Daphne starts")
        found = asyncio.run(measured(port, server, made["recorders"], asked.seconds, asked.load_seconds))
    for name, value in found.items():
        print(f"{name:16} {value}")
    print(json.dumps({"bench": "upload", **found}))


if __name__ == "__main__":
    main()
