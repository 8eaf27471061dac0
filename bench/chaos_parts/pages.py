"""Scripted open pages of results. They speak the wire as realtime/static/realtime/live.js does, and write down what
they show and when."""

from __future__ import annotations

import asyncio
import html
import json
import math
import random
import re
import time
import urllib.error
import urllib.request
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage
from websockets.typing import Origin

HEARTBEAT_SECONDS = 20.0
REPLY_WITHIN_SECONDS = 10.0
RETRY_FIRST_SECONDS, RETRY_MOST_SECONDS = 0.5, 30.0
NOT_ALLOWED = 4403

PLACE = re.compile(r'data-topics="([^"]*)" data-after="(\d+)"')
ROW = re.compile(r'<tr id="row-([0-9a-f-]+)".*?</tr>', re.DOTALL)
NEXT = re.compile(r'rel="next" id="page-after" href="([^"]+)"')
FRAGMENT = re.compile(r'<template data-replace="row-([0-9a-f-]+)" data-into="rows">(.*?)</template>', re.DOTALL)
CHANGED = re.compile(r'<time datetime="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Row:
    html: str
    changed_at: datetime


@lru_cache(4096)
def read_row(text: str) -> Row:
    return Row(text.strip(), datetime.fromisoformat(CHANGED.findall(text)[-1]))


@lru_cache(4096)
def read_fragments(text: str) -> tuple[tuple[str, Row], ...]:
    return tuple((found[1], read_row(found[2])) for found in FRAGMENT.finditer(text))


@dataclass(frozen=True, slots=True)
class Fresh:
    """What a page shows when it is fetched."""

    topics: frozenset[str]
    after: int
    rows: dict[str, Row]


def read_page(text: str) -> Fresh:
    place = PLACE.search(text)
    if place is None:
        raise ValueError("this is not a page of results")
    topics = frozenset(json.loads(html.unescape(place[1])))
    return Fresh(topics, int(place[2]), {found[1]: read_row(found[0]) for found in ROW.finditer(text)})


def fetch(port: int, session: str) -> Fresh | None:
    """All pages of the list, as one. None where the server cannot be reached. A page that is not ours raises."""
    whole: Fresh | None = None
    path: str | None = "/hr-dashboard/results/"
    while path is not None:
        request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Cookie": f"sessionid={session}"})
        try:
            with urllib.request.urlopen(request, timeout=REPLY_WITHIN_SECONDS) as reply:
                text = reply.read().decode()
        except (OSError, urllib.error.URLError, asyncio.IncompleteReadError):
            return None
        part = read_page(text)
        whole = Fresh(whole.topics | part.topics, whole.after, whole.rows | part.rows) if whole else part
        further = NEXT.search(text)
        path = html.unescape(further[1]) if further else None
    return whole


@dataclass
class Log:
    """Times are monotonic, in seconds."""

    shown: dict[str, list[tuple[float, datetime]]] = field(default_factory=lambda: defaultdict(list))
    """By interview: from when on its row showed this time of change."""
    followed: list[tuple[float, frozenset[str]]] = field(default_factory=list)
    away: list[tuple[float, float]] = field(default_factory=list)
    """Without a line: from its loss until the call that was answered."""
    counts: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)


