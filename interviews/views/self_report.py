"""Where applicants may say something of themselves, after they submitted, for counting alone."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from interviews.actions.self_reporting import forget, report
from interviews.forms.bias import AboutYou
from interviews.models import Interview, Notice, SelfReport
from interviews.queries import notices
from interviews.queries.self_reports import is_asked, own
from interviews.views.applicants import for_applicant_even_late


@require_http_methods(["GET", "HEAD", "POST"])
@for_applicant_even_late
def about_you(request: HttpRequest, interview: Interview) -> HttpResponse:
    if request.method == "POST" and request.POST.get("act") == "forget":
        forget(interview.pk)  # also where it is asked no more
        return redirect("self-report", interview.pk)
    said = own(interview)
    if said is None and not is_asked(interview):
        return redirect("interview", interview.pk)
    notice = notices.shown(Notice.Place.SELF_REPORT)
    form = AboutYou(request.POST)
    if request.method == "POST" and form.is_valid() and is_asked(interview):
        report(interview, form.cleaned_data["sex"], form.cleaned_data["ethnicity"], notice)
        return redirect("self-report", interview.pk)
    context = {
        "interview": interview,
        "position": interview.position,
        "notice": notice,
        "said": said,
        "is_asked": is_asked(interview),
        "sexes": SelfReport.Sex.choices,
        "ethnicities": SelfReport.Ethnicity.choices,
    }
    return render(request, "applicant/about_you.html", context, status=400 if request.method == "POST" else 200)
