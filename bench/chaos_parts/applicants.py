"""Who uses the site meanwhile: each opens the link, agrees, sends three recordings in slices, and submits.

By the protocol of the recorder's page: what fails is asked again at the other web process, after a HEAD where it was a
slice. What was answered with success counts as acknowledged.
"""

from __future__ import annotations

import base64
import hashlib
import http.client
import io
import json
import random
import secrets
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock, Thread

import av

from tests.processes import ROOT

SECONDS = 2.0
SLICE_BYTES = 16 * 1024
REPLY_WITHIN_SECONDS = 45.0
AT_ONCE = 24
DEMO = sorted((ROOT / "interviews" / "demo").glob("*/*.webm"))
CSRF = secrets.token_hex(16)


@dataclass(frozen=True)
class Recording:
    """A recording of the demo, and where in it one packet of sound lies whose bytes may be any."""

    data: bytes
    at: int

    def distinct(self) -> bytes:
        """The same recording, but for a crackle of its own: who pays twice is told by the sound."""
        return self.data[: self.at] + uuid.uuid4().bytes + self.data[self.at + 16 :]


def read(path: Path) -> Recording:
    """Its first seconds: to make all of it ready to play, a thousand times, two cores need a quarter of an hour."""
    file = io.BytesIO()
    with av.open(path) as whole, av.open(file, "w", format="webm") as short:
        streams = {stream.index: short.add_stream_from_template(stream) for stream in whole.streams}
        for packet in whole.demux():
            if packet.pts is not None and packet.pts * packet.time_base < SECONDS:
                packet.stream = streams[packet.stream_index]
                short.mux(packet)
    data = file.getvalue()
    with av.open(io.BytesIO(data), "r") as container:
        loudest = max((bytes(packet) for packet in container.demux(audio=0)), key=len)
    # Not the first bytes, which tell Opus how to read the rest.
    return Recording(data, data.index(loudest) + 8)


@dataclass
class Acknowledged:
    """What applicants were told is safe."""

    takes: dict[str, str] = field(default_factory=dict)  # sha256 by id
    submitted: list[str] = field(default_factory=list)
    retries: int = 0
    problems: list[str] = field(default_factory=list)


class Refused(Exception):
    """The site said no, or nothing, for good."""


class Stopped(Exception):
    """The run is over."""


