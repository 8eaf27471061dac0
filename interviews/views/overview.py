"""Where people land after they signed in: what waits for them, what came in, what is stuck."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from interviews import access, topics
from interviews.models import Interview
from interviews.queries import operations
from interviews.queries import overview as lines
from interviews.queries.live import LiveView
from interviews.views.drawn import drawn


@require_safe
@login_required
@never_cache
def overview(request: HttpRequest) -> HttpResponse:
    now = operations.now()
    positions = access.visible_positions(request.user)
    interviews = access.visible_interviews(request.user)
    coordinated = set(access.coordinated_positions(request.user).values_list("pk", flat=True))
    may_accommodate = access.may_accommodate(request.user)
    accommodated = interviews if may_accommodate else Interview.objects.none()
    shown = lines.overview(interviews, positions, access.staff(request.user), coordinated, accommodated)
    mine = [line.id for line in shown.positions]
    context = {
        "shown": shown,
        "reviews": [drawn("hr/overview/_to_review.html", line=line) for line in shown.reviews],
        "decisions": [drawn("hr/overview/_to_decide.html", line=line) for line in shown.decisions],
        "stuck": [drawn("hr/overview/_stuck.html", line=line) for line in shown.stuck],
        "arrived": [drawn("hr/overview/_arrived.html", line=line) for line in shown.arrived],
        "positions": [drawn("hr/overview/_position.html", line=line) for line in shown.positions],
        "coordinates": bool(coordinated),
        "watches": not coordinated and not access.judged_positions(request.user).exists(),
        "outages": now.outages,
        "live": LiveView(
            topics.of_overview(mine, shown.reviewed, shown.others, coordinated, may_accommodate=may_accommodate),
            now.after,
        ),
    }
    return render(request, "hr/overview.html", context)
