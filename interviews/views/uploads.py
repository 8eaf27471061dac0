"""Recordings on their way in, by tus 1.0's creation, offsets and checksums (https://tus.io/protocols/resumable-upload)."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from interviews import access, forms
from interviews.actions import answering
from interviews.actions.refusals import NotARecording, Refused, TooLarge, WrongOffset
from interviews.models import Interview, Take

Endpoint = Callable[..., HttpResponse]
TUS = {"Tus-Resumable": "1.0.0", "Cache-Control": "no-store"}


class NotYours(Refused):
    code = "not_yours"
    status = 403


class NoSuchTake(Refused):
    code = "no_such_take"
    status = 404


def for_recorder(endpoint: Endpoint) -> Endpoint:
    """Like views.applicants.for_applicant, for a program: every refusal is JSON with a sentence for the person."""

    @wraps(endpoint)
    def view(request: HttpRequest, interview_id: uuid.UUID, **rest: Any) -> HttpResponse:
        try:
            try:
                interview = access.applicants_interview(request.session, interview_id)
            except access.LinkProblem as problem:
                return _refusal("link", f"{problem.message} {problem.next_step}", problem.status)
            if interview is None:
                raise NotYours(_("Open the link of your invitation again, in this browser. What was saved is kept."))
            return endpoint(request, interview, **rest)
        except WrongOffset as refused:
            response = _refusal(refused.code, refused.message, refused.status)
            response["Upload-Offset"] = refused.offset
            return response
        except Refused as refused:
            return _refusal(refused.code, refused.message, refused.status)

    return view


@require_POST
@for_recorder
def takes(request: HttpRequest, interview: Interview) -> HttpResponse:
    asked = forms.creation(request)
    take = answering.begin_take(interview, asked.question_id, asked.mime_type)
    location = reverse("take", args=[interview.pk, take.pk])
    return HttpResponse(status=201, headers={**TUS, "Location": location, "Upload-Offset": "0"})


@require_http_methods(["HEAD", "PATCH"])
@for_recorder
def take(request: HttpRequest, interview: Interview, take_id: uuid.UUID) -> HttpResponse:
    recording = _take(interview, take_id)
    if request.method == "HEAD":
        return HttpResponse(headers={**TUS, "Upload-Offset": str(recording.received)})
    if request.content_type != "application/offset+octet-stream":
        raise NotARecording(_("Pieces of a recording are sent as application/offset+octet-stream."))
    piece = forms.slice_of(request)
    try:
        data = request.body
    except RequestDataTooBig as error:
        raise TooLarge(_("This piece is too large: send at most 1 MiB at a time.")) from error
    offset = answering.append(recording.pk, piece.offset, data, piece.sha256)
    return HttpResponse(status=204, headers={**TUS, "Upload-Offset": str(offset)})


@require_POST
@for_recorder
def finish(request: HttpRequest, interview: Interview, take_id: uuid.UUID) -> HttpResponse:
    end = forms.finish(request)
    finished = answering.finish_take(_take(interview, take_id).pk, end.length, end.sha256)
    stored = finished.take
    return JsonResponse(
        {
            "take": str(stored.pk),
            "question": stored.question_id,
            "number": stored.number,
            "bytes": stored.received,
            "seconds": stored.seconds,
            "sha256": stored.sha256,
            "received_at": stored.finished_at,
            "takes_left": finished.takes_left,
        },
        headers={"Cache-Control": "no-store"},
    )


def _take(interview: Interview, take_id: uuid.UUID) -> Take:
    found = Take.objects.filter(pk=take_id, interview=interview).first()
    if found is None:
        raise NoSuchTake(_("This recording is not known here. Load the page and record again."))
    return found


def _refusal(code: str, message: str, status: int) -> JsonResponse:
    return JsonResponse({"error": code, "message": message}, status=status, headers=TUS)
