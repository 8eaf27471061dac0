"""The list of interviews."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from interviews import access, topics
from interviews.forms.listing import (
    MORE_DAYS,
    Looking,
    address,
    column_words,
    query_of,
    read_ids,
    sort_words,
    stage_words,
)
from interviews.models import Decision, HiddenColumns, SavedView
from interviews.queries import listing, operations, stages
from interviews.queries.live import LiveView
from interviews.queries.orders import read_place
from interviews.views.drawn import drawn
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
    query = query_of(request.GET)
    coordinates = access.coordinated_positions(reader).exists()
    judges = coordinates or access.judged_positions(reader).exists()
    context = {
        "rows": [(row.id, drawn("hr/_row.html", row=row)) for row in rows],
        "page": page,
        "wanted": wanted,
        "query": query,
        "is_filtered": wanted != listing.Wanted(sort=wanted.sort),
        "not_understood": looking.not_understood(),
        "is_first": not page.has_before,
        "links": {name: address(query, name, place) for name, place in _neighbours(page).items()},
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
    """What came, and what matches no more, of a page with these ids `shown`. `last`: its end, where more follows.

    JSON: {"new", "words", "gone"}.
    """
    reader = access.staff(request.user)
    looking = Looking(request.GET)
    wanted = looking.wanted()
    visible = access.visible_interviews(reader)
    shown = set(read_ids(request.GET.get("shown", "").split(",")))
    last = read_place(request.GET.get("last", ""), wanted.sort)
    new = listing.newcomers(visible, reader, wanted, shown, last, looking.place("after"))
    gone = shown - listing.still(visible, reader, wanted, shown)
    words = ngettext("%(new)s new", "%(new)s new", new) % {"new": new}
    return JsonResponse({"new": new, "words": words, "gone": sorted(map(str, gone))})


def _neighbours(page: listing.Page) -> dict[str, str]:
    return {
        **({"before": page.first} if page.has_before and page.ids else {}),
        **({"after": page.last} if page.has_after and page.ids else {}),
    }


def _views(user: User) -> list[tuple[SavedView, str]]:
    return [(view, address(view.query)) for view in SavedView.objects.filter(user=user, deleted_at=None)]


def _hidden_columns(user: User) -> list[str]:
    chosen = HiddenColumns.objects.filter(user=user).first()
    return chosen.columns if chosen else ["arrived"]
