"""Who stands where in a position, by what was suggested, and how far that can be told."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.formats import number_format
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from interviews import access, topics
from interviews.actions import auditing
from interviews.events import head
from interviews.models.audit import Action
from interviews.queries import ranking as ranked
from interviews.queries.live import LiveView
from interviews.queries.ranking import PlaceView
from interviews.views.figures import Reaches, reaches


@require_safe
@login_required
@never_cache
def ranking(request: HttpRequest, position_id: int) -> HttpResponse:
    position = get_object_or_404(access.visible_positions(request.user), pk=position_id)
    after = head()  # before the rows: what happens in between is counted again
    reader = access.staff(request.user)
    found = ranked.of(position, reader)
    auditing.seen(Action.RANKING_SEEN, reader, position.pk)
    context = {
        "position": position,
        "coordinates": access.coordinates(reader, position),
        "live": LiveView([topics.of_figures(position.pk)], after),
        "ranking": found,
        "figure": _figure(found.places),
    }
    return render(request, "hr/ranking.html", context)


def _figure(places: Sequence[PlaceView]) -> Reaches | None:
    if not places:
        return None
    values = [
        (
            f"{it.rank}. {it.applicant}",
            number_format(it.score, 2),
            float(it.score),
            (it.interval.low, it.interval.high) if it.interval else None,
        )
        for it in places
    ]
    return reaches(values, 1, places[0].score_max, range(1, places[0].score_max + 1))
