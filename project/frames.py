"""How large a frame of a websocket may be before anybody reads it: Daphne's own bound is none, and all is in memory."""

from __future__ import annotations

from daphne.ws_protocol import WebSocketProtocol

from realtime.consumers import FRAME_AT_MOST


class BoundedSocket(WebSocketProtocol):
    """A larger frame, or message of many, ends the line."""

    def connectionMade(self) -> None:
        super().connectionMade()
        self.maxFramePayloadSize = self.maxMessagePayloadSize = FRAME_AT_MOST
