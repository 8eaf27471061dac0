"""The log in both formats, and a site of two views that write to it."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import threading
from collections.abc import Iterator, Mapping
from contextvars import copy_context
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.test import override_settings
from django.urls import path

from project.http import Handler
from project.lines import Ids, Lines, Objects
from project.requests import WithId

SAID = "the heron stood in the rain"
logger = logging.getLogger("interviews.made_up")


class Log:
    """The same lines in both formats."""

    def __init__(self) -> None:
        self._lines, self._objects = io.StringIO(), io.StringIO()
        self.handlers = [logging.StreamHandler(self._lines), logging.StreamHandler(self._objects)]
        for handler, formatter in zip(self.handlers, (Lines(), Objects()), strict=True):
            handler.setFormatter(formatter)
            handler.addFilter(Ids())

    @property
    def text(self) -> str:
        return self._lines.getvalue() + self._objects.getvalue()

    @property
    def lines(self) -> list[str]:
        return self._lines.getvalue().splitlines()

    @property
    def objects(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._objects.getvalue().splitlines()]

    def of(self, message: str) -> dict[str, Any]:
        [one] = [it for it in self.objects if message in it["message"]]
        return one


def noted(request: HttpRequest, interview_id: str) -> HttpResponseBase:
    logger.info("in the view")

    def aside() -> None:
        logger.info("in its thread")

    thread = threading.Thread(target=copy_context().run, args=(aside,))
    thread.start()
    thread.join()

    def read() -> Iterator[bytes]:
        logger.info("in a piece")
        yield b"piece"

    return StreamingHttpResponse(read())


def broken(request: HttpRequest) -> HttpResponse:
    raise ValueError(SAID)


def handler404(request: HttpRequest, exception: Exception) -> HttpResponse:
    return HttpResponse(status=404)


urlpatterns = [
    path("noted/<str:interview_id>/", noted),
    path("broken/", broken),
]


async def ask(address: str, method: str = "GET", **headers: str) -> Mapping[str, str]:
    """The reply's headers."""
    got: dict[str, str] = {}
    asked: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    asked.put_nowait({"type": "http.request", "body": b"", "more_body": False})

    async def send(message: Mapping[str, Any]) -> None:
        got.update({name.decode().lower(): value.decode() for name, value in message.get("headers", [])})

    sent = [(b"host", b"localhost"), *((k.replace("_", "-").encode(), v.encode()) for k, v in headers.items())]
    where, _, query = address.partition("?")
    scope = {"type": "http", "method": method, "path": where, "headers": sent, "query_string": query.encode()}
    with override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=[]):
        application: Any = Handler()
        await asyncio.wait_for(WithId(application)(scope, asked.get, send), 10)
    return got
