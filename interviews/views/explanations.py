"""The explanation: as the reviewer gives it, and as the applicant reads it."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from interviews.actions.explaining import explain, must_be_explainable
from interviews.actions.refusals import Refused
from interviews.models import Interview
from interviews.queries import explanations
from interviews.views.applicants import for_applicant_even_late
from interviews.views.reviewing import for_reviewer


@require_http_methods(["GET", "HEAD", "POST"])
@for_reviewer
def explanation(request: HttpRequest, interview: Interview, reviewer: User) -> HttpResponse:
    """`?reason=on`: as it reads with the reason of the decision."""
    with_reason = bool((request.POST or request.GET).get("reason"))
    context = {"interview": interview, "with_reason": with_reason}
    try:
        decision = must_be_explainable(interview, reviewer)
        if request.method == "POST":
            explain(interview, reviewer, with_reason=with_reason)
            return redirect("explanation", interview.pk)
    except Refused as refused:
        return render(request, "hr/explanation.html", {**context, "problem": refused.message}, status=refused.status)
    view = explanations.view(explanations.facts(interview, decision, with_reason=with_reason))
    context |= {"explanation": view, "given": explanations.given(interview)}
    return render(request, "hr/explanation.html", context)


@require_safe
@for_applicant_even_late
def own_explanation(request: HttpRequest, interview: Interview) -> HttpResponse:
    """Drawn from the copy alone."""
    given = explanations.given(interview)
    if given is None:
        return redirect("interview", interview.pk)
    context = {"interview": interview, "explanation": explanations.view(given.facts), "given": given}
    return render(request, "applicant/explanation.html", context)
