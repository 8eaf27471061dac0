"""Channels as its documentation shows it: one consumer per socket, in one group, on the pub/sub layer. It knows no
session, reads no row and draws nothing: only the way from `group_send` to the socket is measured."""

from __future__ import annotations

import os

import django
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.routing import ProtocolTypeRouter

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.feed_parts.stock_settings")
django.setup(set_prefix=False)


class Stock(AsyncWebsocketConsumer):
    groups = ("feed",)

    async def feed_text(self, event: dict[str, str]) -> None:
        await self.send(text_data=event["text"])


application = ProtocolTypeRouter({"websocket": Stock.as_asgi()})
