"""Why an interview is not scored, for those who may see it."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from interviews import topics
from interviews.actions.refusals import Refused
from interviews.events import head
from interviews.models import Interview
from interviews.operators import mend, why
from interviews.processing.links import link_path
from interviews.queries.live import LiveView
from interviews.views.reviewing import for_viewer


@require_http_methods(["GET", "HEAD", "POST"])
@for_viewer
def not_scored(request: HttpRequest, interview: Interview, reader: User) -> HttpResponse:
    if request.method == "POST":
        try:
            token = mend(reader, interview, request.POST.get("press", ""))
        except Refused as refused:
            messages.warning(request, refused.message)
        else:
            messages.success(request, _("Done. Below you see what comes of it."))
            if token:
                link = request.build_absolute_uri(link_path(interview, token))
                messages.success(request, _("A link for the applicant, shown only now: %(link)s") % {"link": link})
        return redirect("why", interview.pk)
    after = head()
    told = why(reader, interview, technical=False)
    context = {
        "interview": interview,
        "applicant": interview.applicant,
        "position": interview.position,
        "why": told,
        "live": LiveView([topics.of_why(interview.pk, told.digest)], after),
    }
    return render(request, "hr/why.html", context)
