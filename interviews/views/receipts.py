"""The receipt to keep, and the ways out after it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from interviews.actions import withdrawing
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


@require_http_methods(["GET", "HEAD", "POST"])
@for_applicant_even_late
def withdraw(request: HttpRequest, interview: Interview) -> HttpResponse:
    if request.method == "POST":
        if request.POST.get("act") == "erase":
            withdrawing.ask_for_erasure(interview)
        elif request.POST.get("act") == "withdraw":
            withdrawing.withdraw(interview)
        return redirect("interview-withdraw", interview.pk)
    return render(request, "applicant/withdraw.html", {"interview": interview, "position": interview.position})
