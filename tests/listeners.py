"""Who a site may tell of itself: a Sentry server and an OpenTelemetry collector, that keep what they are sent."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from typing import Any, ClassVar

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.serving import Quiet, Serving


class Listener(Serving):
    """`heard`: the body of each request, unpacked, by its path."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, bytes]] = []
        super().__init__(type("Handler", (_Handler,), {"listener": self}))

    def text(self) -> str:
        return "\n".join(f"{path} {body.decode('utf-8', 'replace')}" for path, body in self.heard)


class FakeSentry(Listener):
    @property
    def dsn(self) -> str:
        return f"http://public@{self.place}/1"

    def events(self) -> list[dict[str, Any]]:
        """An envelope is a line of headers, then of each item a line of headers and its content."""
        return [event for _path, body in list(self.heard) for event in _events(body)]


def _events(envelope: bytes) -> Iterator[dict[str, Any]]:
    _head, *rest = envelope.split(b"\n")
    for head, content in zip(rest[::2], rest[1::2], strict=False):
        if head and json.loads(head)["type"] == "event":
            yield json.loads(content)


class FakeCollector(Listener):
    @property
    def endpoint(self) -> str:
        return f"http://{self.place}"

    def spans(self) -> list[dict[str, Any]]:
        """Name, attributes, and the name of its parent, of each."""
        found = [
            span
            for _path, body in list(self.heard)
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]
        names = {span.span_id: span.name for span in found}
        return [
            {
                "name": span.name,
                "within": names.get(span.parent_span_id, ""),
                "status": span.status.message,
                **{it.key: it.value.string_value or it.value.int_value for it in span.attributes},
            }
            for span in found
        ]


class _Handler(Quiet):
    protocol_version = "HTTP/1.1"
    listener: ClassVar[Listener]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        self.listener.heard.append((self.path, body))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")
