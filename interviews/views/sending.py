"""Files on their way out: private, and in byte ranges, which players need and Django does not have.

Every request has been asked about before it comes here. The bytes then come from this process or, where
`X_ACCEL_REDIRECT` is set, from the proxy that the reply names the file to.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

from interviews.media.errors import BucketError
from interviews.models import StoredFile
from interviews.processing.bucket import bucket

PIECE = 1024 * 1024
PRIVATE = "private, no-store"
SIGNED_SECONDS = 60
"""So long a proxy may begin to fetch a file from the bucket. No browser sees that address."""

_FETCHING = ThreadPoolExecutor(8, thread_name_prefix="bucket")


@dataclass(frozen=True, slots=True)
class Stored:
    """A file below MEDIA_DIR, or its first `length` bytes. `version` changes with its contents."""

    path: Path
    version: str
    media_type: str
    length: int | None = None
    cache: str = PRIVATE


@dataclass(frozen=True, slots=True)
class OnDisk:
    path: Path
    key: str
    size: int
    length: int

    def reply(self, first: int, last: int) -> HttpResponseBase:
        if last - first >= PIECE:
            return StreamingHttpResponse(_read(self.path, self.length))
        with self.path.open("rb") as file:
            file.seek(first)
            return HttpResponse(file.read(last - first + 1))

    def for_proxy(self, stored: Stored) -> str:
        """Nothing where the proxy would send too much: what lies behind the bytes that count."""
        return quote(self.key) if self.size == self.length else ""


@dataclass(frozen=True, slots=True)
class InBucket:
    key: str
    length: int

    def reply(self, first: int, last: int) -> HttpResponseBase:
        return StreamingHttpResponse(_fetched(self.key, first, last))

    def for_proxy(self, stored: Stored) -> str:
        address = bucket().signed(self.key, SIGNED_SECONDS, media_type=stored.media_type, cache=stored.cache)
        return f"bucket{urlsplit(address)._replace(scheme='', netloc='').geturl()}"


def send(request: HttpRequest, stored: Stored) -> HttpResponseBase:
    """Raises Http404 where there is no such file, or it lies elsewhere."""
    source = _found(stored)
    size, etag = source.length, f'"{stored.version}"'
    headers = {
        "Accept-Ranges": "bytes",
        "Cache-Control": stored.cache,
        "Content-Disposition": "inline",
        "Content-Security-Policy": "default-src 'none'; sandbox",  # should anybody open it as a page
        "ETag": etag,
        "X-Content-Type-Options": "nosniff",
    }
    if settings.X_ACCEL_REDIRECT and request.method == "GET" and (place := source.for_proxy(stored)):
        headers["X-Accel-Redirect"] = settings.X_ACCEL_REDIRECT + place
        return HttpResponse(content_type=stored.media_type, headers=headers)
    # By RFC 9110, 13.1.5 and 14.2, a range is looked at for GET alone, and not where If-Range names other contents.
    asked = request.headers.get("Range", "") if request.headers.get("If-Range", etag) == etag else ""
    try:
        wanted = span(asked, size) if request.method == "GET" else None
    except ValueError:
        return HttpResponse(status=416, headers={**headers, "Content-Range": f"bytes */{size}"})
    first, last = wanted or (0, size - 1)
    response = HttpResponse() if request.method == "HEAD" else source.reply(first, last)
    if wanted is not None:
        response.status_code = 206
        headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    headers |= {"Content-Length": str(last - first + 1), "Content-Type": stored.media_type}
    for name, value in headers.items():
        response[name] = value
    return response


def span(header: str, size: int) -> tuple[int, int] | None:
    """First and last byte of a `Range` header by RFC 9110, 14.1.2, the last one bounded to a piece.

    None: to be ignored (absent, malformed, several ranges at once, another unit). Raises ValueError: not satisfiable.
    """
    found = re.fullmatch(r"bytes=(\d{0,18})-(\d{0,18})", header.strip())
    if found is None or found.groups() == ("", ""):
        return None
    first_text, last_text = found.groups()
    if not first_text:
        first, last = max(0, size - int(last_text)), size - 1
        satisfiable = int(last_text) > 0 and size > 0
    else:
        first, last = int(first_text), min(int(last_text or size - 1), size - 1)
        if last_text and int(last_text) < first:
            return None
        satisfiable = first < size
    if not satisfiable:
        raise ValueError(header)
    # A server may send less than was asked for; the player asks for the rest. Daphne has no back-pressure, so a
    # player that stands still would otherwise cost the rest of the file in memory.
    return first, min(last, first + PIECE - 1)


def _found(stored: Stored) -> OnDisk | InBucket:
    """Links are followed first: nothing from outside MEDIA_DIR goes out, whatever a row may say."""
    folder = Path(settings.MEDIA_DIR).resolve()
    real = stored.path.resolve()
    if not real.is_relative_to(folder):
        raise Http404
    key = real.relative_to(folder).as_posix()
    if settings.S3_BUCKET:
        kept = StoredFile.objects.filter(pk=key, stored_at__isnull=False).values_list("bytes", flat=True).first()
        if kept is not None:
            return InBucket(key, kept)
    if not real.is_file():
        raise Http404
    size = real.stat().st_size
    return OnDisk(real, key, size, size if stored.length is None else stored.length)


async def _read(path: Path, size: int) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while size > 0 and (piece := await asyncio.to_thread(file.read, min(PIECE, size))):
            size -= len(piece)
            yield piece


async def _fetched(key: str, first: int, last: int) -> AsyncIterator[bytes]:
    """Piece by piece, on threads of its own: a bucket that is slow holds up those who watch, and nobody else."""
    loop = asyncio.get_running_loop()
    while first <= last:
        piece = await loop.run_in_executor(_FETCHING, bucket().read, key, first, min(last, first + PIECE - 1))
        if not piece:
            raise BucketError("it gives less than it was given")
        first += len(piece)
        yield piece
