"""Pages behind a login."""

from __future__ import annotations

import uuid

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from interviews import access, topics
from interviews.events import head
from interviews.queries import operations, reviews, stages
from interviews.queries.live import LiveView


@require_safe
@login_required
@never_cache
def results(request: HttpRequest) -> HttpResponse:
    # The number before the rows: what happens in between comes twice, never not at all.
    after = head()
    positions = [f"position:{pk}" for pk in access.visible_positions(request.user).values_list("pk", flat=True)]
    rows = stages.rows(access.visible_interviews(request.user))
    live = LiveView([topics.POSITIONS, *positions, *([topics.OPERATIONS] if positions else [])], after)
    return render(request, "hr/results.html", {"rows": rows, "outages": operations.outages(), "live": live})


@require_safe
@login_required
@never_cache
def review(request: HttpRequest, interview_id: uuid.UUID) -> HttpResponse:
    after = head()
    visible = stages.with_counts(access.visible_interviews(request.user))
    interview = get_object_or_404(visible, pk=interview_id)
    context = {
        "interview": interview,
        "position": interview.position,
        "applicant": interview.applicant,
        "row": stages.row(interview),
        "answers": reviews.answers(interview),
        "outages": operations.outages(),
        "live": LiveView([f"interview:{interview.pk}", topics.OPERATIONS], after),
    }
    return render(request, "hr/review.html", context)
