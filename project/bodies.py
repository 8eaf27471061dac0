"""How a request's body waits for its view: bounded in size and time, and never large in memory; how a reply breaks off.

Daphne asks the application only once a body is there, and then puts all of it into a queue in memory. So the bounds
stand where Twisted receives it, before anybody knows who sends it; and a large body is handed over as the file in which
it lies. What has come of a piece of a recording when the line breaks is handed over, too, unless its checksum, which is
that of the whole piece, forbids it: a tus client that sends all at once would never arrive otherwise.
"""

from __future__ import annotations

import json
import shutil
from tempfile import TemporaryFile
from time import monotonic
from typing import ClassVar

from daphne.http_protocol import WebRequest
from django.conf import settings
from django.utils.translation import gettext as _
from twisted.python.failure import Failure

from project.http import InFile

RECORDING = b"application/offset+octet-stream"
IN_MEMORY_AT_MOST = 100_000
PATIENCE_SECONDS = 30.0
SLOWEST_BYTES_PER_SECOND = 1024.0


class _Large:
    """A body on disk. Whoever reads it is given the file, and closes it."""

    def __init__(self) -> None:
        folder = settings.DATA_DIR / "incoming"
        folder.mkdir(parents=True, exist_ok=True)
        self._file = TemporaryFile(dir=folder)  # noqa: SIM115 - it outlives this; it has no name to be left behind
        self._is_handed_over = False

    def write(self, data: bytes) -> int:
        return self._file.write(data)

    def tell(self) -> int:
        return self._file.tell()

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def read(self, _size: int = -1) -> bytes:
        self._file.seek(0)
        self._is_handed_over = True
        return InFile(self._file)

    @property
    def closed(self) -> bool:
        return self._file.closed

    def close(self) -> None:
        if not self._is_handed_over:
            self._file.close()


class BoundedRequest(WebRequest):  # type: ignore[misc] # Daphne has no types
    """`under_way`: those that have begun and are not answered. `is_last`: none may follow on its connection.

    Who is refused here is answered here, and nowhere else: the application is asked once their line is gone, and only
    to keep what has come.
    """

    under_way: ClassVar[set[BoundedRequest]] = set()
    is_last: ClassVar[bool] = False
    _is_refused = False
    _whole: tuple[bytes, bytes, bytes] | None = None
    """Method, target and version, where all of the body came after all."""

    def gotLength(self, length: int | None) -> None:
        if not self.requestHeaders.hasHeader(b"Upgrade"):  # that becomes a socket, and ends as one
            self.under_way.add(self)
        self.channel.has_asked = True  # draining.py looks
        if self.is_last:
            self.channel.persistent = False
            self.responseHeaders.setRawHeaders(b"Connection", [b"close"])
        is_large = length is None or length > IN_MEMORY_AT_MOST
        super().gotLength(0 if is_large else length)
        if is_large:
            self.content = _Large()
        self._parsePOSTFormSubmission = False  # Django does that: Twisted would read all of a form into memory
        self._since = monotonic()
        self._is_to_be_kept = self._is_recording() and not self.requestHeaders.hasHeader(b"Upload-Checksum")
        if length is not None and length > settings.MAX_TAKE_BYTES:
            self._refuse_large()

    def handleContentChunk(self, data: bytes) -> None:
        if self._is_refused:
            return
        size = self.content.tell() + len(data)
        if size > settings.MAX_TAKE_BYTES:
            self._refuse_large()
            return
        if isinstance(self.content, _Large) and _free() < settings.MIN_FREE_DISK_BYTES:
            self._is_to_be_kept = False
            words = _("The site has no room for recordings at the moment. Keep this page open: it tries again.")
            self._refuse("507 Insufficient Storage", "disk_full", words)
            return
        super().handleContentChunk(data)
        elapsed = monotonic() - self._since
        if size < (elapsed - PATIENCE_SECONDS) * SLOWEST_BYTES_PER_SECOND:
            self._refuse("408 Request Timeout", "too_slow", _("The connection is too slow. What has arrived is kept."))

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        if self._is_refused:
            self._whole = command, path, version
        else:
            super().requestReceived(command, path, version)

    def finish(self) -> None:
        self.under_way.discard(self)
        super().finish()

    def handle_exception(self, exception: BaseException) -> None:
        """Daphne's own begins a second reply, which fails, and with it the task that looks after all connections. Where
        one has begun, the line is cut: nothing else tells its reader that it is not whole."""
        if self._response_started:
            self.channel.transport.abortConnection()
        else:
            super().handle_exception(exception)

    def connectionLost(self, reason: Failure) -> None:
        self.under_way.discard(self)
        # While a body is on its way, the channel remembers which request it belongs to.
        command = getattr(self.channel, "_command", None)
        asked = self._whole if command is None else (command, self.channel._path, self.channel._version)
        if asked is not None and self._is_worth_keeping():
            super().requestReceived(*asked)
        if self.content is not None:
            self.content.close()
        super().connectionLost(reason)

    def _is_worth_keeping(self) -> bool:
        return isinstance(self.content, _Large) and self._is_to_be_kept and self.content.tell() > 0

    def _is_recording(self) -> bool:
        return bool(self.requestHeaders.getRawHeaders(b"Content-Type", [b""])[0] == RECORDING)

    def _refuse_large(self) -> None:
        self._is_to_be_kept = False
        words = _("This is too large to be sent at once. What was saved before is kept.")
        self._refuse("413 Content Too Large", "too_large", words)

    def _refuse(self, status: str, code: str, message: str) -> None:
        """At once: the rest of the body is not waited for."""
        self._is_refused = True
        body = json.dumps({"error": code, "message": message}).encode()
        head = {
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            "Connection": "close",
            "Tus-Resumable": "1.0.0",
        }
        lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
        self.channel.transport.write(f"HTTP/1.1 {status}\r\n{lines}\r\n".encode() + body)
        self.channel.loseConnection()


def _free() -> int:
    return shutil.disk_usage(settings.DATA_DIR).free
