"""What is an applicant's own: what is kept and why, a copy of it, withdrawing, having everything erased."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from interviews import access
from interviews.actions import withdrawing
from interviews.actions.refusals import Refused
from interviews.exports import own
from interviews.exports.zipped import zipped
from interviews.models import Interview
from interviews.queries import erasures, retention
from interviews.views.applicants import for_applicant_even_late, for_applicant_for_ever

ACTS: dict[str, Callable[[Interview], None]] = {
    "withdraw": withdrawing.withdraw,
    "erase": withdrawing.ask_for_erasure,
    "keep": withdrawing.call_erasure_back,
}


@require_http_methods(["GET", "HEAD", "POST"])
@for_applicant_for_ever
def withdraw(request: HttpRequest, interview: Interview) -> HttpResponse:
    if request.method == "POST":
        act = ACTS.get(request.POST.get("act", ""))
        try:
            if act is not None:
                act(interview)
        except Refused as refused:
            return _withdraw(request, interview, refused)
        return redirect("interview-withdraw", interview.pk)
    return _withdraw(request, interview)


@require_safe
@for_applicant_for_ever
def certificate(request: HttpRequest, interview: Interview) -> HttpResponse:
    return _certificate(interview) or redirect("interview-withdraw", interview.pk)


@require_safe
@login_required
@never_cache
def certificate_for_team(request: HttpRequest, interview_id: uuid.UUID) -> HttpResponse:
    interview = get_object_or_404(access.visible_interviews(request.user), pk=interview_id)
    return _certificate(interview) or redirect("review", interview.pk)


@require_safe
@for_applicant_even_late
def own_data(request: HttpRequest, interview: Interview) -> HttpResponse:
    context = {
        "interview": interview,
        "position": interview.position,
        "kept": retention.kept(interview),
        "hold": retention.standing_hold(interview),
    }
    return render(request, "applicant/data.html", context)


@require_safe
@for_applicant_even_late
def own_copy(request: HttpRequest, interview: Interview) -> StreamingHttpResponse:
    interview = Interview.objects.select_related("applicant", "question_set__position").get(pk=interview.pk)
    headers = {
        "Content-Disposition": f'attachment; filename="data-{interview.receipt_code}.zip"',
        "X-Content-Type-Options": "nosniff",
    }
    parts = zipped(own.entries(interview, timezone.now()))
    return StreamingHttpResponse(parts, content_type="application/zip", headers=headers)


def _withdraw(request: HttpRequest, interview: Interview, refused: Refused | None = None) -> HttpResponse:
    interview = Interview.objects.select_related("question_set__position").get(pk=interview.pk)
    asked_at = interview.erasure_asked_at
    context = {
        "interview": interview,
        "position": interview.position,
        "erased_from": asked_at + retention.ERASURE_GRACE if asked_at else None,
        "hold": retention.standing_hold(interview),
        "certificate": erasures.certificate(interview),
        "problem": refused.message if refused else "",
    }
    return render(request, "applicant/withdraw.html", context, status=refused.status if refused else 200)


def _certificate(interview: Interview) -> HttpResponse | None:
    """None before it is erased."""
    found = erasures.certificate(interview)
    if found is None:
        return None
    headers = {"Content-Disposition": f'attachment; filename="erased-{found.code}.txt"'}
    return HttpResponse(found.text, content_type="text/plain; charset=utf-8", headers=headers)
