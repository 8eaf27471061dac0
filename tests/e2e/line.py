"""A bad connection between browser and server: a relay that can be cut, slowed down, and made to stall and break."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self

from tests.chance import seeded

CHUNK_BYTES = 4096


class Line:
    """Relays 127.0.0.1:`port` to 127.0.0.1:`target`. Attributes may be changed at any time, from any thread.

    `bits_per_second` bounds what all connections together carry to the server; None: no bound. `loss` is the chance
    that a chunk of 4 KiB, either way, breaks its connection or, as often, holds it up for as much as two seconds.
    """

    def __init__(self, target: int, seed: int = 0) -> None:
        self.target = target
        self.port = 0
        self.bits_per_second: float | None = None
        self.loss = 0.0
        self.breaks = 0
        self._is_cut = False
        self._rng = seeded(seed)
        self._free_at = 0.0
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cut(self) -> None:
        """Every connection breaks, and no new one gets through."""
        self._is_cut = True
        self._loop.call_soon_threadsafe(self._break_all)

    def mend(self) -> None:
        self._is_cut, self.bits_per_second, self.loss = False, None, 0.0

    def __enter__(self) -> Self:
        self._thread.start()
        starting = asyncio.run_coroutine_threadsafe(asyncio.start_server(self._relay, "127.0.0.1"), self._loop)
        self._server = starting.result()
        self.port = int(starting.result().sockets[0].getsockname()[1])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_cut:
            writer.transport.abort()
            return
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        both = {writer, far_writer}
        self._open |= both
        try:
            up = asyncio.create_task(self._carry(reader, far_writer, is_upward=True))
            down = asyncio.create_task(self._carry(far_reader, writer, is_upward=False))
            await asyncio.wait({up, down}, return_when=asyncio.FIRST_COMPLETED)
            for task in (up, down):
                task.cancel()
            await asyncio.gather(up, down, return_exceptions=True)
        finally:
            self._open -= both
            for each in both:
                each.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, is_upward: bool) -> None:
        while data := await reader.read(CHUNK_BYTES):
            if self.loss and self._rng.random() < self.loss:
                self.breaks += 1
                if self._rng.random() < 0.5:
                    return
                await asyncio.sleep(self._rng.uniform(0, 2))
            if is_upward and self.bits_per_second:
                now = self._loop.time()
                self._free_at = max(self._free_at, now) + 8 * len(data) / self.bits_per_second
                await asyncio.sleep(self._free_at - now)
            writer.write(data)
            await writer.drain()

    def _break_all(self) -> None:
        for writer in self._open:
            writer.transport.abort()

    async def _close(self) -> None:
        assert self._server is not None
        self._server.close()
        self._break_all()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks, return_exceptions=True)
