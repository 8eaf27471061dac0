"""Recordings on their way out: private, and in byte ranges, which players need and Django does not have."""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from interviews import access
from interviews.actions import auditing
from interviews.media.captions import webvtt
from interviews.media.sniff import bare_type
from interviews.models import Interview, Rendition, Segment, Take, Transcript
from interviews.models.audit import Action
from interviews.models.transcripts import WRITTEN
from interviews.views.applicants import for_applicant

PIECE = 1024 * 1024


@require_safe
@for_applicant
def own_media(request: HttpRequest, interview: Interview, take_id: uuid.UUID) -> HttpResponseBase:
    """In one piece: as it was received or, where it came in several, as soon as they are joined."""
    take = _ended(interview, take_id)
    rendition = Rendition.objects.filter(take=take).exclude(mime_type="").first()
    if rendition is not None and take.segments.count() > 1:
        return send(request, playable(rendition))
    return send(request, original(get_object_or_404(take.segments, number=1)))


@require_safe
@login_required
def review_original(request: HttpRequest, interview_id: uuid.UUID, take_id: uuid.UUID, number: int) -> HttpResponseBase:
    take = _counting(request, interview_id, take_id)
    segment = get_object_or_404(take.segments, number=number)
    _seen(request, Action.RECORDING_PLAYED, take)
    return send(request, original(segment))


@require_safe
@login_required
def review_playable(
    request: HttpRequest, interview_id: uuid.UUID, take_id: uuid.UUID, version: uuid.UUID
) -> HttpResponseBase:
    rendition = _rendition(request, interview_id, take_id, version)
    _seen(request, Action.RECORDING_PLAYED, rendition.take)
    return send(request, playable(rendition))


@require_safe
@login_required
def review_poster(
    request: HttpRequest, interview_id: uuid.UUID, take_id: uuid.UUID, version: uuid.UUID
) -> HttpResponseBase:
    return send(request, poster(_rendition(request, interview_id, take_id, version)))


@require_safe
@login_required
def review_captions(request: HttpRequest, interview_id: uuid.UUID, take_id: uuid.UUID, number: int) -> HttpResponse:
    """The words as they stand today; `number` is their version, so that a player asks again after a correction."""
    take = _counting(request, interview_id, take_id)
    transcript = get_object_or_404(Transcript.objects.exclude(engine=WRITTEN), take=take, version=number)
    _seen(request, Action.TRANSCRIPT_SEEN, take)
    words = ((word["text"], word["start"], word["end"]) for word in transcript.words)
    headers = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}
    return HttpResponse(webvtt(words), "text/vtt; charset=utf-8", headers=headers)


@dataclass(frozen=True, slots=True)
class Stored:
    """A file, or its first `length` bytes. `version` changes with its contents."""

    path: Path
    version: str
    media_type: str
    length: int | None = None


def _ended(interview: Interview, take_id: uuid.UUID) -> Take:
    take = get_object_or_404(Take.objects.exclude(state=Take.State.RECORDING), pk=take_id, interview=interview)
    take.interview = interview
    return take


def _counting(request: HttpRequest, interview_id: uuid.UUID, take_id: uuid.UUID) -> Take:
    """Neither practice, nor a take that the applicant did not choose."""
    interview = get_object_or_404(access.visible_interviews(request.user), pk=interview_id)
    get_object_or_404(interview.answers, take=take_id)
    return _ended(interview, take_id)


def _seen(request: HttpRequest, action: Action, take: Take) -> None:
    """Pictures are not asked about: what names their address, the page, is."""
    reader, interview = access.staff(request.user), take.interview
    auditing.seen(action, reader, interview.position.pk, interview.pk, subject=take)


def _rendition(request: HttpRequest, interview_id: uuid.UUID, take_id: uuid.UUID, version: uuid.UUID) -> Rendition:
    take = _counting(request, interview_id, take_id)
    rendition = get_object_or_404(Rendition, take=take, version=version)
    rendition.take = take
    return rendition


def original(segment: Segment) -> Stored:
    return Stored(segment.path, segment.sha256 or segment.pk.hex, bare_type(segment.mime_type), segment.received)


def playable(rendition: Rendition) -> Stored:
    return Stored(rendition.playable, rendition.version.hex, rendition.mime_type)


def poster(rendition: Rendition) -> Stored:
    return Stored(rendition.poster, rendition.version.hex, "image/jpeg")


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


def send(request: HttpRequest, stored: Stored) -> HttpResponseBase:
    path = stored.path
    try:
        size = path.stat().st_size if stored.length is None else stored.length
    except FileNotFoundError as error:
        raise Http404 from error
    if not path.is_file():
        raise Http404
    etag = f'"{stored.version}"'
    headers = {
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-store",
        "Content-Disposition": "inline",
        "ETag": etag,
        "X-Content-Type-Options": "nosniff",
    }
    media_type = stored.media_type
    # By RFC 9110, 13.1.5 and 14.2, a range is looked at for GET alone, and not where If-Range names other contents.
    asked = request.headers.get("Range", "") if request.headers.get("If-Range", etag) == etag else ""
    try:
        wanted = span(asked, size) if request.method == "GET" else None
    except ValueError:
        return HttpResponse(status=416, headers={**headers, "Content-Range": f"bytes */{size}"})
    if wanted is None:
        headers["Content-Length"] = str(size)
        if request.method == "HEAD":
            return HttpResponse(content_type=media_type, headers=headers)
        return StreamingHttpResponse(_pieces(path, size), content_type=media_type, headers=headers)
    first, last = wanted
    headers |= {"Content-Range": f"bytes {first}-{last}/{size}", "Content-Length": str(last - first + 1)}
    with path.open("rb") as file:
        file.seek(first)
        return HttpResponse(file.read(last - first + 1), status=206, content_type=media_type, headers=headers)


async def _pieces(path: Path, size: int) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while size > 0 and (piece := await asyncio.to_thread(file.read, min(PIECE, size))):
            size -= len(piece)
            yield piece
