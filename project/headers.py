"""What every reply says to browsers beyond what Django and its packages do."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

SAYS_WHAT_A_PAGE_MAY = ("Content-Security-Policy", "Permissions-Policy", "Cross-Origin-Opener-Policy")
NO_PAGE = ("text/css", "text/javascript")


class Headers:
    """Nothing here is loaded into pages of other sites, and no page is kept by caches unless its view says so.

    Stands before all that sets headers. Scripts and style sheets go without those that are about pages: with forty of
    them they would be a tenth of what an applicant's phone loads first.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._get_response(request)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if not response.has_header("Cache-Control"):
            response["Cache-Control"] = "private, no-store"
        is_file = request.path_info.startswith(settings.STATIC_URL)
        if is_file and response.headers.get("Content-Type", "").startswith(NO_PAGE):
            for name in SAYS_WHAT_A_PAGE_MAY:
                del response.headers[name]
        return response
