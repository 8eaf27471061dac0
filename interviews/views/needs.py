"""More time and other conditions: where applicants ask, and where they are arranged."""

from __future__ import annotations

import uuid

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST, require_safe

from interviews import access
from interviews.actions import needs as arranging
from interviews.actions.refusals import Refused
from interviews.events import head
from interviews.forms.applicants import Wishes
from interviews.forms.coordinators import Arrangement
from interviews.models import Accommodation, Interview
from interviews.models.needs import arranged_for
from interviews.queries.live import LiveView
from interviews.queries.terms import accommodations as asked_for
from interviews.queries.terms import terms
from interviews.views.applicants import for_applicant_even_late, posted


@require_GET
@for_applicant_even_late
def needs(request: HttpRequest, interview: Interview) -> HttpResponse:
    if interview.is_submitted or interview.withdrawn_at is not None:
        return redirect("interview", interview.pk)
    return _needs(request, interview, Wishes())


@posted
@for_applicant_even_late
def ask_for_time(request: HttpRequest, interview: Interview) -> HttpResponse:
    try:
        arranging.ask_for_time(interview)
    except Refused as refused:
        return _needs(request, interview, Wishes(), refused)
    return redirect("needs", interview.pk)


@posted
@for_applicant_even_late
def ask_for_accommodation(request: HttpRequest, interview: Interview) -> HttpResponse:
    form = Wishes(request.POST)
    if not form.is_valid():
        return _needs(request, interview, form, status=400)
    try:
        arranging.ask_for_accommodation(interview, form.cleaned_data["wishes"], form.cleaned_data["note"])
    except Refused as refused:
        return _needs(request, interview, form, refused)
    return redirect("needs", interview.pk)


@require_POST
@login_required
def extension(request: HttpRequest, interview_id: uuid.UUID) -> HttpResponse:
    """Whoever may judge the interview answers, with one click."""
    interview = get_object_or_404(access.visible_interviews(request.user), pk=interview_id)
    if not access.may_judge(request.user, interview):
        raise PermissionDenied
    answer = request.POST.get("answer")
    if answer in ("grant", "decline"):
        arranging.answer_extension(interview, granted=answer == "grant", actor=access.staff(request.user))
    return redirect("hr" if request.POST.get("from") == "overview" else "results")


@require_safe
@login_required
@never_cache
def accommodations(request: HttpRequest) -> HttpResponse:
    return _accommodations(request)


@require_POST
@login_required
def accommodate(request: HttpRequest, interview_id: uuid.UUID) -> HttpResponse:
    if not access.may_accommodate(request.user):
        raise PermissionDenied
    interview = get_object_or_404(access.visible_interviews(request.user), pk=interview_id)
    form = Arrangement(request.POST, instance=arranged_for(interview))
    if not form.is_valid():
        return _accommodations(request, form.errors.as_text(), 400)
    arranging.accommodate(form.save(commit=False), actor=access.staff(request.user))
    return redirect("accommodations")


def _accommodations(request: HttpRequest, problem: str = "", status: int = 200) -> HttpResponse:
    if not access.may_accommodate(request.user):
        raise PermissionDenied
    # The number before the rows: what happens in between comes twice, never not at all.
    after = head()
    topics = [f"accommodations:{pk}" for pk in access.visible_positions(request.user).values_list("pk", flat=True)]
    context = {
        "accommodations": asked_for(access.visible_interviews(request.user)),
        "problem": problem,
        "live": LiveView(topics, after),
    }
    return render(request, "hr/accommodations.html", context, status=status)


def _needs(
    request: HttpRequest, interview: Interview, form: Wishes, refused: Refused | None = None, status: int = 200
) -> HttpResponse:
    live = LiveView([f"applicant:{interview.pk}"], head())
    interview.refresh_from_db(fields=["state", "deadline"])
    context = {
        "interview": interview,
        "terms": terms(interview),
        "form": form,
        "wishes": Accommodation.Wish.choices,
        "problem": refused.message if refused else "",
        "live": live,
    }
    return render(request, "applicant/needs.html", context, status=refused.status if refused else status)
