"""One per process: looks once when something happened, draws once, and writes the same frame to every socket.

A single task does everything in order: take the new events, write them to the sockets that are live, then bring the
sockets that wait up to the same number. So no socket can get an older state after a newer one.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import ClassVar

from channels.db import database_sync_to_async
from channels.layers import get_channel_layer

from interviews.events import head
from realtime import feed, wake

logger = logging.getLogger(__name__)

LOOK_EVERY_SECONDS = 5.0
"""Nudges get lost, and a channel layer can go deaf: so often the hub looks by itself, one query for all sockets."""
WRITE_WITHIN_SECONDS = 5.0
"""A socket that takes longer is closed by being forgotten: its heartbeat goes unanswered, and the page comes back."""


@dataclass(eq=False, slots=True)
class Viewer:
    """One open page. `after` is the last number that it has; `send` writes one frame."""

    send: Callable[[str], Awaitable[None]]
    topics: frozenset[str] = frozenset()
    after: int = 0
    gone: bool = False


@dataclass
class Hub:
    _viewers: set[Viewer] = field(default_factory=set)
    _waiting: list[Viewer] = field(default_factory=list)
    _look: asyncio.Event = field(default_factory=asyncio.Event)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)
    _number: int = 0

    _by_loop: ClassVar[dict[asyncio.AbstractEventLoop, Hub]] = {}

    @classmethod
    def running(cls) -> Hub:
        """The hub of the server's loop, started by the first socket."""
        loop = asyncio.get_running_loop()
        hub = cls._by_loop.get(loop)
        if hub is None:
            for stopped in [other for other in cls._by_loop if other.is_closed()]:
                del cls._by_loop[stopped]
            hub = cls._by_loop[loop] = cls()
            wake.live_on(loop)
            hub._tasks = [asyncio.create_task(hub._listen()), asyncio.create_task(hub._work())]
        return hub

    def join(self, viewer: Viewer) -> None:
        """The viewer is first brought up to date, then live. Joining again replaces what it followed before."""
        self._viewers.discard(viewer)
        if viewer not in self._waiting:
            self._waiting.append(viewer)
        self._look.set()

    def leave(self, viewer: Viewer) -> None:
        viewer.gone = True
        self._viewers.discard(viewer)

    async def _listen(self) -> None:
        """Turns nudges into "look". Any number of them that arrive during one look make one more."""
        layer = get_channel_layer()
        while True:
            try:
                channel = await layer.new_channel()
                await layer.group_add(wake.GROUP, channel)
                while True:
                    await layer.receive(channel)
                    self._look.set()
            except Exception:  # noqa: BLE001 - Redis is away: the regular look goes on meanwhile
                logger.warning("the channel layer is not reachable; looking every %s s", LOOK_EVERY_SECONDS)
                await asyncio.sleep(LOOK_EVERY_SECONDS)

    async def _work(self) -> None:
        is_placed = False
        while True:
            try:
                async with asyncio.timeout(LOOK_EVERY_SECONDS):
                    await self._look.wait()
            except TimeoutError:
                pass
            self._look.clear()
            try:
                if not is_placed:
                    self._number = await database_sync_to_async(head)()
                    is_placed = True
                await self._bring_news()
                await self._bring_up_to_date()
            except Exception:
                logger.exception("the feed could not be read; it is read again shortly")
                await asyncio.sleep(1)

    async def _bring_news(self) -> None:
        self._number, frames = await _read(self._number, {viewer.topics for viewer in self._viewers})
        for viewer in list(self._viewers):
            if frame := frames[viewer.topics]:
                await self._write(viewer, frame)

    async def _bring_up_to_date(self) -> None:
        """A heartbeat comes this way too: the viewer learns the head, and what it missed if it missed something."""
        while self._waiting:
            viewer = self._waiting[0]
            last, frames = await _read(viewer.after, {viewer.topics})
            self._waiting.remove(viewer)
            if not viewer.gone:
                self._viewers.add(viewer)
                await self._write(viewer, frames[viewer.topics] or json.dumps({"last": last}))

    async def _write(self, viewer: Viewer, frame: str) -> None:
        try:
            async with asyncio.timeout(WRITE_WITHIN_SECONDS):
                await viewer.send(frame)
        except Exception:
            logger.info("a socket could not be written to", exc_info=True)
            self.leave(viewer)


@database_sync_to_async
def _read(after: int, topic_sets: set[frozenset[str]]) -> tuple[int, dict[frozenset[str], str]]:
    """The newest number, and for each set of topics the one frame that all its viewers get; "" where nothing is new."""
    news = feed.since(after)
    if news is None:
        return head(), dict.fromkeys(topic_sets, json.dumps({"reload": True}))
    frames = {}
    for topics in topic_sets:
        html = news.html(topics)
        frames[topics] = json.dumps({"last": news.last, "html": html}) if html else ""
    return news.last, frames
