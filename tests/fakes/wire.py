"""What both stand-ins share: a server on a free port, what it has seen, and what it was told to do next."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from http.server import BaseHTTPRequestHandler
from types import TracebackType
from typing import Any, ClassVar

from tests.serving import Quiet, Serving

CONTROL = "/__control__"
HTML = b"<html><body><h1>502 Bad Gateway</h1></body></html>"


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What to do with one request. As JSON over the control address: the same names.

    kind: "ok"; "slow" (`seconds` late); "hang" (silent for `seconds`); "status" (`status`, `retry_after`,
    `body`); "html" (a 200 that is a web page); "drop" (no reply at all); "cut" (half a reply); "bad_json";
    "foreign_json"; "empty". Gemini also: "blocked", "safety", "max_tokens", "recitation",
    "error_midstream", "leave_one_out", "invent" (a quote nobody said), "malformed" (a level 6 in the first
    element), "canary" (a level for it in the last), "reply" (`body` as the model's words).
    """

    kind: str = "ok"
    seconds: float = 0.0
    status: int = 500
    retry_after: str | None = None
    body: str | None = None


@dataclass(frozen=True, slots=True)
class Request:
    path: str
    headers: Mapping[str, str]  # names in lower case
    size: int
    digest: str  # sha256 of what was asked, in hexadecimal


class Steps(threading.Event):
    """In the place of `Fake.stopping`: each streamed reply goes on for as many pieces as are allowed, by no clock."""

    def __init__(self) -> None:
        super().__init__()
        self._allowed, self._changed, self._reply = 0, threading.Condition(), threading.local()

    def allow(self, pieces: int) -> None:
        with self._changed:
            self._allowed = pieces
            self._changed.notify_all()

    def wait(self, timeout: float | None = None) -> bool:
        self._reply.pieces = number = getattr(self._reply, "pieces", 0) + 1
        with self._changed:
            self._changed.wait_for(lambda: number <= self._allowed or self.is_set())
        return self.is_set()

    def set(self) -> None:
        super().set()
        self.allow(self._allowed)


class Fake(Serving):
    """`key`: when given, every other key is refused with a 401. `port` 0: any free one."""

    about: ClassVar[dict[str, Any]] = {}  # the reply to a GET

    def __init__(self, *, port: int = 0, key: str | None = None) -> None:
        self.key = key
        self.default = Behaviour()
        self.requests: list[Request] = []
        self.stopping = threading.Event()
        self._lock = threading.Lock()
        self._queue: deque[Behaviour] = deque()
        super().__init__(type("Handler", (_Handler,), {"fake": self}), port)

    @property
    def base_url(self) -> str:
        return f"http://{self.place}"

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stopping.set()
        super().__exit__(kind, error, trace)

    def next(self, *behaviours: Behaviour) -> None:
        """For the requests to come, one each, before the default applies again."""
        with self._lock:
            self._queue.extend(behaviours)

    @property
    def seen(self) -> Counter[str]:
        """How often each question was asked, by digest."""
        with self._lock:
            return Counter(request.digest for request in self.requests)

    def digest(self, body: bytes) -> str:
        return hashlib.sha256(body).hexdigest()

    def reply(self, wire: Wire, body: bytes, behaviour: Behaviour) -> None:
        raise NotImplementedError

    def authorised(self, headers: Mapping[str, str]) -> bool:
        raise NotImplementedError

    def refusal(self, behaviour: Behaviour) -> bytes:
        """The body of an error, as this provider writes them."""
        raise NotImplementedError

    def control(self, order: dict[str, Any]) -> dict[str, Any]:
        """{"reset": true, "default": {...}, "queue": [{...}]}, all optional; answers what was seen so far."""
        with self._lock:
            if order.get("reset"):
                self.requests.clear()
                self._queue.clear()
                self.default = Behaviour()
            if "default" in order:
                self.default = Behaviour(**order["default"])
            self._queue.extend(Behaviour(**each) for each in order.get("queue", ()))
            return {
                "requests": len(self.requests),
                "seen": Counter(request.digest for request in self.requests),
                "default": asdict(self.default),
                "queued": len(self._queue),
            }

    def take(self, request: Request) -> Behaviour:
        with self._lock:
            self.requests.append(request)
            if self.key is not None and not self.authorised(request.headers):
                return Behaviour("status", status=401)
            return self._queue.popleft() if self._queue else self.default


class Wire:
    """One reply in the making."""

    def __init__(self, handler: BaseHTTPRequestHandler, path: str) -> None:
        self._handler = handler
        self.path = path

    def whole(self, status: int, body: bytes, content_type: str, headers: Mapping[str, str] | None = None) -> None:
        self._start(status, content_type, {"Content-Length": str(len(body)), **(headers or {})})
        self._handler.wfile.write(body)

    def half(self, body: bytes, content_type: str) -> None:
        """Announces all of it and hangs up in the middle."""
        self._start(200, content_type, {"Content-Length": str(len(body))})
        self._handler.wfile.write(body[: len(body) // 2])
        self.hang_up()

    def start_stream(self, content_type: str) -> None:
        self._start(200, content_type, {"Transfer-Encoding": "chunked"})

    def piece(self, data: bytes) -> None:
        self._handler.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))

    def end_stream(self) -> None:
        self._handler.wfile.write(b"0\r\n\r\n")

    def hang_up(self) -> None:
        self._handler.close_connection = True

    def _start(self, status: int, content_type: str, headers: Mapping[str, str]) -> None:
        self._handler.send_response(status)
        self._handler.send_header("Content-Type", content_type)
        for name, value in headers.items():
            self._handler.send_header(name, value)
        self._handler.end_headers()


class _Handler(Quiet):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    fake: ClassVar[Fake]

    def do_POST(self) -> None:
        body = self._body()
        wire = Wire(self, self.path)
        if self.path == CONTROL:
            answer = self.fake.control(json.loads(body or b"{}"))
            return wire.whole(200, json.dumps(answer).encode(), "application/json")
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.path, headers, len(body), self.fake.digest(body))
        behaviour = self.fake.take(request)
        if behaviour.kind in ("hang", "slow"):
            self.fake.stopping.wait(behaviour.seconds or 60)
        match behaviour.kind:
            case "hang" | "drop":
                self.close_connection = True
            case "html":
                wire.whole(200, HTML, "text/html")
            case "status":
                after = {"Retry-After": behaviour.retry_after} if behaviour.retry_after else {}
                page = behaviour.status == 502
                text = HTML if page else (behaviour.body or "").encode() or self.fake.refusal(behaviour)
                wire.whole(behaviour.status, text, "text/html" if page else "application/json", after)
            case _:
                self.fake.reply(wire, body, behaviour)
        return None

    def do_GET(self) -> None:
        """What a client asks to learn whether its key is accepted. Not counted: it is not paid for."""
        headers = {name.lower(): value for name, value in self.headers.items()}
        wire = Wire(self, self.path)
        if self.fake.key is None or self.fake.authorised(headers):
            wire.whole(200, json.dumps(self.fake.about).encode(), "application/json")
        else:
            wire.whole(401, self.fake.refusal(Behaviour("status", status=401)), "application/json")

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = bytearray()
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return bytes(body)
