"""Before what can do much harm, whoever is signed in shows once more who they are, if they have not done so just now.

So a session that somebody found open, or stole, takes no copies, deletes nothing, shares nothing and makes no accounts.
What was typed on a page is carried along, so nothing has to be typed again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from interviews import sessions
from interviews.actions import guessing, second_factor
from interviews.actions.refusals import TooMany
from interviews.views.signing_in import problem_with

FRESH = timedelta(minutes=10)
ASKS = frozenset(
    {
        "results-export",
        "interview-export",
        "share",
        "bias-audit-export",
        "tokens",
        "webhooks",
        "webhook",
        "account-second-factor",
        "account-second-factor-end",
        "account-recovery-codes",
        "admin:auth_user_add",
        "admin:auth_user_change",
        "admin:auth_user_password_change",
        "admin:auth_group_add",
        "admin:auth_group_change",
        "admin:interviews_auditentry_export",
        "admin:interviews_hold_add",
    }
)
"""Names of addresses. Besides these, whatever deletes in the admin, and what is done there with many accounts."""
OFFERED_BY = {
    "results-export": "results",
    "interview-export": "review",
    "bias-audit-export": "bias-audit",
    "admin:interviews_auditentry_export": "admin:interviews_auditentry_changelist",
}
"""Of files, the pages that lead to them. A browser that is led to a file stays on the page before: this one."""
DELETES = frozenset({"delete_selected", "erase_selected", "lift_selected"})
"""Acts on many in the admin; the last ends a legal hold."""
NOT_CARRIED = re.compile(r"proof|csrfmiddlewaretoken|.*password")
"""Of what was sent: passwords are typed again rather than written into a page."""


class Proving:
    """Middleware: it stands before the view, so nothing of it happens first."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self._get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> HttpResponse | None:
        if not asks(request) or not isinstance(request.user, User):
            return None  # who is not signed in is sent away by the view
        if sessions.was_proved_within(request.session, FRESH):
            return None
        problem = ""
        if request.method == "POST" and "proof" in request.POST:
            problem = _problem(request, request.user)
            if not problem:
                sessions.prove(request.session)
                return _led_on(request) if request.POST["proof"] == "GET" else None
        return _page(request, request.user, problem)


def asks(request: HttpRequest) -> bool:
    match = request.resolver_match
    name = match.view_name if match else ""
    if name in ASKS:
        return True
    if not name.startswith("admin:"):
        return False
    many = request.method == "POST" and name.endswith("_changelist")
    return name.endswith("_delete") or (
        many and (name.startswith("admin:auth_") or request.POST.get("action") in DELETES)
    )


def _led_on(request: HttpRequest) -> HttpResponse:
    match, query = request.resolver_match, request.META["QUERY_STRING"]
    page = OFFERED_BY.get(match.view_name) if match else None
    if match is None or page is None:
        return redirect(request.get_full_path())
    messages.success(request, _("Thank you. Take the file now: you are not asked again for ten minutes."))
    address = reverse(page, kwargs={name: value for name, value in match.kwargs.items() if name != "file_format"})
    return redirect(f"{address}?{query}" if query else address)


def _problem(request: HttpRequest, user: User) -> str:
    if second_factor.has_one(user):
        return problem_with(request, user, prefix="proof")
    try:
        tried = guessing.try_password(user.get_username(), sessions.address_of(request))
    except TooMany as refused:
        return refused.message
    if not user.check_password(request.POST.get("proof-password", "")):
        guessing.was_wrong(tried)
        return _("That is not your password.")
    guessing.was_right(tried)
    return ""


def _page(request: HttpRequest, user: User, problem: str) -> HttpResponse:
    """403: nothing was done. The form goes to the same address, with what was sent there."""
    is_get = request.method in ("GET", "HEAD") or request.POST.get("proof") == "GET"
    context = {
        "problem": problem,
        "by_code": second_factor.has_one(user),
        "address": request.get_full_path(),
        "proof": "GET" if is_get else "POST",
        "sent": [
            (name, value) for name, values in request.POST.lists() if not NOT_CARRIED.match(name) for value in values
        ],
    }
    return render(request, "hr/account/prove.html", context, status=403)