class Applicants:
    """All of them, `AT_ONCE` at a time, beginning evenly over `seconds`."""

    def __init__(
        self, ports: Sequence[int], invitations: Sequence[tuple[str, str]], questions: Sequence[int], seconds: float
    ) -> None:
        self.ports, self.questions = ports, questions
        self.told = Acknowledged()
        self.over = Event()
        self.lock = Lock()
        self.recordings = [read(path) for path in DEMO]
        self._began = time.monotonic()
        self._to_come = [
            (self._began + seconds * number / len(invitations), *invitation)
            for number, invitation in enumerate(invitations)
        ]
        self._to_come.reverse()
        self._threads = [Thread(target=self._one_after_the_other, daemon=True) for _ in range(AT_ONCE)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    @property
    def is_done(self) -> bool:
        return not any(thread.is_alive() for thread in self._threads)

    def _one_after_the_other(self) -> None:
        while True:
            with self.lock:
                if not self._to_come:
                    return
                at, interview, token = self._to_come.pop()
            try:
                if self.over.wait(max(0.0, at - time.monotonic())):
                    return
                _Applicant(self, interview, token).take_part()
            except Stopped:
                return
            except Exception as error:  # noqa: BLE001 - told at the end: an interview that did not get through
                with self.lock:
                    self.told.problems.append(f"{interview}: {type(error).__name__} {error}")


@dataclass
class Reply:
    status: int
    headers: http.client.HTTPMessage
    body: bytes


class _Applicant:
    def __init__(self, all_of_them: Applicants, interview: str, token: str) -> None:
        self._all, self._interview, self._token = all_of_them, interview, token
        self._address = f"/interview/{interview}/"
        self._cookies = {"csrftoken": CSRF}
        self._ports = random.sample(list(all_of_them.ports), len(all_of_them.ports))
        self._line: http.client.HTTPConnection | None = None

    def take_part(self) -> None:
        self._form("open/", token=self._token)
        self._form("consent/", agree="on", ai="yes")
        for question in self._all.questions:
            self._record(question, random.choice(self._all.recordings).distinct())
        self._form("submit/")
        page = self._persist("GET", self._address, {})
        if b'id="progress"' not in page.body:
            raise Refused("the page after the submit is no receipt")
        with self._all.lock:
            self._all.told.submitted.append(self._interview)
        self._hang_up()

    def _record(self, question: int, recording: bytes) -> None:
        names = {"question": str(question), "filetype": "video/webm"}
        metadata = ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in names.items())
        begin = {"Upload-Metadata": metadata, "Upload-Defer-Length": "1"}
        made = self._must(201, "POST", f"{self._address}uploads/", begin)
        told, upload = json.loads(made.body), made.headers["Location"]
        offset = 0
        pieces = []
        while offset < len(recording):
            piece = recording[offset : offset + SLICE_BYTES]
            before, offset = offset, self._send(upload, offset, piece)
            if offset > before:
                pieces.append(hashlib.sha256(piece).digest())
        digest = hashlib.sha256(b"".join(pieces)).hexdigest()
        body = json.dumps({"segments": [{"segment": told["segment"], "length": len(recording), "digest": digest}]})
        finished = self._must(200, "POST", told["finish"], {"Content-Type": "application/json"}, body.encode())
        stored = json.loads(finished.body)
        with self._all.lock:
            self._all.told.takes[stored["take"]] = stored["sha256"]

    def _send(self, upload: str, offset: int, piece: bytes) -> int:
        """The offset after it, as the server has it."""
        headers = {
            "Upload-Offset": str(offset),
            "Upload-Checksum": f"sha256 {base64.b64encode(hashlib.sha256(piece).digest()).decode()}",
            "Content-Type": "application/offset+octet-stream",
        }
        reply = self._try("PATCH", upload, headers, piece)
        if reply is None:
            self._pause(0)
            reply = self._must(200, "HEAD", upload, {})
        elif reply.status not in (204, 409):
            raise Refused(f"a slice was answered with {reply.status} {reply.body[:200]!r}")
        return int(reply.headers["Upload-Offset"])

    def _form(self, action: str, **fields: str) -> None:
        body = "&".join(f"{name}={value}" for name, value in fields.items()).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        self._must(302, "POST", self._address + action, headers, body)

    def _must(self, status: int, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> Reply:
        reply = self._persist(method, path, headers, body)
        if reply.status != status:
            raise Refused(f"{method} {path} was answered with {reply.status} {reply.body[:200]!r}")
        return reply

    def _persist(self, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> Reply:
        tries = 0
        while True:
            reply = self._try(method, path, headers, body)
            if reply is not None:
                return reply
            self._pause(tries)
            tries += 1

    def _try(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Reply | None:
        """None where it may go better the next time."""
        if self._all.over.is_set():
            raise Stopped
        try:
            if self._line is None:
                self._line = http.client.HTTPConnection("127.0.0.1", self._ports[0], timeout=REPLY_WITHIN_SECONDS)
            self._line.request(method, path, body, {**self._standing(), **headers})
            response = self._line.getresponse()
            reply = Reply(response.status, response.headers, response.read())
        except (OSError, http.client.HTTPException):
            self._hang_up()
            return None
        for cookie in response.headers.get_all("Set-Cookie", ()):
            name, _equals, value = cookie.partition(";")[0].partition("=")
            self._cookies[name] = value
        if reply.status >= 500 or reply.status in (408, 429, 460):
            self._hang_up()
            return None
        return reply

    def _standing(self) -> dict[str, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        return {"Cookie": cookies, "X-CSRFToken": CSRF, "Tus-Resumable": "1.0.0"}

    def _pause(self, tries: int) -> None:
        with self._all.lock:
            self._all.told.retries += 1
        self._ports.reverse()
        self._all.over.wait(random.uniform(0, min(4.0, 0.25 * 2**tries)))

    def _hang_up(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None
