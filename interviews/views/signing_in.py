"""The way in for staff: a password, then the code of an app where the account has one or must have one.

Between the two nobody is signed in: the session only says whose password was right a moment ago.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth import BACKEND_SESSION_KEY, login
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.models import User
from django.contrib.auth.views import LoginView
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from interviews import sessions
from interviews.actions import guessing, second_factor
from interviews.actions.refusals import TooMany
from interviews.forms.accounts import Code, SignIn
from interviews.views.qr import qr

PENDING = "pending_sign_in"
PENDING_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Pending:
    user: User
    next: str
    secret: str


@method_decorator(never_cache, name="dispatch")
class SigningIn(LoginView):
    template_name = "hr/sign_in.html"
    authentication_form = SignIn
    redirect_authenticated_user = True

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "address": sessions.address_of(self.request)}

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        user = form.get_user()
        assert isinstance(user, User)  # noqa: S101 - our one kind of account
        has_one = second_factor.has_one(user)
        if not has_one and not second_factor.is_required_of(user):
            return super().form_valid(form)
        self.request.session.cycle_key()
        self.request.session[PENDING] = {
            "user": user.pk,
            "hash": user.get_session_auth_hash(),
            BACKEND_SESSION_KEY: getattr(user, "backend", ""),
            "at": timezone.now().timestamp(),
            "next": self.get_success_url(),
            "secret": "" if has_one else second_factor.new_secret(),
        }
        return redirect("sign-in-code" if has_one else "sign-in-set-up")


def admin(request: HttpRequest) -> HttpResponse:
    """The admin has no way in of its own."""
    if request.user.is_authenticated:
        raise PermissionDenied
    return redirect(f"{reverse('sign-in')}?{urlencode({'next': request.GET.get('next', reverse('admin:index'))})}")


def _pending(with_secret: bool) -> Callable[[Callable[[HttpRequest, Pending], HttpResponse]], Any]:
    """The page gets who has typed a right password within ten minutes; anybody else begins again."""

    def decorate(page: Callable[[HttpRequest, Pending], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
        @wraps(page)
        @never_cache
        @require_http_methods(["GET", "HEAD", "POST"])
        def view(request: HttpRequest) -> HttpResponse:
            held = request.session.get(PENDING, {})
            user = User.objects.filter(pk=held.get("user"), is_active=True).first()
            if (
                user is None
                or not 0 <= timezone.now().timestamp() - held["at"] <= PENDING_SECONDS
                or not constant_time_compare(held["hash"], user.get_session_auth_hash())
                or bool(held["secret"]) is not with_secret
            ):
                return redirect("sign-in")
            return page(request, Pending(user, held["next"], held["secret"]))

        return view

    return decorate


@_pending(with_secret=False)
def code(request: HttpRequest, pending: Pending) -> HttpResponse:
    problem = ""
    if request.method == "POST":
        problem = problem_with(request, pending.user)
        if not problem:
            _begin(request, pending)
            return redirect(pending.next)
    return render(request, "hr/account/code.html", {"problem": problem}, status=400 if problem else 200)


@_pending(with_secret=True)
def set_up(request: HttpRequest, pending: Pending) -> HttpResponse:
    """Where a second factor is required and there is none yet."""
    codes, shown = set_up_page(request, pending.user, pending.secret)
    if codes is None:
        return shown
    _begin(request, pending)
    return render(request, "hr/account/recovery_codes.html", {"codes": codes, "go_on": pending.next})


def _begin(request: HttpRequest, pending: Pending) -> None:
    held = request.session.pop(PENDING)
    login(request, pending.user, backend=held[BACKEND_SESSION_KEY])
    request.session[sessions.SECOND_FACTOR] = True


def problem_with(request: HttpRequest, user: User, prefix: str | None = None) -> str:
    """What is wrong with the code that was sent; "" where it is good."""
    form = Code(request.POST, prefix=prefix)
    if not form.is_valid():
        return str(form.errors["code"][0])
    try:
        tried = guessing.try_code(user.pk, sessions.address_of(request))
    except TooMany as refused:
        return refused.message
    if not second_factor.is_good(user, form.cleaned_data["code"]):
        guessing.was_wrong(tried)
        return _("That code is not good, or not any more. Type the one that your app shows now.")
    guessing.was_right(tried)
    return ""


def set_up_page(request: HttpRequest, user: User, secret: str) -> tuple[list[str] | None, HttpResponse]:
    """The recovery codes where a second factor was made just now, and otherwise the page to be shown."""
    problem = ""
    if request.method == "POST":
        form = Code(request.POST)
        typed = form.cleaned_data["code"].replace(" ", "") if form.is_valid() else ""
        codes = second_factor.begin(user, secret, typed)
        if codes is not None:
            return codes, HttpResponse()
        problem = _("That code does not fit. Is the clock of your device right? Type the one that it shows now.")
    address = second_factor.address_for_app(secret, user.get_username())
    context = {"qr": qr(address), "secret": secret, "problem": problem}
    return None, render(request, "hr/account/set_up.html", context, status=400 if problem else 200)
