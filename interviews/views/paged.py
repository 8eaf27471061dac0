"""What lists of interviews that go by pages have in common: where a page stands among them, and what came since."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest, JsonResponse
from django.utils.translation import ngettext

from interviews.forms.listing import Paging, address, query_of, read_ids
from interviews.models import Interview
from interviews.queries import listing
from interviews.queries.orders import read_place


def paged(request: HttpRequest, looking: Paging, page: listing.Page, news: str) -> dict[str, Any]:
    """What such a page shows of this. `news`: the path that tells what came since."""
    query = query_of(request.GET, type(looking))
    return {
        "page": page,
        "wanted": looking.wanted(),
        "query": query,
        "not_understood": looking.not_understood(),
        "is_first": not page.has_before,
        "first": address(request.path, query),
        "links": {name: address(request.path, query, name, place) for name, place in _neighbours(page).items()},
        "news": f"{news}?{request.GET.urlencode()}",
    }


def told(request: HttpRequest, reader: User, looking: Paging, visible: QuerySet[Interview]) -> JsonResponse:
    """What came, and what matches no more, of a page with these ids `shown`. `last`: its end, where more follows.

    JSON: {"new", "words", "gone"}.
    """
    wanted = looking.wanted()
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
