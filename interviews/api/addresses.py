"""`/api/v1/…`, as plain entries of the site's own table of addresses."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, path
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from interviews.api import interviews, invitations, positions
from interviews.api.document import PREFIX, Api, document
from interviews.api.problems import answer, answer_with_problems, no_such_thing, not_a_method

ABOUT = (
    "One-way video interviews. A token belongs to a person, and sees and does what that person may: suggestions are "
    "shown once their own review is done, and decisions are made in their name. See docs/api.md."
)
api = Api(title="Greenroom", version="1", description=ABOUT, docs_url=None, openapi_url=None)
api.add_router("/positions", positions.router)
api.add_router("/interviews", interviews.router)
api.add_router("", invitations.router)
answer_with_problems(api)


@cache
def _document() -> dict[str, Any]:
    return document(api)


@require_safe
def openapi(_request: HttpRequest) -> HttpResponse:
    """For everybody: it tells what can be asked, and nothing of what is here."""
    return JsonResponse(_document())


@csrf_exempt
@never_cache
def nothing(_request: HttpRequest, rest: str) -> HttpResponse:
    return answer(no_such_thing())


def _private(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """No cookie counts here, so no other site can use a visitor's; and no answer is kept on its way."""

    @csrf_exempt
    @never_cache
    @wraps(view)
    def answered(request: HttpRequest, **arguments: Any) -> HttpResponse:
        response = view(request, **arguments)
        return answer(not_a_method(response["Allow"])) if response.status_code == 405 else response

    return answered


def _entries() -> list[URLPattern]:
    found = [it for it in api.urls[0] if isinstance(it, URLPattern) and it.name not in (None, "api-root")]
    return [path(f"{PREFIX}/{it.pattern}", _private(it.callback), name=str(it.name)) for it in found]


urlpatterns = [
    path(f"{PREFIX}/openapi.json", openapi, name="api-document"),
    *_entries(),
    path(f"{PREFIX}/<path:rest>", nothing, name="api-nothing"),
]
