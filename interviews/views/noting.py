"""Where a reviewer's notes are saved. Also without scripts: then the note is a form."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from interviews.actions import noting
from interviews.actions.refusals import ChangedElsewhere, Refused
from interviews.forms.reviewers import NoteForm
from interviews.models import Interview
from interviews.views.reviewing import by_script, for_reviewer, refuse


@require_POST
@for_reviewer
def note(request: HttpRequest, interview: Interview, reviewer: User) -> HttpResponse:
    """JSON, where that is asked for: {"version"}, or {"error", "message"}, with what is stored where that differs."""
    try:
        act, noted = NoteForm(request.POST).noted()
        if act:
            stored = noting.delete(interview, reviewer, noted.id, noted.version, undo=act == "restore")
        else:
            stored = noting.note(interview, reviewer, noted)
    except ChangedElsewhere as refused:
        body = {"error": refused.code, "message": refused.message, "text": refused.text, "version": refused.version}
        return JsonResponse(body, status=refused.status)
    except Refused as refused:
        return refuse(request, interview, reviewer, refused)
    return JsonResponse({"version": stored.version}) if by_script(request) else redirect("review", interview.pk)
