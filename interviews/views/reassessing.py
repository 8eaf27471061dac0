"""Having the interviews of a position assessed again, and what came of it."""

from __future__ import annotations

import re
import uuid
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from interviews import access
from interviews.actions import auditing, reassessing
from interviews.actions.refusals import Refused
from interviews.events import head
from interviews.forms.reviewers import Reassessing
from interviews.models import Position, Question, Reassessment, RubricVersion
from interviews.models.audit import Action
from interviews.queries import comparing
from interviews.queries import reassessing as found
from interviews.queries.live import LiveView
from interviews.queries.machines import asks_for_levels
from interviews.views.invitations import for_coordinator

STEERED = {"pause": reassessing.pause, "resume": reassessing.resume, "stop": reassessing.stop}


@require_http_methods(["GET", "HEAD", "POST"])
@for_coordinator
def assess_again(request: HttpRequest, position: Position) -> HttpResponse:
    if request.method != "POST":
        return _page(request, position, {})
    form = Reassessing(request.POST, choices=found.choices(position))
    if not form.is_valid():
        return _page(request, position, {}, status=400)
    actor, steered = access.staff(request.user), form.cleaned_data["pick"]
    try:
        if steered:
            act, _space, pk = steered.partition(" ")
            STEERED[act](get_object_or_404(Reassessment, pk=int(pk), position=position), actor)
        elif form.cleaned_data["act"] == "start":
            reassessing.start(position, form.rubrics(), actor)
        else:
            return _page(request, position, form.rubrics(), reassessing.estimate(position, form.rubrics()))
    except Refused as refused:
        messages.warning(request, refused.message)
    return redirect("assess-again", position.pk)


@require_safe
@login_required
@never_cache
def runs(request: HttpRequest, interview_id: uuid.UUID) -> HttpResponse:
    """Two runs side by side, for those to whom the levels are shown."""
    interview = get_object_or_404(access.visible_interviews(request.user), pk=interview_id)
    if not access.seen_by(request.user, interview).levels:
        raise PermissionDenied
    numbers = {
        name: int(it) for name in ("old", "new") if re.fullmatch(r"\d{1,9}", it := request.GET.get(name, ""), re.ASCII)
    }
    compared = comparing.comparison(interview, **numbers)
    if compared is None:
        raise Http404
    context = {
        "interview": interview,
        "applicant": interview.applicant,
        "position": interview.position,
        "compared": compared,
    }
    auditing.seen(Action.RUNS_SEEN, access.staff(request.user), interview.position.pk, interview.pk)
    return render(request, "hr/runs.html", context)


def _page(
    request: HttpRequest,
    position: Position,
    rubrics: dict[Question, RubricVersion],
    estimate: reassessing.Estimate | None = None,
    status: int = 200,
) -> HttpResponse:
    after = head()
    chosen = {question.pk: rubric.pk for question, rubric in rubrics.items()}
    context: dict[str, Any] = {
        "position": position,
        "coordinates": True,
        "choices": [(it, chosen.get(it.question_id, it.now)) for it in found.choices(position)],
        "estimate": estimate,
        "reassessing": found.standing(position.pk),
        "model": settings.GEMINI_MODEL if settings.ANALYSIS_ENGINE.startswith("gemini") else "",
        "is_assessed": asks_for_levels(),
        "live": LiveView([f"reassessments:{position.pk}"], after),
    }
    return render(request, "hr/assess_again.html", context, status=status)
