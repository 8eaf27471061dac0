"""A piece of a recording on its way to disk."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from interviews.actions.refusals import ChecksumDiffers, NotARecording, TooLarge, WrongState
from interviews.media.sniff import looks_like_recording
from interviews.models import Segment


@dataclass(frozen=True, slots=True)
class Checksum:
    """What the sender says of the piece's bytes. `algorithm` is one of hashlib's names, `digest` raw."""

    algorithm: str
    digest: bytes


class Incoming:
    """A piece on its way to disk: measured, hashed, and stopped where it may not go on."""

    def __init__(
        self, chunks: Iterable[bytes], segment: Segment, length: int | None, checksum: Checksum | None, room: int
    ) -> None:
        self.size = 0
        self.sha256 = hashlib.sha256()
        self.length = segment.length if length is None else length
        self._chunks = chunks
        self._first = b""
        self._segment = segment
        self._room = room
        self._checksum = checksum
        # The sender names the algorithm; of those that tus knows, SHA-1 is the one that every server has to accept.
        self._check = hashlib.new(checksum.algorithm, usedforsecurity=False) if checksum else None
        if segment.length is not None and self.length != segment.length:
            raise WrongState(_("The length of this recording was declared before, and is another one."))

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            self._first = self._first or chunk
            self.size += len(chunk)
            self._must_fit()
            self.sha256.update(chunk)
            if self._check is not None:
                self._check.update(chunk)
            yield chunk

    def must_be_whole(self) -> None:
        if self._check is not None and self._checksum is not None and self._check.digest() != self._checksum.digest:
            raise ChecksumDiffers(_("A piece of the recording was damaged on the way. It is sent again."))
        self._must_fit()
        if self._segment.received == 0 and self.size and not looks_like_recording(self._first, self._segment.mime_type):
            raise NotARecording(_("This is not a recording made by a browser. Record your answer on this page."))

    def _must_fit(self) -> None:
        end = self._segment.received + self.size
        if self.length is not None and end > self.length:
            raise TooLarge(_("This piece is longer than the recording was said to be. What came before is kept."))
        if self.size > self._room:
            raise TooLarge(_("This recording is too large. What came before is kept: finish here, or record again."))
