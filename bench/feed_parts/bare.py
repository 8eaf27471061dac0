"""The floor: a server that does nothing but write one prepared frame to every socket. "python -m bench.feed_parts.bare
SERVER" prints two ports: one for sockets, one where each message (four bytes of length, text) is sent to all.

SERVER is what it is compared with: beside uvicorn it runs on uvloop, as uvicorn does.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
import sys
from typing import cast

MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
viewers: set[asyncio.Transport] = set()


class Viewer(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.request = b""

    def data_received(self, data: bytes) -> None:
        if self.transport in viewers:
            return  # they have nothing to say that concerns us
        self.request += data
        key = re.search(rb"(?i)\r\nsec-websocket-key: (\S+)\r\n", self.request)
        if key and self.request.endswith(b"\r\n\r\n"):
            accept = base64.b64encode(hashlib.sha1(key[1] + MAGIC, usedforsecurity=False).digest())
            self.transport.write(
                b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
            )
            viewers.add(self.transport)

    def connection_lost(self, error: Exception | None) -> None:
        viewers.discard(self.transport)


async def publisher(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            text = await reader.readexactly(int.from_bytes(await reader.readexactly(4), "big"))
            size = len(text)
            head = bytes([0x81, size]) if size < 126 else b"\x81\x7e" + size.to_bytes(2, "big")
            frame = head + text
            for viewer in viewers:
                viewer.write(frame)
    except asyncio.IncompleteReadError:
        writer.close()


async def main() -> None:
    loop = asyncio.get_running_loop()
    sockets = await loop.create_server(Viewer, "127.0.0.1", 0, backlog=1024)
    messages = await asyncio.start_server(publisher, "127.0.0.1", 0)
    print(*(server.sockets[0].getsockname()[1] for server in (sockets, messages)), flush=True)
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    if sys.argv[1] == "uvicorn":
        import uvloop

        uvloop.run(main())
    else:
        asyncio.run(main())
