"""Interviews as files: the list and one of them, as CSV, JSON and PDF. What is taken is written down."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from interviews import access
from interviews.actions.exporting import note
from interviews.exports import interview as one
from interviews.exports import listing

TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json", "pdf": "application/pdf"}
COUNT = "Greenroom-Interviews"
"""A header of a list: how many there are, so that the page can say how much of the file has come."""


@require_GET
@login_required
@never_cache
def results_export(request: HttpRequest, file_format: str) -> HttpResponseBase:
    """`?…` as on the results page. 413 where that are too many for a PDF."""
    user = access.staff(request.user)
    asked = _asked(request, user, file_format)
    interviews = listing.chosen(user, request.GET)
    if file_format == "pdf" and len(interviews) > listing.PDF_AT_MOST:
        context = {"count": len(interviews), "most": listing.PDF_AT_MOST, "query": asked.query}
        return render(request, "hr/export_too_large.html", context, status=413)
    note(user, file_format, interviews=len(interviews), query=asked.query)
    name = f"interviews-{asked.at:%Y-%m-%d}"
    if file_format == "pdf":
        return _file([listing.as_pdf(asked, interviews)], file_format, name)
    make = listing.as_csv if file_format == "csv" else listing.as_json
    reply = _file(make(asked, interviews), file_format, name)
    reply[COUNT] = str(len(interviews))
    return reply


@require_GET
@login_required
@never_cache
def interview_export(request: HttpRequest, interview_id: uuid.UUID, file_format: str) -> HttpResponseBase:
    interview = get_object_or_404(access.visible_interviews(request.user), pk=interview_id)
    user = access.staff(request.user)
    asked = _asked(request, user, file_format)
    note(user, file_format, interviews=1, interview=interview)
    told = one.facts(asked, interview)
    made = {
        "csv": lambda: one.as_csv(told),
        "json": lambda: one.as_json(told),
        "pdf": lambda: one.as_pdf(asked, told),
    }[file_format]()
    return _file([made], file_format, f"interview-{interview.receipt_code}")


def _asked(request: HttpRequest, user: User, file_format: str) -> listing.Asked:
    if file_format not in TYPES:
        raise Http404
    site = request.build_absolute_uri("/").rstrip("/")
    return listing.Asked(user, get_language() or "en", site, request.GET.urlencode(), timezone.now())


def _file(parts: Iterable[bytes], file_format: str, name: str) -> HttpResponse | StreamingHttpResponse:
    headers = {
        "Content-Disposition": f'attachment; filename="{name}.{file_format}"',
        "X-Content-Type-Options": "nosniff",
    }
    if isinstance(parts, list):
        return HttpResponse(b"".join(parts), content_type=TYPES[file_format], headers=headers)
    return StreamingHttpResponse(parts, content_type=TYPES[file_format], headers=headers)
