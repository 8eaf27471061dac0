"""How HTTP reaches Django: one hop, to one of a few threads that are kept, for the whole request.

Django's own handler crosses between the event loop and a thread for each middleware, there and back, on a thread that
is made for the request. Our views are synchronous, so they run as under WSGI; docs/architecture.md has the figures.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import IO, Any, Self, cast

from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.core.handlers.base import BaseHandler
from django.core.signals import request_started
from django.db import close_old_connections
from django.http import FileResponse, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.urls import ResolverMatch, set_script_prefix

from interviews.spans import found, span
from project.requests import tell

THREADS = 4
"""Two to eight measured alike, since they share one core; with few, the ends of long uploads would hold up the rest."""

Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]


class InFile(bytes):
    """The empty body of a message of ASGI; what was sent lies in `file`, which its reader closes. See bodies.py."""

    file: IO[bytes]

    def __new__(cls, file: IO[bytes]) -> Self:
        made = super().__new__(cls)
        made.file = file
        return made


class Handler(ASGIHandler):
    def __init__(self) -> None:
        BaseHandler.__init__(self)
        self.load_middleware(is_async=False)
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="http")

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        response = await self._in_thread(self._answer, scope, body)
        if isinstance(response, StreamingHttpResponse):
            await self._stream(response, receive, send)
        else:
            await self.send_response(response, send)

    async def read_body(self, receive: Receive) -> IO[bytes]:
        first = await receive()
        if isinstance(first.get("body"), InFile):
            return cast("InFile", first["body"]).file
        unread = [first]

        async def receive_rest() -> Mapping[str, Any]:
            return unread.pop() if unread else await receive()

        return await super().read_body(receive_rest)

    def _in_thread(self, function: Callable[..., Any], *arguments: object) -> asyncio.Future[Any]:
        return asyncio.get_running_loop().run_in_executor(self._threads, copy_context().run, function, *arguments)

    def _answer(self, scope: dict[str, Any], body: IO[bytes]) -> HttpResponseBase:
        set_script_prefix(get_script_prefix(scope))
        request_started.send(sender=type(self), scope=scope)
        request, refused = self.create_request(scope, body)
        with span("request") as measured:
            response = self.get_response(request) if request is not None else refused
            assert response is not None  # noqa: S101 - one of the two is
            tell(scope, request, response, measured)
        if isinstance(response, StreamingHttpResponse):
            close_old_connections()  # what is left to send needs none
        else:
            response.close()  # gives the database connection back; the content stays
            body.close()
        return response

    def resolve_request(self, request: HttpRequest) -> ResolverMatch:
        match = super().resolve_request(request)
        if "interview_id" in match.kwargs:
            found(interview=match.kwargs["interview_id"])
        return match

    async def _stream(self, response: StreamingHttpResponse, receive: Receive, send: Send) -> None:
        """Until all is sent, or the reader has left."""
        if isinstance(response, FileResponse):
            response.block_size = self.chunk_size
        if not response.is_async:
            response.streaming_content = self._read(iter(cast("Iterator[bytes]", response.streaming_content)))
        sending = asyncio.ensure_future(self.send_response(response, send))
        leaving = asyncio.ensure_future(receive())
        try:
            await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ended = sending.done()
            sending.cancel()
            leaving.cancel()
            await asyncio.gather(sending, leaving, return_exceptions=True)
            await self._in_thread(response.close)
        if ended:
            sending.result()

    async def _read(self, parts: Iterator[bytes]) -> AsyncIterator[bytes]:
        while (part := await self._in_thread(next, parts, None)) is not None:
            yield part
