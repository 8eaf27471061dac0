"""Bodies of requests under the real server: large ones, endless ones, slow ones, and those whose line breaks."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import socket
from collections.abc import AsyncIterator, Iterator
from os import SEEK_END
from typing import Any

import pytest
from daphne.http_protocol import HTTPFactory
from daphne.server import Server  # first: it installs the asyncio reactor
from django.conf import settings
from pytest_django import Settings
from twisted.internet.error import ConnectionDone
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from project import bodies
from project.http import InFile
from tests.processes import Site, wait_until
from tests.visitor import Visitor
from tests.wire import OCTETS, checksum

MIB = 1024 * 1024
MOST = 6 * MIB


@pytest.fixture(scope="module")
def visitor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    with Site(tmp_path_factory.mktemp("bodies") / "site", MAX_TAKE_MB="6") as site:
        visitor = Visitor(site)
        yield visitor
        visitor.http.close()


@pytest.fixture(scope="module")
def recording() -> bytes:
    """Begins like one, which is all that is looked at before the end."""
    return b"\x1a\x45\xdf\xa3" + hashlib.shake_256(b"noise").digest(MOST - 4)


def _refusal(line: socket.socket) -> tuple[int, str]:
    reply = b""
    while data := line.recv(65536):
        reply += data
    head, _empty, body = reply.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body)["error"]


def test_a_whole_recording_in_one_request(visitor: Visitor, recording: bytes) -> None:
    """As a tus client sends it that was not told otherwise."""
    upload = visitor.begin()
    headers = {**visitor.headers, "Content-Type": OCTETS, "Upload-Offset": "0", "Upload-Checksum": checksum(recording)}
    sent = visitor.http.patch(upload.address, content=recording, headers=headers)
    assert (sent.status_code, sent.headers["Upload-Offset"]) == (204, str(MOST))


def test_what_came_before_the_line_broke_is_kept(visitor: Visitor, recording: bytes) -> None:
    upload = visitor.begin()
    with visitor.line(
        "PATCH", upload.address, Content_Type=OCTETS, Content_Length=str(MOST), Upload_Offset="0"
    ) as line:
        line.sendall(recording[: 3 * MIB])
    wait_until(lambda: visitor.offset(upload) > 0, "the server keeps what came")
    kept = visitor.offset(upload)
    assert kept <= 3 * MIB
    headers = {**visitor.headers, "Content-Type": OCTETS, "Upload-Offset": str(kept)}
    rest = visitor.http.patch(upload.address, content=recording[kept:], headers=headers)
    assert rest.headers["Upload-Offset"] == str(MOST)
    digest = hashlib.sha256(hashlib.sha256(recording[:kept]).digest() + hashlib.sha256(recording[kept:]).digest())
    segment = upload.address.rstrip("/").rpartition("/")[2]
    ends = {"segments": [{"segment": segment, "length": MOST, "digest": digest.hexdigest()}]}
    ended = visitor.http.post(f"{visitor.interview}takes/{upload.take}/finish/", json=ends, headers=visitor.headers)
    assert ended.json()["error"] == "not_a_recording"  # which is found last: offsets and digests were right


def test_a_piece_with_a_checksum_is_kept_whole_or_not_at_all(visitor: Visitor, recording: bytes) -> None:
    upload, other = visitor.begin(), visitor.begin(1)
    head = {"Content_Type": OCTETS, "Content_Length": str(MOST), "Upload_Offset": "0"}
    with visitor.line("PATCH", upload.address, **head, Upload_Checksum=checksum(recording)) as line:
        line.sendall(recording[: 3 * MIB])
    with visitor.line("PATCH", other.address, **head) as line:  # broken off later, and without one
        line.sendall(recording[: 3 * MIB])
    wait_until(lambda: visitor.offset(other) > 0, "the server keeps what came")
    assert visitor.offset(upload) == 0


@pytest.mark.parametrize("length", [MOST + 1, 10**15])
def test_what_is_too_large_is_refused_before_it_is_sent(visitor: Visitor, length: int) -> None:
    upload = visitor.begin()
    headers = {"Content_Type": OCTETS, "Content_Length": str(length), "Upload_Offset": "0"}
    with visitor.line("PATCH", upload.address, **headers) as line:
        assert _refusal(line) == (413, "too_large")


@pytest.mark.parametrize(("method", "kind"), [("PATCH", OCTETS), ("POST", "text/csv")])
def test_what_has_no_end_is_cut(visitor: Visitor, method: str, kind: str) -> None:
    sent = 0
    with visitor.line(method, "/any/", Content_Type=kind, Transfer_Encoding="chunked") as line:
        try:
            while sent < 100 * MIB:
                line.sendall(b"10000\r\n" + bytes(65536) + b"\r\n")
                sent += 65536
        except ConnectionError:
            pass
    assert sent < MOST + 20 * MIB  # what the two systems hold on the way


def test_forms_are_still_read(visitor: Visitor) -> None:
    files = {"file": ("rows.csv", b"name,email\n" * 30_000)}
    page = visitor.http.post("/hr-dashboard/sign-in/", data={"username": "hr", "password": "?"}, files=files)
    assert page.status_code == 200, page.text
    assert 'value="hr"' in page.text


class TestSlowness:
    """The clock is ours here; Daphne's request and Twisted's channel are not."""

    HEAD = b"POST /any/ HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\nContent-Length: 900000\r\n\r\n"

    @pytest.fixture
    def line(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Any, Any, list[float]]]:
        clock = [0.0]
        monkeypatch.setattr(bodies, "monotonic", lambda: clock[0])
        server = Server(object(), endpoints=["tcp:0"])
        server.connections = {}
        channel = HTTPFactory(server).buildProtocol(None)
        channel.requestFactory = bodies.BoundedRequest
        channel.callLater = lambda *_: None
        transport = StringTransport()  # type: ignore[no-untyped-call]  # Twisted's
        channel.makeConnection(transport)
        channel.dataReceived(self.HEAD)
        yield transport, channel, clock
        channel.connectionLost(Failure(ConnectionDone()))  # type: ignore[no-untyped-call]  # Twisted's

    def test_a_trickle_is_cut(self, line: tuple[Any, Any, list[float]]) -> None:
        transport, channel, clock = line
        for second in range(32):
            clock[0] = float(second)
            channel.dataReceived(b"x")
            assert transport.disconnecting == (second > 30)
        assert transport.value().startswith(b"HTTP/1.1 408")

    def test_a_slow_line_is_not(self, line: tuple[Any, Any, list[float]]) -> None:
        transport, channel, clock = line
        for second in range(0, 600, 5):
            clock[0] = float(second)
            channel.dataReceived(bytes(6000))
        assert not transport.disconnecting

    def test_a_full_disk_is_not_filled_by_what_nobody_has_looked_at(
        self, line: tuple[Any, Any, list[float]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        transport, channel, _clock = line
        monkeypatch.setattr(settings, "MIN_FREE_DISK_BYTES", 2**62)
        channel.dataReceived(b"x")
        assert transport.value().startswith(b"HTTP/1.1 507")


class TestOneAnswer:
    """Under Daphne's server, with an application that answers whatever it is asked; the clock and the line are ours."""

    PIECE = 200_000

    @pytest.fixture
    async def asked(self) -> AsyncIterator[list[int]]:
        """How many bytes each request had that the application was asked about."""
        asked: list[int] = []

        async def application(scope: Any, receive: Any, send: Any) -> None:
            body = (await receive())["body"]
            asked.append(body.file.seek(0, SEEK_END) if isinstance(body, InFile) else len(body))
            await send({"type": "http.response.start", "status": 204, "headers": []})
            await send({"type": "http.response.body", "body": b""})

        server = Server(application, endpoints=["tcp:0"])
        server.connections = {}
        self.channel = HTTPFactory(server).buildProtocol(None)
        self.channel.requestFactory = bodies.BoundedRequest
        self.channel.callLater = lambda *_: None
        self.transport: Any = StringTransport()  # type: ignore[no-untyped-call]  # Twisted's
        self.channel.makeConnection(self.transport)
        yield asked
        await self._lose_the_line()

    async def _send(self, data: bytes) -> None:
        self.channel.dataReceived(data)
        await self._all_is_done()

    async def _lose_the_line(self) -> None:
        self.channel.connectionLost(Failure(ConnectionDone()))  # type: ignore[no-untyped-call]  # Twisted's
        await self._all_is_done()

    async def _all_is_done(self) -> None:
        """What follows takes a few turns of the loop, and no time."""
        for _ in range(100):
            await asyncio.sleep(0)

    def _answers(self) -> list[bytes]:
        return re.findall(rb"HTTP/1\.1 ([0-9]+) ", self.transport.value())

    async def _is_too_slow(self, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
        """And has all of its body in the end."""
        monkeypatch.setattr(bodies, "monotonic", lambda: 0.0)
        head = f"PATCH /any/ HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\nContent-Length: {self.PIECE}\r\n\r\n"
        await self._send(head.encode())
        monkeypatch.setattr(bodies, "monotonic", lambda: 1000.0)
        await self._send(bytes(self.PIECE))

    async def test_a_piece_that_was_too_slow_and_came_whole_is_kept_once_its_line_is_gone(
        self, asked: list[int], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await self._is_too_slow(monkeypatch, OCTETS)
        assert (self._answers(), asked) == ([b"408"], [])
        await self._lose_the_line()
        assert (self._answers(), asked) == ([b"408"], [self.PIECE])

    async def test_what_is_no_piece_is_not_handed_over_after_its_refusal(
        self, asked: list[int], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await self._is_too_slow(monkeypatch, "text/csv")
        await self._lose_the_line()
        assert (self._answers(), asked) == ([b"408"], [])

    async def test_chunks_that_come_together_are_refused_once(
        self, asked: list[int], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(bodies, "monotonic", lambda: 0.0)
        head = f"PATCH /any/ HTTP/1.1\r\nHost: x\r\nContent-Type: {OCTETS}\r\nTransfer-Encoding: chunked\r\n\r\n"
        await self._send(head.encode())
        monkeypatch.setattr(bodies, "monotonic", lambda: 1000.0)
        await self._send(b"1\r\nx\r\n" * 3)
        assert self._answers() == [b"408"]

    @pytest.mark.parametrize(("limit", "status"), [("MAX_TAKE_BYTES", b"413"), ("MIN_FREE_DISK_BYTES", b"507")])
    async def test_what_is_refused_for_good_is_never_asked_about_as_if_it_were_whole(
        self, asked: list[int], settings: Settings, limit: str, status: bytes
    ) -> None:
        setattr(settings, limit, 1000 if limit == "MAX_TAKE_BYTES" else 2**62)
        head = f"PATCH /any/ HTTP/1.1\r\nHost: x\r\nContent-Type: {OCTETS}\r\nTransfer-Encoding: chunked\r\n\r\n"
        await self._send(head.encode() + b"1f4\r\n" + bytes(500) + b"\r\n400\r\n" + bytes(1024) + b"\r\n0\r\n\r\n")
        await self._lose_the_line()
        assert (self._answers(), asked) == ([status], [])

    async def test_what_breaks_off_is_handed_over_as_far_as_it_came(self, asked: list[int]) -> None:
        head = f"PATCH /any/ HTTP/1.1\r\nHost: x\r\nContent-Type: {OCTETS}\r\nContent-Length: {self.PIECE}\r\n\r\n"
        await self._send(head.encode() + bytes(1000))
        await self._lose_the_line()
        assert (self._answers(), asked) == ([], [1000])

    async def test_what_comes_whole_is_answered_by_the_application(self, asked: list[int]) -> None:
        await self._send(b"POST /any/ HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nwhole")
        assert (self._answers(), asked) == ([b"204"], [5])