class Page:
    """`stays`: never hangs up by itself. `sleeps`: is away for long."""

    def __init__(self, session: str, ports: Sequence[int], rng: random.Random, stays: bool, sleeps: bool) -> None:
        self.session, self.ports, self.stays, self.sleeps = session, ports, stays, sleeps
        self.log = Log()
        self.topics: frozenset[str] = frozenset()
        self.after = 0
        self.rows: dict[str, Row] = {}
        self.is_calm = asyncio.Event()
        """From now on it keeps its line."""
        self.is_in_order = True
        """When it was last compared."""
        self._rng = rng
        self._tries = 0
        self._was_live = False
        self._lost_at: float | None = None
        self._reply_by = math.inf
        self._reading: asyncio.Task[None] | None = None

    async def open(self) -> None:
        if not await self._fetch():
            raise RuntimeError("the page of results cannot be fetched")

    async def live(self) -> None:
        """Until it is cancelled, or turned away for good."""
        try:
            while not self.log.problems:
                await self._pause(await self._connected())
        except Exception as error:  # noqa: BLE001 - told at the end of the run
            self.log.problems.append(repr(error))

    async def _pause(self, seconds: float) -> None:
        """Cut short when all becomes calm, as if the browser had come online again."""
        if self.is_calm.is_set():
            await asyncio.sleep(seconds)
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.is_calm.wait()

    async def _connected(self) -> float:
        """One line, from the call to its end. Returns seconds until the next call."""
        port = self._rng.choice(self.ports)
        called_at = time.monotonic()
        try:
            line = await connect(
                f"ws://127.0.0.1:{port}/ws/feed/",
                additional_headers={"Cookie": f"sessionid={self.session}"},
                origin=Origin(f"http://127.0.0.1:{port}"),
                open_timeout=REPLY_WITHIN_SECONDS,
                ping_interval=None,
                max_size=None,
            )
        except (OSError, TimeoutError, InvalidHandshake, InvalidMessage, EOFError):
            self.log.counts["refused calls"] += 1
            return self._jitter()
        if self._lost_at is not None:
            self.log.away.append((self._lost_at, called_at))
            self._lost_at = None
        try:
            return await self._spoken(line)
        except ConnectionClosed as closed:
            self._lost_at = time.monotonic()
            code = closed.rcvd.code if closed.rcvd else 0
            self.log.counts[f"closed with {code}"] += 1
            if code == 4400 or (code == NOT_ALLOWED and not self._was_live):
                self.log.problems.append(f"closed with {code}")
            return self._jitter()
        finally:
            self._was_live = False
            line.transport.abort()

    async def _spoken(self, line: ClientConnection) -> float:
        await self._ask(line)
        now = time.monotonic()
        heartbeat_at = now + HEARTBEAT_SECONDS
        leaves_at = math.inf if self.stays else now + self._rng.uniform(2, 8)
        while True:
            if self.is_calm.is_set():
                leaves_at = math.inf
            pause = min(self._reply_by, heartbeat_at, leaves_at) - time.monotonic()
            try:
                async with asyncio.timeout(max(0.0, min(pause, 1.0))):
                    text = await line.recv()
            except TimeoutError:
                now = time.monotonic()
                if now >= self._reply_by:
                    # Not a moment from which on it may be counted as away: it believed to have a line.
                    self.log.counts["calls without a reply"] += 1
                    return self._jitter()
                if now >= leaves_at:
                    self._lost_at = now
                    self.log.counts["drops"] += 1
                    return self._rng.uniform(20, 45) if self.sleeps else self._rng.uniform(0.1, 3)
                if now >= heartbeat_at:
                    await self._ask(line)
                    heartbeat_at = now + HEARTBEAT_SECONDS
            else:
                self._reply_by = math.inf
                self._tries = 0
                self._understand(json.loads(text), line)

    def _understand(self, message: dict[str, Any], line: ClientConnection) -> None:
        if "error" in message:
            self.log.problems.append(message["error"])
        elif "reload" in message:
            self.log.counts["reloads"] += 1
            self._reading = asyncio.create_task(self._read_again(line))
        else:
            if message.get("html"):
                # Everything up to `after` is shown already: what comes again is applied twice.
                self.log.counts["duplicates"] += message["last"] <= self.after
                self.log.counts["frames"] += 1
                self._apply(message["html"])
            self.after = max(self.after, message["last"])
            self._was_live = True

    async def _read_again(self, line: ClientConnection) -> None:
        if await self._fetch():
            with suppress(ConnectionClosed):
                await self._ask(line)
        else:
            line.transport.abort()

    def _apply(self, text: str) -> None:
        now = time.monotonic()
        for key, row in read_fragments(text):
            if key in self.rows:
                self.log.counts["went back"] += row.changed_at < self.rows[key].changed_at
                self.rows[key] = row
            else:
                self.rows = {key: row, **self.rows}
            self.log.shown[key].append((now, row.changed_at))

    async def _fetch(self) -> bool:
        fresh = await asyncio.to_thread(fetch, self._rng.choice(self.ports), self.session)
        if fresh is None:
            return False
        now = time.monotonic()
        self.topics, self.after, self.rows = fresh.topics, fresh.after, dict(fresh.rows)
        self.log.followed.append((now, fresh.topics))
        for key, row in self.rows.items():
            self.log.shown[key].append((now, row.changed_at))
        return True

    async def _ask(self, line: ClientConnection) -> None:
        await line.send(json.dumps({"topics": sorted(self.topics), "after": self.after}))
        self._reply_by = time.monotonic() + REPLY_WITHIN_SECONDS

    def _jitter(self) -> float:
        """Full: pages that lost one server together do not come back together."""
        wait = self._rng.random() * min(RETRY_MOST_SECONDS, RETRY_FIRST_SECONDS * 2.0**self._tries)
        self._tries += 1
        return wait
