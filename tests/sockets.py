"""A browser without a screen, and what it hears on its socket."""

from __future__ import annotations

import http.cookiejar
import json
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from typing import Any

from websockets.sync.client import connect
from websockets.sync.connection import Connection
from websockets.typing import Origin

from tests.processes import Site


class Visitor:
    """A browser without a screen: cookies, forms, and a socket."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.jar = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))

    def get(self, path: str) -> str:
        with self._opener.open(self.site.address + path, timeout=40) as reply:
            return str(reply.read().decode())

    def post(self, path: str, page: str, **fields: str) -> str:
        """`page` is where the form stands, and its CSRF token."""
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.get(page))
        assert found
        data = urllib.parse.urlencode({"csrfmiddlewaretoken": found[1], **fields}).encode()
        with self._opener.open(self.site.address + path, data, timeout=40) as reply:
            return str(reply.read().decode())

    def send(self, method: str, path: str, data: bytes = b"", **headers: str) -> Mapping[str, str]:
        """As a script of a page does. The reply's headers."""
        token = next(cookie.value or "" for cookie in self.jar if cookie.name == "csrftoken")
        named = {"X-CSRFToken": token, **{name.replace("_", "-"): value for name, value in headers.items()}}
        request = urllib.request.Request(self.site.address + path, data, named, method=method)
        with self._opener.open(request, timeout=40) as reply:
            return dict(reply.headers)

    def sign_in(self, user: str, password: str) -> None:
        self.post("/hr-dashboard/sign-in/", "/hr-dashboard/sign-in/", username=user, password=password)

    def open_link(self, link: str) -> str:
        """The id of the interview."""
        path, _hash, token = link.partition("#")
        self.post(f"{path}open/", path, token=token)
        return path.rstrip("/").rsplit("/", 1)[-1]

    def socket(self, *, origin: str | None = None) -> Connection:
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.jar)
        headers = {"Cookie": cookies} if cookies else {}
        address = f"ws://127.0.0.1:{self.site.port}/ws/feed/"
        return connect(address, additional_headers=headers, origin=Origin(origin or self.site.address), open_timeout=40)


def ask(socket: Connection, topics: list[str], after: int) -> dict[str, Any]:
    socket.send(json.dumps({"topics": topics, "after": after}))
    return heard(socket)


def heard(socket: Connection, seconds: float = 40) -> dict[str, Any]:
    frame = json.loads(socket.recv(seconds))
    assert isinstance(frame, dict)
    return frame


def where(page: str) -> tuple[list[str], int]:
    found = re.search(r'data-topics="([^"]*)" data-after="(\d+)"', page)
    assert found
    return json.loads(found[1].replace("&quot;", '"')), int(found[2])
