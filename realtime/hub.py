"""One per process: looks once when something happened, draws once, and writes the same frame to every socket.

A single task does everything in order: read what is new, write it to the pages that are live, then bring the pages
that asked up to the same number. So no page gets an older state after a newer one.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections import defaultdict
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain
from typing import ClassVar

from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from django.contrib.auth.models import User

from interviews.events import head
from interviews.standings import Verdict, standings
from interviews.topics import WORK, Following, reader_of, why_of
from realtime import board, feed, wake
from realtime.presence import Presence
from realtime.sockets import Frame
from realtime.viewers import Viewer

logger = logging.getLogger(__name__)

LOOK_EVERY_SECONDS = 2.0
"""Nudges get lost, and a channel layer can go deaf: so often the hub looks by itself, one query for all sockets."""
NOT_ALLOWED = 4403
START_OVER = Frame(json.dumps({"reload": True}))


Audience = tuple[frozenset[str], str]
"""All pages that follow the same topics in the same language: they get the same frames."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A page says what it follows, and up to which number it has everything."""

    following: Following
    after: int


@dataclass(frozen=True, slots=True)
class Look:
    """What one reading found: `frames` of the pages that are live; None where nothing is new for them."""

    number: int
    frames: Mapping[Audience, Frame | None]
    verdicts: Mapping[Following, Verdict]


@dataclass
class Hub:
    _live: dict[Audience, set[Viewer]] = field(default_factory=dict)
    _asking: dict[Viewer, Ask] = field(default_factory=dict)
    _look: asyncio.Event = field(default_factory=asyncio.Event)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)
    _number: int | None = None
    _presence: Presence = field(default_factory=Presence)
    _looked_at: float = field(default_factory=time.monotonic)

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
            telling = board.tell(hub._operators, hub._tell, hub._whys, hub._outdated)
            hub._tasks = [asyncio.create_task(it) for it in (hub._listen(), hub._work(), telling)]
        return hub

    @classmethod
    def standing(cls) -> tuple[int, int | None, float]:
        """Of this process, from any thread: sockets, the number up to which their pages were told, and seconds since it
        was last read what is new. None where nobody has come yet."""
        hub = next((hub for loop, hub in list(cls._by_loop.items()) if not loop.is_closed()), None)
        if hub is None:
            return 0, None, 0.0
        sockets = sum(map(len, list(hub._live.values()))) + len(hub._asking)
        return sockets, hub._number, time.monotonic() - hub._looked_at

    def ask(self, viewer: Viewer, topics: frozenset[str], after: int) -> None:
        """The page is first brought up to date, then live. Asking again replaces what it followed before."""
        self._unfollow(viewer)
        viewer.following = Following(viewer.session_key, topics, viewer.language)
        self._asking[viewer] = Ask(viewer.following, after)
        self._look.set()

    def leave(self, viewer: Viewer) -> None:
        self._unfollow(viewer)
        self._presence.left(viewer, time.monotonic())

    def _unfollow(self, viewer: Viewer) -> None:
        self._asking.pop(viewer, None)
        audience = viewer.following.audience if viewer.following else None
        if audience in self._live:
            self._live[audience].discard(viewer)
            if not self._live[audience]:
                del self._live[audience]

    def _operators(self) -> dict[object, str]:
        """Who follows the work; each with its language."""
        followed = [(viewers, language) for (topics, language), viewers in self._live.items() if WORK in topics]
        return {viewer: language for viewers, language in followed for viewer in viewers}

    def _whys(self) -> dict[object, tuple[str, str]]:
        """Who has a page open that says why; each with its interview, and the digest of what it was told."""
        named = [(viewers, filter(None, map(why_of, topics))) for (topics, _language), viewers in self._live.items()]
        return {viewer: why for viewers, whys in named for why in whys for viewer in viewers}

    def _tell(self, viewer: object, frame: Frame) -> None:
        assert isinstance(viewer, Viewer)  # noqa: S101 - nobody else is given out
        self._write(viewer, Verdict.WELCOME, frame)

    def _outdated(self, viewer: object) -> None:
        assert isinstance(viewer, Viewer)  # noqa: S101 - nobody else is given out
        self._write(viewer, Verdict.OUTDATED, None)

    def viewers(self) -> list[Viewer]:
        return [*chain(*self._live.values()), *self._asking]

    async def _listen(self) -> None:
        """Turns nudges into "look". Any number of them that arrive during one look make one more."""
        layer = get_channel_layer()
        while True:
            try:
                channel = await layer.new_channel()
                await layer.group_add(wake.GROUP, channel)
                while True:
                    message = await layer.receive(channel)
                    if message["type"] == "ticks":
                        self._pass_on(message["ticks"])
                    elif message["type"] == "here":
                        self._presence.hear(message["process"], message["readers"], time.monotonic())
                        self._look.set()
                    else:
                        self._look.set()
            except Exception:  # noqa: BLE001 - Redis is away: the regular look goes on meanwhile
                logger.warning("the channel layer is not reachable; looking every %s s", LOOK_EVERY_SECONDS)
                await asyncio.sleep(LOOK_EVERY_SECONDS)

    def _pass_on(self, ticks: Mapping[str, wake.Tick]) -> None:
        for (topics, _language), viewers in list(self._live.items()):
            told = {key: [question, size] for key, (at, question, size) in ticks.items() if f"position:{at}" in topics}
            if told:
                frame = Frame(json.dumps({"ticks": told}))
                for viewer in list(viewers):
                    self._write(viewer, Verdict.WELCOME, frame)

    async def _work(self) -> None:
        while True:
            try:
                async with asyncio.timeout(LOOK_EVERY_SECONDS):
                    await self._look.wait()
            except TimeoutError:
                pass
            self._look.clear()
            try:
                await self._bring_news()
                self._looked_at = time.monotonic()
                await self._bring_up_to_date()
                await self._say_who_is_here()
            except Exception:
                logger.exception("the feed could not be read; it is read again shortly")
                await asyncio.sleep(1)

    async def _bring_news(self) -> None:
        if self._number is None:
            self._number = await database_sync_to_async(head)()
        live = {audience: set(viewers) for audience, viewers in self._live.items()}
        found = await _read_news(self._number, live)
        self._number = found.number
        for audience, viewers in live.items():
            frame = found.frames.get(audience)
            if frame is None and not found.verdicts:
                continue
            # Whoever began to follow something else meanwhile is answered next.
            for viewer in viewers & self._live.get(audience, set()):
                verdict = found.verdicts.get(viewer.following) if found.verdicts and viewer.following else None
                self._write(viewer, verdict or Verdict.WELCOME, frame)

    async def _bring_up_to_date(self) -> None:
        """A heartbeat comes this way too: the page learns the head, and what it missed if it missed something."""
        asking = dict(self._asking)
        if not asking:
            return
        assert self._number is not None  # noqa: S101 - the news were read before
        replies = await _read_replies(self._number, set(asking.values()))
        for viewer, ask in asking.items():
            if self._asking.get(viewer) is ask:  # still there, and has not asked again
                del self._asking[viewer]
                verdict, frame = replies[ask]
                if verdict is Verdict.WELCOME:
                    self._see(viewer, ask.following)
                    self._live.setdefault(ask.following.audience, set()).add(viewer)
                self._write(viewer, verdict, frame)

    def _see(self, viewer: Viewer, following: Following) -> None:
        for reader in filter(None, map(reader_of, following.topics)):
            self._presence.saw(viewer, reader, time.monotonic())

    async def _say_who_is_here(self) -> None:
        readers = self._presence.to_announce(time.monotonic())
        if readers is not None:
            message = {"type": "here", "process": self._presence.process, "readers": readers}
            with suppress(Exception):  # Redis is away; it is said again
                await get_channel_layer().group_send(wake.GROUP, message)
        news = self._presence.to_tell(time.monotonic())
        names = (
            await _names(frozenset(chain.from_iterable(accounts for _key, accounts in news.values()))) if news else {}
        )
        for viewer, (key, accounts) in news.items():
            here = sorted(names[account] for account in accounts if account in names)
            assert isinstance(viewer, Viewer)  # noqa: S101 - nobody else is put in
            viewer.write(Frame(json.dumps({"here": {key: here}})))

    def _write(self, viewer: Viewer, verdict: Verdict, frame: Frame | None) -> None:
        if verdict is Verdict.REFUSED:
            self.leave(viewer)
            self._presence.turned_away(viewer)
            viewer.close(NOT_ALLOWED)
        elif verdict is Verdict.OUTDATED:
            self.leave(viewer)  # until it has fetched its page again, and asks
            viewer.write(START_OVER)
        elif frame is not None and not viewer.write(frame):
            self.leave(viewer)


