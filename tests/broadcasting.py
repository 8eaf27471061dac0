"""An ASGI application that writes to all its sockets as the feed does, for one that says when: each time it says
anything, AT_ONCE of FRAMES large frames are sent. So that one is never far behind, however slow the machine is."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from realtime.sockets import SCOPE_KEY, Frame, WithWriter, Writer

FRAMES, AT_ONCE = 400, 8
LARGE = "x" * 64 * 1024

_writers: set[Writer] = set()


async def _socket(
    scope: dict[str, Any],
    receive: Callable[[], Awaitable[Mapping[str, Any]]],
    send: Callable[[Mapping[str, Any]], Awaitable[None]],
) -> None:
    if scope["type"] != "websocket":
        return
    writer: Writer = scope[SCOPE_KEY]
    while True:
        message = await receive()
        if message["type"] == "websocket.connect":
            await send({"type": "websocket.accept"})
            _writers.add(writer)
        elif message["type"] == "websocket.disconnect":
            _writers.discard(writer)
            return
        else:
            await _broadcast(receive)


async def _broadcast(receive: Callable[[], Awaitable[Mapping[str, Any]]]) -> None:
    cut: set[Writer] = set()
    for number in range(FRAMES):
        if number and number % AT_ONCE == 0:
            await receive()
        frame = Frame(json.dumps({"number": number, "padding": LARGE}))
        for writer in _writers - cut:
            if not writer(frame):
                cut.add(writer)
        await asyncio.sleep(0.002)
    end = Frame(json.dumps({"number": FRAMES, "cut": len(cut)}))
    for writer in _writers - cut:
        writer(end)


application = WithWriter(_socket)


async def unknown_server(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """The same, where only ASGI is known of the server."""

    async def plain(message: Mapping[str, Any]) -> None:
        await send(message)

    await application(scope, receive, plain)
