"""What every tus endpoint has in common: its version, its headers, and refusals that a program can read."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial, wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from interviews import access
from interviews.actions.incoming import Checksum
from interviews.actions.refusals import Refused, WrongOffset
from interviews.actions.uploading import Sender
from interviews.forms.bodies import Malformed
from interviews.models import Interview

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-defer-length,creation-with-upload,checksum,expiration,termination"
ALGORITHMS = ("sha256", "sha1")
OCTETS = "application/offset+octet-stream"
OVERRIDE = "X-HTTP-Method-Override"
READ_BYTES = 256 * 1024
METADATA_MOST = 4000

Endpoint = Callable[..., HttpResponse]


class NotYours(Refused):
    code = "not_yours"
    status = 403


class WrongVersion(Refused):
    code = "tus_version"
    status = 412


@dataclass(frozen=True, slots=True)
class Creation:
    """`question` or `take`: a new take of the one, or another segment of the other."""

    question: int | None
    take: uuid.UUID | None
    length: int | None
    sender: Sender


def for_recorder(endpoint: Endpoint) -> Endpoint:
    """Like views.applicants.for_applicant, for a program: every refusal is JSON with a sentence for the person."""

    @wraps(endpoint)
    @never_cache
    def view(request: HttpRequest, interview_id: uuid.UUID, **rest: Any) -> HttpResponse:
        try:
            return endpoint(request, _interview(request, interview_id), **rest)
        except access.LinkProblem as problem:
            return _refusal("link", f"{problem.message} {problem.next_step}", problem.status)
        except Refused as refused:
            response = _refusal(refused.code, refused.message, refused.status)
            if isinstance(refused, WrongOffset):
                response["Upload-Offset"] = refused.offset
            return response

    return view


def by_method(**endpoints: Endpoint) -> Endpoint:
    """One address of the protocol: which endpoint answers which method. Ours alone, GET, needs no version."""

    def view(request: HttpRequest, **address: Any) -> HttpResponse:
        # For clients behind proxies that know no PATCH. The forgery check has seen the method that was really used;
        # a header like this one cannot be sent from another site's page without asking first, which we refuse.
        method = request.headers.get(OVERRIDE, request.method or "").upper()
        request.method = method
        if method == "OPTIONS":
            return discovery()
        if method not in endpoints:
            return HttpResponseNotAllowed([*endpoints, "OPTIONS"])
        response = for_recorder(_checked(endpoints[method]))(request, **address)
        response["Tus-Resumable"] = VERSION
        if response.status_code == WrongVersion.status:
            response["Tus-Version"] = VERSION
        response["Cache-Control"] = "no-store"
        return response

    return view


def discovery() -> HttpResponse:
    return HttpResponse(
        status=204,
        headers={
            "Tus-Resumable": VERSION,
            "Tus-Version": VERSION,
            "Tus-Extension": EXTENSIONS,
            "Tus-Max-Size": str(settings.MAX_TAKE_BYTES),
            "Tus-Checksum-Algorithm": ",".join(ALGORITHMS),
        },
    )


def creation(request: HttpRequest) -> Creation:
    """From `Upload-Length` or `Upload-Defer-Length`, and `Upload-Metadata`: comma-separated `key base64(value)`."""
    length, deferred = declared_length(request), request.headers.get("Upload-Defer-Length")
    if deferred not in (None, "1") or (length is None) == (deferred is None):
        raise Malformed(_("The request to record does not say how long the recording is, or that it will. Try again."))
    header = request.headers.get("Upload-Metadata", "")
    if len(header) > METADATA_MOST:
        raise Malformed(_("The request to record says too much about the recording. Load the page again."))
    metadata: dict[str, str] = {}
    for pair in header.split(","):
        key, _space, value = pair.strip().partition(" ")
        metadata[key] = _base64(value).decode("utf-8", "replace")
    question, take = metadata.get("question", ""), metadata.get("take", "")
    if not (take or (question.isdecimal() and len(question) < 19)) or not metadata.get("filetype"):
        raise Malformed(_("The request to record does not say for which question. Load the page again."))
    client, writer = metadata.get("client", ""), metadata.get("writer", "")
    if max(len(client), len(writer)) > 64 or "\0" in client + writer:
        raise Malformed(_("The request was not understood. Load the page again."))
    return Creation(
        None if take else int(question),
        _uuid(take) if take else None,
        length,
        Sender(metadata["filetype"], header, client, writer),
    )


def declared_length(request: HttpRequest) -> int | None:
    header = request.headers.get("Upload-Length")
    return None if header is None else _number(header)


def offset(request: HttpRequest) -> int:
    return _number(request.headers.get("Upload-Offset", ""))


def checksum(request: HttpRequest) -> Checksum | None:
    """From `Upload-Checksum`: `algorithm base64(digest)`."""
    header = request.headers.get("Upload-Checksum")
    if header is None:
        return None
    algorithm, _space, digest = header.partition(" ")
    if algorithm not in ALGORITHMS:
        raise Malformed(_("Only sha256 and sha1 checksums are understood here."))
    return Checksum(algorithm, _base64(digest))


def seconds(request: HttpRequest) -> float | None:
    """From our own `Recorded-Ms`: the answer's clock at the end of this piece, in milliseconds."""
    header = request.headers.get("Recorded-Ms")
    return None if header is None else min(_number(header), 10**9) / 1000


def writer(request: HttpRequest) -> str:
    """From our own `Upload-Writer`: the tab that sends this."""
    return request.headers.get("Upload-Writer", "")


def chunks(request: HttpRequest) -> Iterator[bytes]:
    """The body, never the whole of it in memory."""
    return iter(partial(request.read, READ_BYTES), b"")


def _checked(endpoint: Endpoint) -> Endpoint:
    def view(request: HttpRequest, interview: Interview, **rest: Any) -> HttpResponse:
        if request.method != "GET" and request.headers.get("Tus-Resumable") != VERSION:
            raise WrongVersion(_("This server speaks tus %(version)s. Load the page again.") % {"version": VERSION})
        return endpoint(request, interview, **rest)

    return view


def _interview(request: HttpRequest, interview_id: uuid.UUID) -> Interview:
    interview = access.applicants_interview(request.session, interview_id)
    if interview is None:
        raise NotYours(_("Open the link of your invitation again, in this browser. What was saved is kept."))
    return interview


def _refusal(code: str, message: str, status: int) -> JsonResponse:
    return JsonResponse({"error": code, "message": message}, status=status)


def _number(value: str) -> int:
    if not (value.isascii() and value.isdecimal() and len(value) < 19):
        raise Malformed(_("The piece of the recording does not say where it belongs. Load the page again."))
    return int(value)


def _uuid(value: str) -> uuid.UUID:
    try:
        return uuid.UUID(value)
    except ValueError as error:
        raise Malformed(_("The request was not understood. Load the page again.")) from error


def _base64(value: str) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except ValueError as error:  # binascii.Error is one; letters beyond ASCII raise a plain one
        raise Malformed(_("The request was not understood. Load the page again.")) from error
