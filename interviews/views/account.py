"""One's own account: where one is signed in, the second factor, the password."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import PasswordChangeView
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from interviews import access, sessions
from interviews.actions import second_factor
from interviews.forms.accounts import NewPassword
from interviews.models import RecoveryCode
from interviews.views.signing_in import set_up_page

SECRET = "second_factor_secret"  # noqa: S105 - where the session keeps it until it is confirmed


@require_GET
@login_required
@never_cache
def account(request: HttpRequest) -> HttpResponse:
    user = access.staff(request.user)
    here = request.session.session_key
    context = {
        "sessions": [(it, it.pk == here, sessions.handle(it)) for it in sessions.of(user)],
        "has_second_factor": second_factor.has_one(user),
        "is_required": second_factor.is_required_of(user),
        "recovery_codes": RecoveryCode.objects.filter(user=user).count(),
    }
    return render(request, "hr/account/account.html", context)


@require_POST
@login_required
def end_session(request: HttpRequest) -> HttpResponse:
    """One, by its handle, or all but this one."""
    user = access.staff(request.user)
    if "others" in request.POST:
        ended = sessions.end_others(user, request.session.session_key)
    else:
        ended = sessions.end(user, request.POST.get("handle", ""))
    if ended:
        messages.success(request, _("Ended. Whoever had it open sees nothing more."))
    return redirect("account")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def make_second_factor(request: HttpRequest) -> HttpResponse:
    user = access.staff(request.user)
    secret = request.session.get(SECRET) or second_factor.new_secret()
    request.session[SECRET] = secret
    codes, shown = set_up_page(request, user, secret)
    if codes is None:
        return shown
    del request.session[SECRET]
    request.session[sessions.SECOND_FACTOR] = True
    sessions.end_others(user, request.session.session_key)  # they began without one
    return render(request, "hr/account/recovery_codes.html", {"codes": codes, "go_on": reverse_lazy("account")})


@require_POST
@login_required
@never_cache
def new_recovery_codes(request: HttpRequest) -> HttpResponse:
    user = access.staff(request.user)
    if not second_factor.has_one(user):
        return redirect("account")
    codes = second_factor.new_recovery_codes(user)
    return render(request, "hr/account/recovery_codes.html", {"codes": codes, "go_on": reverse_lazy("account")})


@require_POST
@login_required
def end_second_factor(request: HttpRequest) -> HttpResponse:
    user = access.staff(request.user)
    if second_factor.is_required_of(user):
        messages.warning(request, _("This site requires a second factor of your account."))
    else:
        second_factor.take_away(user)
        messages.success(request, _("Your account has no second factor any more."))
    return redirect("account")


@method_decorator([login_required, never_cache], name="dispatch")
class ChangingPassword(PasswordChangeView):
    template_name = "hr/account/password.html"
    form_class = NewPassword
    success_url = reverse_lazy("account")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "address": sessions.address_of(self.request)}

    def form_valid(self, form: Form) -> HttpResponse:
        reply = super().form_valid(form)
        messages.success(
            self.request, _("Your password is changed. Wherever else you were signed in, you are not now.")
        )
        return reply
