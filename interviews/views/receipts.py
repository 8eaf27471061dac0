"""The receipt to keep."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from interviews.models import Interview
from interviews.queries import receipts
from interviews.views.applicants import for_applicant_even_late


@require_safe
@for_applicant_even_late
def download(request: HttpRequest, interview: Interview, number: int | None = None) -> HttpResponse:
    """The newest one, or the one of this number. Also of an interview that was reopened, and when that has expired."""
    receipt = receipts.numbered(interview, interview.receipts.count() if number is None else number)
    if receipt is None:
        return redirect("interview", interview.pk)
    headers = {"Content-Disposition": f'attachment; filename="receipt-{receipt.code}.txt"'}
    return HttpResponse(receipt.text, content_type="text/plain; charset=utf-8", headers=headers)
