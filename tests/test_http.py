"""The handler between the server's loop and the views, spoken to as a server does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from threading import current_thread
from typing import Any

import pytest
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.test import Client, override_settings
from django.urls import path

from project.http import Handler
from tests.people import World

closed: list[str] = []


def where(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{current_thread().name} {request.body.decode()}")


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError


def _noted(response: HttpResponseBase) -> HttpResponseBase:
    response._resource_closers.append(lambda: closed.append("closed"))  # type: ignore[attr-defined]  # Django's own
    return response


def pieces(request: HttpRequest) -> HttpResponseBase:
    def read() -> Iterator[bytes]:
        for number in range(3):
            yield f"{current_thread().name[:4]} {number};".encode()

    return _noted(StreamingHttpResponse(read()))


def endless(request: HttpRequest) -> HttpResponseBase:
    async def read() -> AsyncIterator[bytes]:
        yield b"first"
        await asyncio.Event().wait()

    return _noted(StreamingHttpResponse(read()))


urlpatterns = [path(view.__name__, view) for view in (where, broken, pieces, endless)]


async def ask(address: str, body: bytes = b"", leave_after: bytes | None = None) -> tuple[int, bytes]:
    """Status and body. `leave_after`: hang up when this piece has come."""
    received: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    received.put_nowait({"type": "http.request", "body": body, "more_body": False})
    status, content = 0, b""

    async def send(message: Mapping[str, Any]) -> None:
        nonlocal status, content
        status = message.get("status", status)
        content += message.get("body", b"")
        if leave_after is not None and leave_after in content:
            received.put_nowait({"type": "http.disconnect"})

    scope = {"type": "http", "method": "POST" if body else "GET", "path": address, "headers": [(b"host", b"localhost")]}
    with override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=[]):
        handler = Handler()
        await asyncio.wait_for(handler(scope, received.get, send), 10)
    return status, content


@pytest.fixture(autouse=True)
def _nothing_closed() -> None:
    closed.clear()


async def test_a_view_runs_on_a_thread_that_is_kept() -> None:
    status, content = await ask("/where", b"hello")
    assert status == 200
    assert content.startswith(b"http_")
    assert content.endswith(b"hello")


async def test_a_fault_in_a_view_is_a_page() -> None:
    status, content = await ask("/broken")
    assert status == 500
    assert b"Traceback" not in content


async def test_what_is_read_piece_by_piece_is_read_on_those_threads_too() -> None:
    assert await ask("/pieces") == (200, b"http 0;http 1;http 2;")
    assert closed == ["closed"]


async def test_a_reader_who_leaves_ends_the_reading() -> None:
    assert await ask("/endless", leave_after=b"first") == (200, b"first")
    assert closed == ["closed"]


async def test_a_sender_who_leaves_in_the_middle_reaches_no_view() -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: Mapping[str, Any]) -> None:
        raise AssertionError(message)

    await Handler()({"type": "http", "method": "POST", "path": "/where", "headers": []}, receive, send)


def test_a_database_that_fails_while_a_session_is_saved_is_no_fault_of_the_request(
    world: World, client: Client
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TRIGGER away BEFORE UPDATE ON interviews_session BEGIN SELECT * FROM nowhere; END")
    try:
        reply = client.post(f"/interview/{world.interview.pk}/open/", {"token": world.token})
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER away")
    assert reply.status_code == 503
    assert b"The fault is ours" in reply.content
    assert client.post(f"/interview/{world.interview.pk}/open/", {"token": world.token}).status_code == 302
