"""Why an interview is not scored, for operators and auditors: with workers, replies and what they cost."""

from __future__ import annotations

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.html import format_html
from django.utils.translation import gettext as _

from interviews.actions.refusals import Refused
from interviews.events import head
from interviews.forms.reading import read_id
from interviews.models import Interview
from interviews.operators import may_look, mend, why
from interviews.processing.links import link_path
from interviews.queries.live import LiveView
from interviews.topics import of_why


def not_scored(request: HttpRequest, object_id: str) -> HttpResponse:
    if not may_look(request.user) or not isinstance(request.user, User):
        raise PermissionDenied
    interview = get_object_or_404(Interview.objects.select_related("applicant"), pk=read_id(object_id))
    if request.method == "POST":
        _press(request, request.user, interview)
        return redirect("admin:interviews_interview_why", interview.pk)
    after = head()
    told = why(request.user, interview, technical=True)
    context = {
        **admin.site.each_context(request),
        "title": _("Why is this not scored?"),
        "subtitle": str(interview),
        "interview": interview,
        "why": told,
        "live": LiveView([of_why(interview.pk, told.digest)], after),
    }
    return render(request, "admin/work/why.html", context)


def _press(request: HttpRequest, user: User, interview: Interview) -> None:
    try:
        token = mend(user, interview, request.POST.get("press", ""))
    except Refused as refused:
        messages.warning(request, refused.message)
        return
    messages.success(request, _("Done. Below you see what comes of it."))
    if token:
        link = request.build_absolute_uri(link_path(interview, token))
        messages.success(request, format_html(_("A link for the applicant, shown only now: {link}"), link=link))
