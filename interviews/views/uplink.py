"""Where the recorder's page sends bytes that mean nothing, to learn how fast its connection is and what time it is."""

from __future__ import annotations

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.utils.http import http_date
from django.views.decorators.http import require_POST


@require_POST
def uplink(request: HttpRequest) -> HttpResponse:
    """Keeps nothing. Needs no link: it gives nothing away, and what it takes in is bounded like any request."""
    try:
        _all = request.body  # read to its end: the reply's time is what is measured
    except RequestDataTooBig:
        return HttpResponse(status=413)
    return HttpResponse(status=204, headers={"Cache-Control": "no-store", "Date": http_date()})
