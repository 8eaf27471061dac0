"""How a position goes, in figures with the numbers behind them."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from interviews import access, topics
from interviews.events import head
from interviews.queries import agreement as agreed
from interviews.queries import insight as counted
from interviews.queries import ranking as ranked
from interviews.queries.agreement import AgreementView
from interviews.queries.insight import FEW, DurationsView
from interviews.queries.live import LiveView
from interviews.queries.ranking import RankingView
from interviews.views.agreement import kappas
from interviews.views.figures import Reaches, bars, box, grid

HALF = Decimal("0.5")


@require_safe
@login_required
@never_cache
def insight(request: HttpRequest, position_id: int) -> HttpResponse:
    position = get_object_or_404(access.visible_positions(request.user), pk=position_id)
    reader = access.staff(request.user)
    after = head()  # before the rows: what happens in between is counted again
    found = counted.of(position)
    agreement = agreed.of(position, reader)
    context = {
        "position": position,
        "coordinates": access.coordinates(reader, position),
        "live": LiveView([topics.of_figures(position.pk)], after),
        "few": FEW,
        "insight": found,
        "funnel": bars([(it.name, it.count, str(it.count)) for it in found.steps]),
        "devices": bars([(it.name, it.share, f"{it.share} %") for it in found.devices], 100),
        "questions": bars([(f"{it.number}. {it.text}", it.share, f"{it.share} %") for it in found.questions], 100),
        "durations": _durations(found.durations),
        "scores": _scores(ranked.of(position, reader)),
        "agreement": agreement,
        "table": grid(agreement.table) if agreement.with_machine else None,
        "people": agreement.between_people[0] if agreement.between_people else None,
        "people_figure": _people(agreement),
    }
    return render(request, "hr/insight.html", context)


def _durations(durations: DurationsView | None) -> dict[str, Any] | None:
    if durations is None:
        return None
    names = [_("Quickest"), _("Lower quartile"), _("Median"), _("Upper quartile"), _("Slowest")]
    lines = [(name, in_words(it)) for name, it in zip(names, durations.values, strict=True)]
    figure = box([it.total_seconds() for it in durations.values])
    return {"count": durations.count, "lines": lines, "box": figure, "is_few": durations.count < FEW}


def _scores(ranking: RankingView) -> dict[str, Any]:
    """In steps of a half, each with its lower end; who has the highest score stands in the last."""
    last = 5 - HALF
    held = Counter(min(last, it.score // HALF * HALF) for it in ranking.places)
    steps = [1 + n * HALF for n in range(int((last - 1) / HALF) + 1)]
    lines = [(f"{number_format(it, 1)} – {number_format(it + HALF, 1)}", held[it]) for it in steps]
    return {
        "lines": lines,
        "figure": bars([(name, count, str(count)) for name, count in lines]),
        "count": len(ranking.places),
        "unranked": len(ranking.unranked),
        "hidden": len(ranking.hidden),
        "is_few": len(ranking.places) < FEW,
    }


def _people(agreement: AgreementView) -> Reaches | None:
    together = [
        (_("People and machine"), agreement.with_machine),
        (_("People among each other"), agreement.between_people),
    ]
    return kappas((name, lines[0]) for name, lines in together if lines)


def in_words(span: timedelta) -> str:
    """Rounded to minutes, from two hours on to hours, from two days on to days."""
    minutes = round(span.total_seconds() / 60)
    hours, days = round(minutes / 60), round(minutes / 60 / 24)
    if minutes < 120:
        return ngettext("%(number)s minute", "%(number)s minutes", minutes) % {"number": minutes}
    if hours < 48:
        return ngettext("%(number)s hour", "%(number)s hours", hours) % {"number": hours}
    return ngettext("%(number)s day", "%(number)s days", days) % {"number": days}
