"""How one prepared frame reaches many open sockets.

Through ASGI each frame costs every socket a coroutine, a dictionary and the server's own framing. A frame for two
thousand pages is made once and written to their transports instead, past ASGI, where the server is known (Daphne,
uvicorn); under any other server it goes through ASGI.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Protocol

logger = logging.getLogger(__name__)

UNSENT_AT_MOST = 1024 * 1024
"""Bytes that may wait for a slow reader. Past it the socket is cut; its page comes back with its number."""
FRAMES_AT_MOST = 100
"""The same bound where only ASGI is known."""
SCOPE_KEY = "realtime.writer"

Send = Callable[[Mapping[str, Any]], Awaitable[None]]
Application = Callable[[dict[str, Any], Callable[[], Awaitable[Mapping[str, Any]]], Send], Awaitable[None]]


class Frame:
    """One text message, and the same as bytes of the wire: RFC 6455, section 5.2, unmasked, final, opcode 1."""

    __slots__ = ("text", "wire")

    def __init__(self, text: str) -> None:
        self.text = text
        payload = text.encode()
        length = len(payload)
        if length < 126:
            head = bytes((0x81, length))
        elif length < 1 << 16:
            head = b"\x81\x7e" + length.to_bytes(2, "big")
        else:
            head = b"\x81\x7f" + length.to_bytes(8, "big")
        self.wire = head + payload


class Writer(Protocol):
    """Writes without waiting. False: the socket is gone, or its reader was too slow and it was cut."""

    def __call__(self, frame: Frame) -> bool: ...


class WithWriter:
    """Gives each socket's scope a `Writer`. Stands outermost: what is inside may wrap the server's own `send`."""

    def __init__(self, inner: Application) -> None:
        self.inner = inner

    async def __call__(
        self, scope: dict[str, Any], receive: Callable[[], Awaitable[Mapping[str, Any]]], send: Send
    ) -> None:
        writer = _writer(send)
        try:
            await self.inner({**scope, SCOPE_KEY: writer}, receive, send)
        finally:
            if isinstance(writer, _ThroughAsgi):
                writer.stop()


def _writer(send: Send) -> Writer:
    protocol = send.args[0] if isinstance(send, partial) and send.args else getattr(send, "__self__", None)
    transport = getattr(protocol, "transport", None)
    if hasattr(transport, "writeSomeData") and hasattr(transport, "_tempDataLen"):
        return partial(_write_to_twisted, transport)
    if transport is not None and hasattr(transport, "get_write_buffer_size"):
        return partial(_write_to_asyncio, transport)
    return _ThroughAsgi(send)


def _write_to_twisted(transport: Any, frame: Frame) -> bool:
    if not transport.connected or transport.disconnecting:
        return False
    wire = frame.wire
    unsent = len(transport.dataBuffer) - transport.offset + transport._tempDataLen
    if not unsent:
        # At once: Twisted would first ask the loop for a turn, twice the cost of all else.
        sent = transport.writeSomeData(wire)
        if not isinstance(sent, int):
            transport.abortConnection()
            return False
        if sent < len(wire):
            transport.write(wire[sent:])
        return True
    if unsent + len(wire) > UNSENT_AT_MOST:
        transport.abortConnection()
        return False
    transport.write(wire)
    return True


def _write_to_asyncio(transport: asyncio.Transport, frame: Frame) -> bool:
    if transport.is_closing():
        return False
    if transport.get_write_buffer_size() + len(frame.wire) > UNSENT_AT_MOST:
        transport.abort()
        return False
    transport.write(frame.wire)
    return True


class _ThroughAsgi:
    def __init__(self, send: Send) -> None:
        self._send = send
        self._unsent: asyncio.Queue[Frame] = asyncio.Queue(FRAMES_AT_MOST)
        self._sending: asyncio.Task[None] | None = None

    def __call__(self, frame: Frame) -> bool:
        if self._sending is None:
            self._sending = asyncio.create_task(self._send_all())
        if self._sending.done():
            return False
        try:
            self._unsent.put_nowait(frame)
        except asyncio.QueueFull:
            self.stop()
            return False
        return True

    def stop(self) -> None:
        if self._sending is not None:
            self._sending.cancel()

    async def _send_all(self) -> None:
        while True:
            frame = await self._unsent.get()
            try:
                await self._send({"type": "websocket.send", "text": frame.text})
            except Exception:  # noqa: BLE001 - servers differ in what they raise when a socket is gone
                logger.info("a socket could not be written to")
                return