@database_sync_to_async
def _names(accounts: Collection[int]) -> dict[int, str]:
    return {user.pk: user.get_username() for user in User.objects.filter(pk__in=accounts, is_active=True)}


@database_sync_to_async
def _read_news(after: int, live: Mapping[Audience, Collection[Viewer]]) -> Look:
    # Asked for each page only where it matters: what is done for every page at every event adds up.
    followings = (viewer.following for viewer in chain(*live.values()) if viewer.following)
    news = feed.since(after)
    if news is None:
        # So much at once that what changed rights may be among it.
        return Look(head(), dict.fromkeys(live, START_OVER), standings(followings))
    verdicts = standings(news.whose_rights_changed(followings))
    frames = {audience: _frame(news, audience) for audience in live} if news.happenings else {}
    return Look(news.last, frames, verdicts)


def _frame(news: feed.News, audience: Audience) -> Frame | None:
    topics, language = audience
    if news.is_to_be_read_again(topics):
        return START_OVER
    html = news.html(topics, language=language)
    return Frame(json.dumps({"last": news.last, "html": html})) if html else None


@database_sync_to_async
def _read_replies(number: int, asks: Collection[Ask]) -> dict[Ask, tuple[Verdict, Frame | None]]:
    """What brings each page to `number`. One reading of events serves all; who is too far behind starts over."""
    verdicts = standings({ask.following for ask in asks})
    oldest = max(number - feed.REPLAY_AT_MOST, 0)
    behind: dict[int, set[Audience]] = defaultdict(set)
    for ask in asks:
        if verdicts[ask.following] is Verdict.WELCOME and oldest <= ask.after < number:
            behind[ask.after].add(ask.following.audience)
    news = feed.since(min(behind), number) if behind else None
    nothing_new = Frame(json.dumps({"last": number}))
    frames: dict[tuple[int, Audience], Frame] = {}
    for after, (topics, language) in [(after, it) for after, audiences in behind.items() for it in audiences]:
        if news is not None and not news.is_to_be_read_again(topics, after):
            html = news.html(topics, after, language)
            frame = Frame(json.dumps({"last": number, "html": html})) if html else nothing_new
            frames[after, (topics, language)] = frame
    return {
        ask: (
            verdicts[ask.following],
            nothing_new if ask.after == number else frames.get((ask.after, ask.following.audience), START_OVER),
        )
        for ask in asks
    }
