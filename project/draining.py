"""What the server has begun when it is told to stop, it ends. Under Daphne, which would cancel it.

Its socket is closed first: whoever shares it (another web process, or systemd for the next one) has all that comes from
then on. Open pages were sent away before that (realtime/stopping.py).
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

from daphne.server import Server
from twisted.internet import reactor
from twisted.internet.defer import Deferred

from project.bodies import BoundedRequest

logger = logging.getLogger(__name__)

AT_LEAST_SECONDS = 2.0
"""A connection that was just accepted has not said yet what it wants."""
AT_MOST_SECONDS = 20.0
LOOK_EVERY_SECONDS = 0.05

_cancel_all = Server.kill_all_applications


def drain(server: Any) -> Deferred[None]:
    """In the place of the step in which Daphne cancels; the reactor waits for it before it ends."""
    return Deferred.fromFuture(asyncio.ensure_future(_drain(server)))


async def _drain(server: Any) -> None:
    BoundedRequest.is_last = True
    for listener in server.listeners:
        listener.addCallback(lambda port: port.stopListening())
    began = time.monotonic()
    while (waited := time.monotonic() - began) < AT_MOST_SECONDS:
        is_all_sent = not reactor.getWriters()  # type: ignore[misc] # zope's interface, not a class of ours
        if waited > AT_LEAST_SECONDS and is_all_sent and not BoundedRequest.under_way:
            break
        await asyncio.sleep(LOOK_EVERY_SECONDS)
    if BoundedRequest.under_way:
        logger.warning("stopping: %s requests are cut off", len(BoundedRequest.under_way))
    await _cancel_all(server).asFuture(asyncio.get_running_loop())
