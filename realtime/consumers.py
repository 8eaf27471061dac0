"""One open page."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any, ClassVar
from urllib.parse import parse_qsl

from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.utils.translation import get_supported_language_variant

from realtime import stopping
from realtime.hub import Hub
from realtime.sockets import SCOPE_KEY, Frame
from realtime.viewers import Viewer

TOPICS_AT_MOST = 5000  # a list follows each position that its reader sees, and each interview that it shows
FRAME_AT_MOST = 256 * 1024
FRAMES_AT_ONCE = 30
FRAMES_A_SECOND = 1.0
"""A page asks every 20 s, and a few times more when what it shows changes."""
NOT_UNDERSTOOD = 4400
TOO_MANY = 4429
NOT_A_FRAME_OF_OURS = Frame(json.dumps({"error": "This frame is not understood. Load the page again."}))


class FeedConsumer(AsyncWebsocketConsumer):
    """The wire, `/ws/feed/?language=de`: the language in which the page was drawn. Frames are JSON objects.

    => {"topics": ["position:7"], "after": 811}   on open, and every 20 s as a heartbeat. Rights are checked each time.
    <- {"last": 812, "html": "<template data-replace=…>…"}   what is new, up to and including that number
    <- {"last": 815}                              nothing new for these topics; the number to come back with
    <- {"reload": true}                           too far behind to replay, or the visitor may see other positions
                                                  now, or more or less of an interview: fetch the page again
    <- {"ticks": {"<interview>": [2, 1400000]}}   a recording of question 2 is arriving, so many bytes; not repeated
    <- {"here": {"<interview>": ["ada", "kim"]}}  who has the review that this page shows open now; not stored
    <- {"error": "…"}, then closed with 4400      a frame that is not one of these
    closed with 4403                              at least one of the topics is not, or no longer, this visitor's
    closed with 4429                              so many frames that no page of ours sent them
    closed with 4503                              this server stops: come back, to another or to its successor
    """

    # The hub listens for all sockets; a channel for each would cost a subscription and a task per page.
    channel_layer_alias: ClassVar[str] = "none"

    async def connect(self) -> None:
        if stopping.has_begun():
            await self.close(stopping.STOPPING)
            return
        session_key = self.scope["cookies"].get(settings.SESSION_COOKIE_NAME, "")
        self.viewer = Viewer(session_key, self.scope[SCOPE_KEY], self._close, language=_language(self.scope))
        self._left, self._counted_at = float(FRAMES_AT_ONCE), time.monotonic()
        stopping.handle(Hub.running())
        await self.accept()

    async def disconnect(self, code: int) -> None:
        if hasattr(self, "viewer"):
            Hub.running().leave(self.viewer)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        asked = _understood(text_data)
        if not self._may_ask():
            await self.close(TOO_MANY)
        elif asked is None:
            self.viewer.write(NOT_A_FRAME_OF_OURS)
            await self.close(NOT_UNDERSTOOD)
        else:
            Hub.running().ask(self.viewer, *asked)

    def _may_ask(self) -> bool:
        now = time.monotonic()
        self._left = min(FRAMES_AT_ONCE, self._left + (now - self._counted_at) * FRAMES_A_SECOND) - 1
        self._counted_at = now
        return self._left >= 0

    def _close(self, code: int) -> None:
        self._closing = asyncio.ensure_future(self.close(code))


def _language(scope: dict[str, Any]) -> str:
    asked = dict(parse_qsl(scope["query_string"].decode("latin-1"))).get("language", "")
    try:
        return get_supported_language_variant(asked)
    except LookupError:
        return settings.LANGUAGE_CODE


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
