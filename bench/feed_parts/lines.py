"""Thousands of open pages, as cheap as they can be: plain sockets on one epoll, each frame stamped when it is read.

An asyncio client costs more for each frame than the servers that it would measure.
"""

from __future__ import annotations

import re
import select
import socket
import time
from collections.abc import Callable, Iterable
from contextlib import suppress

LAST = re.compile(rb'"last": ?(\d+)')
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
KEY = "AAAAAAAAAAAAAAAAAAAAAA=="
MASK = bytes(4)


def frame(opcode: int, payload: bytes) -> bytes:
    """As a client sends it: masked, with a mask that changes nothing."""
    size = len(payload)
    head = bytes([0x80 | opcode, 0x80 | size]) if size < 126 else bytes([0x80 | opcode, 0xFE]) + size.to_bytes(2, "big")
    return head + MASK + payload


class Line:
    """One open page. `heard` is the time (monotonic, ns) and the number of each frame that has one."""

    def __init__(self, port: int, session: str, greeting: bytes) -> None:
        self.port, self.session, self.greeting = port, session, greeting
        self.heard: list[tuple[int, int]] = []
        self.last = -1
        self.text = b""  # of the newest frame
        self.problem = ""
        self.is_open = False
        self._buffer = b""
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def dial(self) -> None:
        with suppress(BlockingIOError):
            self.socket.connect(("127.0.0.1", self.port))

    def upgrade(self) -> None:
        here = f"127.0.0.1:{self.port}"
        cookie = f"Cookie: sessionid={self.session}\r\n" if self.session else ""
        request = (
            f"GET /ws/feed/ HTTP/1.1\r\nHost: {here}\r\nOrigin: http://{here}\r\n{cookie}Connection: Upgrade\r\n"
            f"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n\r\n"
        )
        self.socket.send(request.encode())

    def ask(self, text: bytes) -> None:
        self.socket.send(frame(TEXT, text))

    def take(self, data: bytes, at: int) -> None:
        if not data:
            self.problem = self.problem or "closed without a word"
            return
        self._buffer += data
        if not self.is_open:
            head, end, rest = self._buffer.partition(b"\r\n\r\n")
            if not end:
                return
            if not head.startswith(b"HTTP/1.1 101"):
                self.problem = head[:40].decode("latin-1")
                return
            self.is_open, self._buffer = True, rest
            if self.greeting:
                self.ask(self.greeting)
        while (parsed := _frame_in(self._buffer)) is not None:
            opcode, payload, size = parsed
            self._buffer = self._buffer[size:]
            self._understand(opcode, payload, at)

    def _understand(self, opcode: int, payload: bytes, at: int) -> None:
        if opcode == TEXT:
            self.text = payload
            if found := LAST.search(payload):
                self.last = int(found[1])
                self.heard.append((at, self.last))
            else:
                self.problem = payload[:40].decode("latin-1")  # an error, or to read the page again
        elif opcode == PING:
            self.socket.send(frame(PONG, payload))
        elif opcode == CLOSE:
            self.problem = f"closed with {int.from_bytes(payload[:2], 'big')}"


def _frame_in(buffer: bytes) -> tuple[int, bytes, int] | None:
    """Opcode, payload and length of the whole first frame. Servers do not mask, and these do not fragment."""
    if len(buffer) < 2:
        return None
    size, start = buffer[1], 2
    if size == 126:
        size, start = int.from_bytes(buffer[2:4], "big"), 4
    elif size == 127:
        size, start = int.from_bytes(buffer[2:10], "big"), 10
    if len(buffer) < start + size:
        return None
    return buffer[0] & 15, buffer[start : start + size], start + size


class Lines:
    def __init__(self) -> None:
        self._poll = select.epoll()
        self._lines: dict[int, Line] = {}

    def open(self, lines: Iterable[Line], at_once: int, seconds: float) -> list[Line]:
        """All of them, so many at once; until each has its first number (or is open, where it asks for none) or a
        problem, and a problem too is what takes longer."""
        waiting = list(lines)[::-1]
        dialled: list[Line] = []
        pending: set[Line] = set()

        def proceed() -> bool:
            for line in [each for each in pending if each.last >= 0 or each.problem or _is_done(each)]:
                pending.remove(line)
            while waiting and len(pending) < at_once:
                line = waiting.pop()
                line.dial()
                self._lines[line.socket.fileno()] = line
                self._poll.register(line.socket, select.EPOLLOUT)
                pending.add(line)
                dialled.append(line)
            return not pending

        proceed()
        self.run(proceed, seconds, every=0.01)
        for line in pending:
            line.problem = "no reply in time"
        return dialled + waiting

    def run(self, until: Callable[[], bool], seconds: float, every: float = 0.05) -> bool:
        """Reads whatever comes until that is true, looked at so often. False where time was up."""
        deadline = time.monotonic() + seconds
        look_at = 0.0
        while (now := time.monotonic()) < deadline:
            if now >= look_at:
                if until():
                    return True
                look_at = time.monotonic() + every
            self._read(every)
        return False

    def close(self, lines: Iterable[Line]) -> None:
        for line in lines:
            self._forget(line)

    def _read(self, seconds: float) -> None:
        clock, known = time.monotonic_ns, self._lines
        came: list[tuple[Line, bytes, int]] = []
        for number, event in self._poll.poll(seconds):
            line = known[number]
            if event & select.EPOLLOUT and not event & (select.EPOLLERR | select.EPOLLHUP):
                line.upgrade()
                self._poll.modify(number, select.EPOLLIN)
                continue
            try:
                data = line.socket.recv(1 << 16)
            except OSError as error:
                line.problem = error.strerror or "broken"
                data = b""
            came.append((line, data, clock()))
        for line, data, at in came:  # only now: what waits to be read must not wait for this
            try:
                line.take(data, at)
            except OSError as error:
                line.problem = error.strerror or "broken"
            if line.problem:
                self._forget(line)

    def _forget(self, line: Line) -> None:
        number = line.socket.fileno()
        if number in self._lines:
            del self._lines[number]
            self._poll.unregister(number)
            line.socket.close()


def _is_done(line: Line) -> bool:
    return line.is_open and not line.greeting
