"""Visitors at work, while what they speak to is replaced."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import httpx

from tests.processes import Site, wait_until
from tests.visitor import Visitor
from tests.wire import OCTETS

PIECE = b"\x1a\x45\xdf\xa3" + b"x" * 30_000
"""Begins like a recording, which is all that is looked at before the end."""


class Load:
    """`failures` are of visitors who try once. `sent` counts the bytes of one whose script tries until it is told,
    `arrived` those that the site has in the end."""

    def __init__(self, site: Site) -> None:
        self.answered, self.slowest = 0, 0.0
        self.failures: list[str] = []
        self._site, self._over = site, threading.Event()
        self.visitor = Visitor(site)
        self.visitor.http.timeout = httpx.Timeout(40)
        self.upload, self.sent, self.arrived = self.visitor.begin(), 0, 0
        self._threads = [threading.Thread(target=self._repeat, args=(one,)) for one in [*[self._look] * 4, self._send]]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()
        self.arrived = self.visitor.offset(self.upload)
        self.visitor.http.close()

    def wait_for(self, answers: int) -> None:
        """So many more."""
        enough = self.answered + answers
        wait_until(lambda: self.answered >= enough, "visitors are answered")

    def _repeat(self, one: Callable[[], None]) -> None:
        while not self._over.is_set():
            one()

    def _look(self) -> None:
        began = time.monotonic()
        try:
            httpx.get(f"{self._site.address}/health/ready", timeout=40).raise_for_status()
        except httpx.HTTPError as error:
            self.failures.append(repr(error))
        self.answered += 1
        self.slowest = max(self.slowest, time.monotonic() - began)

    def _send(self) -> None:
        headers = {**self.visitor.headers, "Content-Type": OCTETS, "Upload-Offset": str(self.sent)}
        try:
            reply = self.visitor.http.patch(self.upload.address, content=PIECE, headers=headers)
        except httpx.TransportError:
            return
        if reply.status_code == httpx.codes.CONFLICT:  # kept, and its answer was lost
            self.sent = self.visitor.offset(self.upload)
        elif reply.status_code < httpx.codes.INTERNAL_SERVER_ERROR:
            reply.raise_for_status()
            self.sent += len(PIECE)
        time.sleep(0.02)
