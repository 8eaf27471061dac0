"""The figures of a bias audit: a page and files, for whoever has the right to what applicants said of themselves."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib.auth.decorators import login_required, permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from interviews import access
from interviews.actions.auditing import note
from interviews.exports.bias import as_csv
from interviews.forms.bias import Asked
from interviews.models import SelfReport
from interviews.models.audit import Action
from interviews.queries import bias
from interviews.scoring.bias import FEW, FEWEST_SHOWN, Rate, Table, hidden

MAY = permission_required("interviews.view_selfreport", raise_exception=True)
TYPES = {"csv": "text/csv; charset=utf-8", "html": "text/html; charset=utf-8"}


@dataclass(frozen=True, slots=True)
class Line:
    """All but the name is "" where the group is too small to be shown."""

    name: str
    is_hidden: bool
    people: str = ""
    chosen: str = ""
    rate: str = ""
    ratio: str = ""
    interval: str = ""
    p: str = ""
    remarks: str = ""


@dataclass(frozen=True, slots=True)
class TableView:
    measure: str
    by: str
    unknown: int
    lines: list[Line]
    has_hidden: bool
    has_ratios: bool


@require_safe
@login_required
@MAY
@never_cache
def audit(request: HttpRequest) -> HttpResponse:
    form = Asked(request.GET)
    context: dict[str, Any] = {"form": form, "query": request.GET.urlencode(), "as_of": timezone.now()}
    if not form.is_valid():
        return render(request, "hr/bias/audit.html", context, status=400)
    note(Action.BIAS_SEEN, access.staff(request.user).pk, position=_position(form))
    return render(request, "hr/bias/audit.html", {**context, **_shown(form)})


@require_safe
@login_required
@MAY
@never_cache
def export(request: HttpRequest, file_format: str) -> HttpResponse:
    """`?…` as on the page. CSV: every figure, for whoever audits; HTML: the page's tables, to be published."""
    form = Asked(request.GET)
    if file_format not in TYPES or not form.is_valid():
        raise Http404
    note(Action.BIAS_EXPORTED, access.staff(request.user).pk, position=_position(form))
    if file_format == "csv":
        asked = form.cleaned_data
        made = b"".join(as_csv(bias.count(asked["position"], asked["begin"], asked["end"])))
    else:
        made = render_to_string("hr/bias/published.html", {**_shown(form), "as_of": timezone.now()}).encode()
    headers = {
        "Content-Disposition": f'attachment; filename="bias-audit-{form.cleaned_data["end"]}.{file_format}"',
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(made, content_type=TYPES[file_format], headers=headers)


def _position(form: Asked) -> int | None:
    position = form.cleaned_data["position"]
    return position.pk if position else None


def _shown(form: Asked) -> dict[str, Any]:
    asked = form.cleaned_data
    counted = bias.count(asked["position"], asked["begin"], asked["end"])
    return {
        "position": asked["position"],
        "begin": asked["begin"],
        "end": asked["end"],
        "counted": counted,
        "tables": [_table(it) for it in counted.tables],
        "few": FEW,
        "fewest": FEWEST_SHOWN,
    }


def _table(table: Table) -> TableView:
    measures = {"selection": _("Selection rate"), "scoring": _("Scoring rate")}
    kinds = {"sex": _("by sex"), "ethnicity": _("by race or ethnicity"), "both": _("by both")}
    left_out = hidden(table)
    # Whoever is held to a hidden group would tell its rate.
    held_to = next((it.group for it in table.rates if it.ratio == 1 and it.p is None), None)
    has_ratios = held_to is not None and held_to not in left_out
    lines = [Line(_name(it), True) if it.group in left_out else _line(it, has_ratios=has_ratios) for it in table.rates]
    return TableView(measures[table.measure], kinds[table.by], table.unknown, lines, bool(left_out), has_ratios)


def _line(rate: Rate, *, has_ratios: bool) -> Line:
    ratio, low, high, p = (rate.ratio, rate.low, rate.high, rate.p) if has_ratios else (None, None, None, None)
    remarks = [
        (rate.is_small, _("below 2 % of all; left out of the ratios")),
        (ratio is not None and rate.is_below_four_fifths, _("below four fifths")),
        (rate.is_of_few, _("few people: it says little")),
        (ratio is not None and p is None, _("the highest rate")),
    ]
    return Line(
        name=_name(rate),
        is_hidden=False,
        people=str(rate.people),
        chosen=str(rate.chosen),
        rate=f"{number_format(rate.rate * 100, 1)} %",
        ratio=_number(ratio, 2),
        interval=f"{_number(low, 2)} – {_number(high, 2)}" if low is not None else "",
        p=_number(p, 4),
        remarks="; ".join(words for holds, words in remarks if holds),
    )


def _number(value: Decimal | None, places: int) -> str:
    return "" if value is None else number_format(value, places)


def _name(rate: Rate) -> str:
    labels: dict[str, Any] = dict([*SelfReport.Sex.choices, *SelfReport.Ethnicity.choices])
    return ", ".join(str(labels[it]) for it in rate.group)
