"""What the recording page's script asks for besides uploads."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_http_methods, require_POST

from interviews.actions import writing
from interviews.actions.choosing import choose as choose_take
from interviews.actions.practice import end_practice
from interviews.actions.refusals import ChangedElsewhere
from interviews.forms import bodies
from interviews.models import Interview
from interviews.views.tus import for_recorder

NO_STORE = {"Cache-Control": "no-store"}


@require_POST
@for_recorder
def choose(request: HttpRequest, interview: Interview, take_id: uuid.UUID) -> HttpResponse:
    answer = choose_take(interview, take_id)
    return JsonResponse({"take": str(answer.take_id)}, headers=NO_STORE)


@require_POST
@for_recorder
def practice_end(request: HttpRequest, interview: Interview) -> HttpResponse:
    end_practice(interview)
    return HttpResponse(status=204, headers=NO_STORE)


@require_http_methods(["PUT"])
@for_recorder
def text(request: HttpRequest, interview: Interview, question_id: int) -> HttpResponse:
    """PUT {"text", "version"} -> {"version"}; 409 {"text", "version"} where another text is stored by now."""
    written = bodies.draft(request)
    try:
        draft = writing.save_draft(interview, question_id, written.text, written.version)
    except ChangedElsewhere as changed:
        return _changed(changed)
    return JsonResponse({"version": draft.version}, headers=NO_STORE)


@require_POST
@for_recorder
def keep_text(request: HttpRequest, interview: Interview, question_id: int) -> HttpResponse:
    """POST {"version"} -> the take that the text has become; 409 as for PUT."""
    try:
        take = writing.keep(interview, question_id, bodies.version(request))
    except ChangedElsewhere as changed:
        return _changed(changed)
    stored = {"take": str(take.pk), "bytes": take.bytes, "text": take.text, "sha256": take.sha256}
    return JsonResponse({**stored, "received_at": take.finished_at}, headers=NO_STORE)


def _changed(changed: ChangedElsewhere) -> JsonResponse:
    body = {"error": changed.code, "message": changed.message, "text": changed.text, "version": changed.version}
    return JsonResponse(body, status=changed.status, headers=NO_STORE)
