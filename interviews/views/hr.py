"""Pages behind a login."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from interviews import access, topics
from interviews.events import head
from interviews.queries import operations, stages
from interviews.queries.live import LiveView


@require_safe
@login_required
@never_cache
def results(request: HttpRequest) -> HttpResponse:
    # The number before the rows: what happens in between comes twice, never not at all.
    after = head()
    positions = access.visible_positions(request.user).values_list("pk", flat=True)
    reviewed = access.reviewed_by(request.user)
    context = {
        "rows": stages.rows(access.visible_interviews(request.user), reviewed),
        "outages": operations.outages(),
        "live": LiveView(topics.of_list(positions, reviewed), after),
    }
    return render(request, "hr/results.html", context)
