"""How far people and machine agree in a position, as a page with a chart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from interviews import access
from interviews.queries import agreement as counted
from interviews.queries.agreement import LineView

WIDTH = 400
LEFT = 180
ROW = 34


@dataclass(frozen=True, slots=True)
class Mark:
    """One line of the chart, in its own units."""

    name: str
    y: int
    low: int
    at: int
    high: int


@dataclass(frozen=True, slots=True)
class Chart:
    height: int
    bottom: int
    marks: list[Mark]
    ticks: list[tuple[int, str]]


@require_safe
@login_required
@never_cache
def agreement(request: HttpRequest, position_id: int) -> HttpResponse:
    position = get_object_or_404(access.visible_positions(request.user), pk=position_id)
    as_of = timezone.now()
    found = counted.of(position, access.staff(request.user))
    context = {
        "as_of": as_of,
        "position": position,
        "agreement": found,
        "with_machine": (found.with_machine, _chart(found.with_machine)),
        "between_people": (found.between_people, _chart(found.between_people)),
        "middle": counted.MIDDLE,
    }
    return render(request, "hr/agreement.html", context)


def _chart(lines: Iterable[LineView]) -> Chart | None:
    shown = [line for line in lines if line.value is not None and line.low is not None and line.high is not None]
    if not shown:
        return None
    marks = [
        Mark(line.name, ROW * number + ROW // 2, _x(line.low or 0), _x(line.value or 0), _x(line.high or 0))
        for number, line in enumerate(shown)
    ]
    bottom = ROW * len(shown)
    return Chart(bottom + 28, bottom, marks, [(_x(value), f"{value:g}") for value in (-1, -0.5, 0, 0.5, 1)])


def _x(value: float) -> int:
    return LEFT + round((value + 1) / 2 * WIDTH)
