"""A ZIP file that is written while it is sent: no more of it is in memory than the piece that is on its way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from zipfile import ZIP_STORED, ZipFile, ZipInfo


@dataclass(frozen=True, slots=True)
class Entry:
    """One file, in pieces that are read when their turn comes."""

    name: str
    at: datetime
    pieces: Iterable[bytes]


@dataclass(slots=True)
class _Outlet:
    """What zipfile takes for a file that cannot be sought in, such as a pipe."""

    waiting: list[bytes] = field(default_factory=list)

    def write(self, data: bytes) -> int:
        self.waiting.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        pass

    def close(self) -> None:
        pass

    def taken(self) -> Iterator[bytes]:
        yield from self.waiting
        self.waiting.clear()


def zipped(entries: Iterable[Entry]) -> Iterator[bytes]:
    """Without compression: recordings are compressed already."""
    out = _Outlet()
    with ZipFile(out, "w", ZIP_STORED) as archive:
        for entry in entries:
            about = ZipInfo(entry.name, entry.at.timetuple()[:6])
            with archive.open(about, "w", force_zip64=True) as member:
                for piece in entry.pieces:
                    member.write(piece)
                    yield from out.taken()
            yield from out.taken()
    yield from out.taken()
