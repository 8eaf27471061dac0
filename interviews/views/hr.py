"""The list of interviews."""

from __future__ import annotations

from dataclasses import fields

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from interviews import access, topics
from interviews.forms.listing import MORE_DAYS, Looking, address, column_words, sort_words, stage_words
from interviews.models import Decision, HiddenColumns, SavedView
from interviews.queries import listing, operations, stages
from interviews.queries.live import LiveView
from interviews.views.drawn import drawn
from interviews.views.paged import paged, told
from interviews.views.undoing import offered


@require_safe
@login_required
@never_cache
def results(request: HttpRequest) -> HttpResponse:
    now = operations.now()
    reader = access.staff(request.user)
    looking = Looking(request.GET)
    wanted = looking.wanted()
    positions = dict(access.visible_positions(reader).values_list("pk", "title"))
    page = listing.page(
        access.visible_interviews(reader),
        reader,
        wanted,
        after=looking.place("after"),
        before=looking.place("before"),
    )
    reviewed = access.reviewed_by(reader, page.ids)
    rows = stages.rows_of(page.ids, reviewed)
    coordinates = access.coordinated_positions(reader).exists()
    judges = coordinates or access.judged_positions(reader).exists()
    context = {
        "rows": [(row.id, drawn("hr/_row.html", row=row)) for row in rows],
        **paged(request, looking, page, reverse("results-news")),
        "filters": _filters(wanted),
        "is_filtered": wanted != listing.Wanted(sort=wanted.sort),
        "positions": positions.items(),
        "stages": stage_words().items(),
        "sorts": sort_words().items(),
        "outcomes": Decision.Outcome.choices if judges else (),
        "coordinates": coordinates,
        "watches": not judges,
        "sends_mail": settings.SENDS_MAIL,
        "more_days": MORE_DAYS,
        "views": _views(reader),
        "columns": column_words().items(),
        "hidden_columns": _hidden_columns(reader),
        "undo": offered(request),
        "outages": now.outages,
        "live": LiveView(topics.of_list(positions, reviewed, set(page.ids) - reviewed), now.after),
    }
    return render(request, "hr/results.html", context)


@require_safe
@login_required
@never_cache
def news(request: HttpRequest) -> JsonResponse:
    reader = access.staff(request.user)
    return told(request, reader, Looking(request.GET), access.visible_interviews(reader))


def _filters(wanted: listing.Wanted) -> int:
    """How many are on, besides the words that are looked for."""
    none = listing.Wanted(words=wanted.words, sort=wanted.sort)
    return sum(getattr(wanted, it.name) != getattr(none, it.name) for it in fields(wanted))


def _views(user: User) -> list[tuple[SavedView, str]]:
    return [
        (view, address(reverse("results"), view.query)) for view in SavedView.objects.filter(user=user, deleted_at=None)
    ]


def _hidden_columns(user: User) -> list[str]:
    chosen = HiddenColumns.objects.filter(user=user).first()
    return chosen.columns if chosen else ["arrived"]
