"""What is answered where there is no page, and to a request that could not be read."""

from __future__ import annotations

from typing import NoReturn

from django.contrib.sessions.exceptions import SessionInterrupted
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import get_template
from django.views import defaults


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Django takes whatever fails while a session is saved for a session that was ended meanwhile, and calls that the
    request's fault. Where the database was away it is ours, and passes: the sender may repeat it."""
    if isinstance(exception, SessionInterrupted) and _causes_include_the_database(exception):
        return HttpResponse(get_template("500.html").render(), status=503)
    return defaults.bad_request(request, exception)


def _causes_include_the_database(exception: BaseException) -> bool:
    cause: BaseException | None = exception
    while cause is not None and not isinstance(cause, OperationalError):
        cause = cause.__cause__ or cause.__context__
    return cause is not None


def no_such_page(request: HttpRequest, rest: str) -> NoReturn:
    raise Http404
