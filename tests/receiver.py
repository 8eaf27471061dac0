"""A machine that is told of what happens: a real HTTP server on a port of its own, which can be told to refuse."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import ClassVar

from tests.serving import Quiet, Serving


@dataclass(frozen=True, slots=True)
class Told:
    path: str
    headers: dict[str, str]
    body: bytes


class Receiver(Serving):
    """`answers` gives status and headers for the message of this number, counted from 1; `first` runs before."""

    def __init__(
        self,
        answers: Callable[[int], tuple[int, dict[str, str]]] = lambda number: (204, {}),
        first: Callable[[BaseHTTPRequestHandler], object] = lambda handler: None,
    ) -> None:
        self.answers, self.first = answers, first
        self.told: list[Told] = []
        super().__init__(type("Handler", (_Handler,), {"receiver": self}))

    @property
    def url(self) -> str:
        return f"http://{self.place}/hooks?from=greenroom"


class _Handler(Quiet):
    receiver: ClassVar[Receiver]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.receiver.told.append(Told(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
        self.receiver.first(self)
        status, headers = self.receiver.answers(len(self.receiver.told))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def do_GET(self) -> None:
        self.receiver.told.append(Told(self.path, {}, b""))
        self.send_response(204)
        self.end_headers()
