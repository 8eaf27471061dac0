"""One open page."""

from __future__ import annotations

import json
import logging
from typing import Any, ClassVar, Literal

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.contrib.auth import get_user
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest

from interviews.access import is_outdated, permitted_topics
from realtime.hub import Hub, Viewer

logger = logging.getLogger(__name__)

TOPICS_AT_MOST = 1000
FRAME_AT_MOST = 64 * 1024

NOT_ALLOWED = 4403
NOT_UNDERSTOOD = 4400


class FeedConsumer(AsyncWebsocketConsumer):
    """The wire, `/ws/feed/`. Frames are JSON objects.

    => {"topics": ["position:7"], "after": 811}   on open, and every 20 s as a heartbeat. Rights are checked each time.
    <- {"last": 812, "html": "<template data-replace=…>…"}   what is new, up to and including that number
    <- {"last": 815}                              nothing new for these topics; the number to come back with
    <- {"reload": true}                           too far behind to replay, or the topic "positions" is followed and
                                                  the visitor may see other positions now: fetch the page again
    <- {"error": "…"}, then closed with 4400      a frame that is not one of these
    closed with 4403                              at least one of the topics is not, or no longer, this visitor's
    """

    # The hub listens for all sockets; a channel for each would cost a subscription and a task per page.
    channel_layer_alias: ClassVar[str] = "none"

    async def connect(self) -> None:
        self.viewer = Viewer(self._send_frame)
        await self.accept()

    async def disconnect(self, code: int) -> None:
        Hub.running().leave(self.viewer)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        frame = _understood(text_data)
        if frame is None:
            await self.send(json.dumps({"error": "This frame is not understood. Load the page again."}))
            await self.close(NOT_UNDERSTOOD)
            return
        topics, after = frame
        match await self._standing(topics):
            case "refused":
                Hub.running().leave(self.viewer)
                await self.close(NOT_ALLOWED)
            case "outdated":
                await self.send(json.dumps({"reload": True}))
            case _:
                self.viewer.topics, self.viewer.after = topics, after
                Hub.running().join(self.viewer)

    @database_sync_to_async
    def _standing(self, topics: frozenset[str]) -> Literal["refused", "outdated", "welcome"]:
        # Read again each time: the session may have ended and the account been closed since the socket opened.
        request = HttpRequest()
        request.session = SessionStore(self.scope["session"].session_key)
        user = get_user(request)
        if is_outdated(user, topics):
            return "outdated"
        if not topics or permitted_topics(user, request.session, topics) != topics:
            return "refused"
        return "welcome"

    async def _send_frame(self, frame: str) -> None:
        await self.send(text_data=frame)


def _understood(text: str | None) -> tuple[frozenset[str], int] | None:
    if text is None or len(text) > FRAME_AT_MOST:
        return None
    try:
        frame: Any = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(frame, dict) or frame.keys() != {"topics", "after"}:
        return None
    topics, after = frame["topics"], frame["after"]
    if not isinstance(topics, list) or len(topics) > TOPICS_AT_MOST or not all(isinstance(t, str) for t in topics):
        return None
    if type(after) is not int or not 0 <= after < 2**63:
        return None
    return frozenset(topics), after
