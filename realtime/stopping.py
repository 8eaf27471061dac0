"""On SIGTERM the sockets are closed one by one over a few seconds, and only then does the server stop.

Closed at once, all their pages would come back in the same moment, to a server that is just starting. Works by standing
before the server's own handler of the signal, which Daphne and uvicorn both install before the first socket comes.
"""

from __future__ import annotations

import asyncio
import logging
import math
import random
import signal
import threading
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from realtime.hub import Hub

logger = logging.getLogger(__name__)

STOPPING = 4503
"""Of the private range, since autobahn refuses to send the standard's 1012 (service restart)."""
OVER_SECONDS = 3.0
STEPS = 50

_has_begun = False
_handled: Hub | None = None


def has_begun() -> bool:
    return _has_begun


def handle(hub: Hub) -> None:
    """From the first socket on, SIGTERM drains this hub first. A second SIGTERM stops at once, as without this."""
    global _handled
    if _handled is hub or threading.current_thread() is not threading.main_thread():
        return
    _handled = hub
    loop = asyncio.get_running_loop()
    servers_own = signal.getsignal(signal.SIGTERM)

    def begin(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGTERM, servers_own)
        loop.call_soon_threadsafe(lambda: tasks.append(loop.create_task(drain(number))))

    async def drain(number: int) -> None:
        global _has_begun
        _has_begun = True
        try:
            await _close_all(hub)
        finally:
            signal.raise_signal(number)  # to the server's own handler

    tasks: list[asyncio.Task[None]] = []  # a task that nobody holds may be collected before it ends
    signal.signal(signal.SIGTERM, begin)


async def _close_all(hub: Hub) -> None:
    viewers = hub.viewers()
    logger.info("stopping: %s sockets are asked to come back", len(viewers))
    random.shuffle(viewers)
    at_once = math.ceil(len(viewers) / STEPS)
    loop = asyncio.get_running_loop()
    began = loop.time()
    for end in range(at_once, len(viewers) + at_once, at_once or 1):
        for viewer in viewers[end - at_once : end]:
            hub.leave(viewer)
            viewer.close(STOPPING)
        # By the clock: what each step comes late on a busy machine must not add up.
        await asyncio.sleep(began + OVER_SECONDS * end / len(viewers) - loop.time())
