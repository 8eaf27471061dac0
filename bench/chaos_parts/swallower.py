"""Stands between Redis and who publishes, and swallows a share of the nudges on the wire.

A swallowed PUBLISH is sent to a channel that nobody listens on: Redis answers it like any other, and who sent it
notices nothing, as when the message is lost behind Redis.
"""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress

NOWHERE = b"swallowed"


class Swallower:
    def __init__(self, redis_port: int, share: float, rng: random.Random) -> None:
        self.passed = self.swallowed = 0
        self._redis_port, self._share, self._rng = redis_port, share, rng
        self._server: asyncio.Server | None = None

    async def start(self) -> str:
        """The address to publish to."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return f"redis://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/0"

    def stop(self) -> None:
        if self._server:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            upstream_reader, upstream = await asyncio.open_connection("127.0.0.1", self._redis_port)
            back = asyncio.create_task(_copy(upstream_reader, writer))
            try:
                while True:
                    upstream.write(_encoded(self._changed(await _command(reader))))
                    await upstream.drain()
            finally:
                back.cancel()
                upstream.close()
        writer.close()

    def _changed(self, command: list[bytes]) -> list[bytes]:
        if command[0].upper() != b"PUBLISH":
            return command
        if self._rng.random() < self._share:
            self.swallowed += 1
            return [command[0], NOWHERE, *command[2:]]
        self.passed += 1
        return command


async def _command(reader: asyncio.StreamReader) -> list[bytes]:
    """RESP: an array of bulk strings, as every client library sends its commands."""
    words = []
    for _ in range(int((await reader.readuntil(b"\r\n"))[1:])):
        size = int((await reader.readuntil(b"\r\n"))[1:])
        words.append((await reader.readexactly(size + 2))[:-2])
    return words


def _encoded(command: list[bytes]) -> bytes:
    return b"*%d\r\n" % len(command) + b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in command)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Until Redis is gone; then its client is told so."""
    with suppress(OSError):
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    writer.close()
