"""The keys for programs that belong to whoever is signed in."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from interviews import access
from interviews.actions import tokens as acts
from interviews.forms.integrations import NewToken
from interviews.forms.reading import read_number
from interviews.models import ApiToken, Scope


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def tokens(request: HttpRequest) -> HttpResponse:
    user = access.staff(request.user)
    if request.method != "POST":
        return _page(request, NewToken())
    if "revoke" in request.POST:
        return _revoked(request)
    form = NewToken(request.POST)
    if not form.is_valid():
        return _page(request, form, status=400)
    chosen = form.cleaned_data
    made, text = acts.make_token(user, chosen["name"], chosen["scopes"], chosen["days"])
    first = f'curl -H "Authorization: Bearer {text}" {request.build_absolute_uri(reverse("api-interviews"))}'
    context = {"token": made, "text": text, "command": first}
    return render(request, "hr/integrations/token_made.html", context)


def _revoked(request: HttpRequest) -> HttpResponse:
    user = access.staff(request.user)
    mine = ApiToken.objects.filter(owner=user)
    token = get_object_or_404(mine, pk=read_number(request.POST["revoke"]))
    acts.revoke_token(token, user)
    messages.success(request, _("The token %(name)s is ended: no program can use it any more.") % {"name": token.name})
    return redirect("tokens")


def _page(request: HttpRequest, form: NewToken, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "tokens": ApiToken.objects.filter(owner=access.staff(request.user)),
        "scopes": Scope.choices,
        "ticked": form["scopes"].value() or [],
        "days_at_most": acts.DAYS_AT_MOST,
        "document": request.build_absolute_uri(reverse("api-document")),
    }
    return render(request, "hr/integrations/tokens.html", context, status=status)
