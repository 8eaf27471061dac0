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
from twisted.web.http import _GenericHTTPChannelProtocol

from project.bodies import BoundedRequest

logger = logging.getLogger(__name__)

SILENT_AT_MOST_SECONDS = 5.0
"""For so long a connection is waited for that was just accepted, and has not said yet what it wants."""
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
        # Looked at only after a turn of the loop: what lay there when it stopped has been read by then.
        await asyncio.sleep(LOOK_EVERY_SECONDS)
        is_all_sent = not reactor.getWriters()  # type: ignore[misc] # zope's interface, not a class of ours
        if is_all_sent and not BoundedRequest.under_way and (waited > SILENT_AT_MOST_SECONDS or not _are_silent()):
            break
    if BoundedRequest.under_way:
        logger.warning("stopping: %s requests are cut off", len(BoundedRequest.under_way))
    await _cancel_all(server).asFuture(asyncio.get_running_loop())


def _are_silent() -> bool:
    """Whether there are connections that have never asked for anything."""
    found = (getattr(reader, "protocol", None) for reader in reactor.getReaders())  # type: ignore[misc] # its interface has no self
    channels = [it._channel for it in found if isinstance(it, _GenericHTTPChannelProtocol)]
    return not all(getattr(channel, "has_asked", False) for channel in channels)
