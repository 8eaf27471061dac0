"""The nudge: "something happened, look". It carries a number and nothing else, and may be lost. And ticks: how far a
recording has come that is arriving, worth nothing a second later.

A channel layer belongs to an event loop. In a process that serves sockets that is the server's own loop, which the hub
registers here; a worker without one gets a loop in a thread. Sending through `async_to_sync` instead would open a Redis
connection for each message, and on the in-memory layer arrive a second late.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from threading import Lock, Thread
from typing import Any
from uuid import UUID

from channels.layers import get_channel_layer

logger = logging.getLogger(__name__)

GROUP = "feed"
TICKS_EVERY_SECONDS = 1.0

Tick = tuple[int, int, int]
"""Of one interview: its position, the number of the question, and the bytes that have arrived."""

_lock = Lock()
_loop: asyncio.AbstractEventLoop | None = None
_newest = 0
_is_sending = False
_ticks: dict[str, Tick] = {}


def live_on(loop: asyncio.AbstractEventLoop) -> None:
    """From now on the nudges of this process are sent on `loop`."""
    global _loop, _is_sending
    with _lock:
        _loop, _is_sending = loop, False
        _ticks.clear()


def send(number: int, **kwargs: Any) -> None:
    """Receives `interviews.events.event_recorded`. Returns at once; what goes wrong is logged.

    Events that come while a nudge is on its way to the loop share it: the hub reads all that is new anyway.
    """
    global _newest, _is_sending
    with _lock:
        _newest = max(_newest, number)
        if _is_sending:
            return
        _is_sending = True
        asyncio.run_coroutine_threadsafe(_send(), _running_loop())


async def _send() -> None:
    global _is_sending
    with _lock:
        _is_sending = False
        number = _newest
    try:
        await get_channel_layer().group_send(GROUP, {"type": "nudge", "number": number})
    except Exception:
        logger.warning("nudge %s was not sent", number, exc_info=logger.isEnabledFor(logging.DEBUG))


def send_tick(interview_id: UUID, position_id: int, question: int, size: int, **kwargs: Any) -> None:
    """Receives `interviews.events.came_further`. The latest of each interview is sent, once a second, all in one."""
    with _lock:
        is_due = bool(_ticks)
        _ticks[str(interview_id)] = (position_id, question, size)
        if not is_due:
            asyncio.run_coroutine_threadsafe(_send_ticks(), _running_loop())


async def _send_ticks() -> None:
    await asyncio.sleep(TICKS_EVERY_SECONDS)
    with _lock:
        ticks = dict(_ticks)
        _ticks.clear()
    with suppress(Exception):  # Redis is away; the next ones are as good
        await get_channel_layer().group_send(GROUP, {"type": "ticks", "ticks": ticks})


def _running_loop() -> asyncio.AbstractEventLoop:
    """Called with the lock held."""
    global _loop
    if _loop is None or _loop.is_closed():
        _loop = asyncio.new_event_loop()
        Thread(target=_loop.run_forever, name="wake", daemon=True).start()
    return _loop
