"""How far people and machine agree in a position, as a page with figures."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.formats import number_format
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from interviews import access, topics
from interviews.events import head
from interviews.queries import agreement as counted
from interviews.queries.agreement import LineView
from interviews.queries.live import LiveView
from interviews.views.figures import Reaches, reaches

KAPPAS = (-1, -0.5, 0, 0.5, 1)


@require_safe
@login_required
@never_cache
def agreement(request: HttpRequest, position_id: int) -> HttpResponse:
    position = get_object_or_404(access.visible_positions(request.user), pk=position_id)
    after = head()  # before the rows: what happens in between is counted again
    reader = access.staff(request.user)
    found = counted.of(position, reader)
    context = {
        "live": LiveView([topics.of_figures(position.pk)], after),
        "position": position,
        "coordinates": access.coordinates(reader, position),
        "agreement": found,
        "with_machine": (found.with_machine, kappas((line.name, line) for line in found.with_machine)),
        "between_people": (found.between_people, kappas((line.name, line) for line in found.between_people)),
        "middle": counted.MIDDLE,
    }
    return render(request, "hr/agreement.html", context)


def kappas(lines: Iterable[tuple[str, LineView]]) -> Reaches | None:
    """Of those that have one, each under its name."""
    values = [
        (name, number_format(line.value, 2), line.value, (line.low, line.high))
        for name, line in lines
        if line.value is not None and line.low is not None and line.high is not None
    ]
    return reaches(values, KAPPAS[0], KAPPAS[-1], KAPPAS) if values else None
