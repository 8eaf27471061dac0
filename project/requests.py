"""What is told of each request: its id, and a line of the log when it was answered."""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Awaitable, Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.urls import ResolverMatch

from interviews.spans import Span, about, ids
from project.lines import route_of
from project.metrics import request_seconds, responses

logger = logging.getLogger(__name__)

HEADER = "X-Request-ID"
WELL_FORMED = re.compile(rb"[A-Za-z0-9._-]{8,64}")
QUIET = ("/health/", "/metrics", settings.STATIC_URL)
"""What asks every few seconds, or comes by the dozen with each page."""

Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]
Application = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]


class Broken(Exception):
    """Says nothing but that. What it was is in the log; a server would print it with all its words."""


class WithId:
    """An application in which each request, and each socket, has an id; and that fails without words."""

    def __init__(self, inner: Application) -> None:
        self.inner = inner

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        with about(request=_id(scope["headers"])):
            try:
                await self.inner(scope, receive, send)
            except Exception:
                logger.exception("a connection (%s) was ended by a fault of ours", scope["type"])
                raise Broken("the line before this one says what it was") from None


def _id(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """As the proxy before us says, so that its log and ours can be laid side by side; or a new one."""
    asked = next((value for name, value in headers if name == b"x-request-id"), b"")
    return asked.decode() if WELL_FORMED.fullmatch(asked) else uuid.uuid4().hex


def _view(path: str, match: ResolverMatch | None) -> str:
    """Its name; those that only lead on have none."""
    if match is None:
        return "static" if path.startswith(settings.STATIC_URL) else "none"
    return match.view_name or "unnamed"


def tell(scope: Mapping[str, Any], request: HttpRequest | None, response: HttpResponseBase, span: Span) -> None:
    match = request.resolver_match if request is not None else None
    route, view = route_of(match), _view(scope["path"], match)
    known = ids().get("request")
    is_file = view == "static" and response.status_code < HTTPStatus.BAD_REQUEST
    if known is not None and not is_file:  # forty come with an applicant's first page, over a slow line
        response[HEADER] = known
    request_seconds.labels(view).observe(span.seconds)
    responses.labels(view, response.status_code).inc()
    span.name = f"{scope['method']} {route}"
    span.facts |= {
        "http.request.method": scope["method"],
        "http.route": route,
        "http.response.status_code": response.status_code,
    }
    level = logging.DEBUG if scope["path"].startswith(QUIET) else logging.INFO
    said = {"method": scope["method"], "view": view, "status": response.status_code, "ms": round(1000 * span.seconds)}
    logger.log(level, "%(method)s %(view)s %(status)s in %(ms)s ms", said, extra=said)
