"""Pages on which people say which machines are told what, and see what became of it."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from interviews import access
from interviews.actions import webhooks as acts
from interviews.actions.refusals import Refused
from interviews.forms.integrations import NewEndpoint
from interviews.models import Delivery, Endpoint, Telling
from interviews.processing.webhooks import secret
from interviews.queries.reasons import told
from interviews.queries.webhooks import deliveries


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def webhooks(request: HttpRequest) -> HttpResponse:
    user = access.staff(request.user)
    positions = access.coordinated_positions(user)
    form = NewEndpoint(request.POST or None, positions=positions, whole_site=user.is_superuser)
    if request.method != "POST":
        return _page(request, form)
    if not (user.is_superuser or positions.exists()):
        raise PermissionDenied
    if not form.is_valid():
        return _page(request, form, status=400)
    chosen = form.cleaned_data
    made = acts.make_endpoint(chosen["position"], chosen["url"], chosen["kinds"], user)
    return _secret_page(request, made)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def webhook(request: HttpRequest, endpoint_id: uuid.UUID) -> HttpResponse:
    user = access.staff(request.user)
    endpoint = get_object_or_404(_endpoints(user), pk=endpoint_id)
    if request.method != "POST":
        return _one(request, endpoint)
    act = request.POST.get("act", "")
    if act == "remove":
        acts.remove(endpoint, user)
        messages.success(request, _("The endpoint is removed: nothing more is told to it."))
        return redirect("webhooks")
    try:
        if act == "secret":
            acts.change_secret(endpoint, user)
            return _secret_page(request, endpoint)
        if act in _DOES:
            messages.success(request, _DOES[act](endpoint, user))
    except Refused as refused:
        messages.warning(request, refused.message)
    return redirect("webhook", endpoint.pk)


@require_POST
@login_required
@never_cache
def send_again(request: HttpRequest, endpoint_id: uuid.UUID, delivery_id: uuid.UUID) -> HttpResponse:
    endpoint = get_object_or_404(_endpoints(access.staff(request.user)), pk=endpoint_id)
    delivery = get_object_or_404(Delivery.objects.select_related("endpoint"), pk=delivery_id, endpoint=endpoint)
    try:
        acts.send_again(delivery)
        messages.success(request, _("It is on its way again, under the same id."))
    except Refused as refused:
        messages.warning(request, refused.message)
    return redirect("webhook", endpoint.pk)


def _endpoints(user: User) -> QuerySet[Endpoint]:
    """Those of positions that they run; superusers also those of the whole site."""
    found = Endpoint.objects.select_related("position", "made_by")
    return found if user.is_superuser else found.filter(position__in=access.coordinated_positions(user))


def _tried(endpoint: Endpoint, _by: User) -> str:
    acts.try_out(endpoint)
    return _("A test message is on its way. Look again below in a moment to see what became of it.")


def _disabled(endpoint: Endpoint, by: User) -> str:
    acts.disable(endpoint, by)
    return _("The endpoint is disabled: nothing more is told to it.")


def _enabled(endpoint: Endpoint, by: User) -> str:
    acts.enable(endpoint, by)
    return _("The endpoint is enabled: it is told of what happens from now on.")


_DOES: dict[str, Callable[[Endpoint, User], str]] = {"test": _tried, "disable": _disabled, "enable": _enabled}


def _page(request: HttpRequest, form: NewEndpoint, status: int = 200) -> HttpResponse:
    user = access.staff(request.user)
    positions = access.coordinated_positions(user)
    context = {
        "form": form,
        "endpoints": [(it, told(it.disabled_because)) for it in _endpoints(user)],
        "positions": positions,
        "whole_site": user.is_superuser,
        "may_make": user.is_superuser or positions.exists(),
        "kinds": Telling.choices,
        "ticked": form["kinds"].value() or [],
        "chosen": str(form["position"].value() or ""),
    }
    return render(request, "hr/integrations/webhooks.html", context, status=status)


def _one(request: HttpRequest, endpoint: Endpoint) -> HttpResponse:
    words = dict(Telling.choices)
    context = {
        "endpoint": endpoint,
        "disabled_because": told(endpoint.disabled_because),
        "kinds": [words[kind] for kind in endpoint.kind_list if kind in words],
        "deliveries": deliveries(endpoint),
        "looked_at": timezone.now(),
    }
    return render(request, "hr/integrations/webhook.html", context)


def _secret_page(request: HttpRequest, endpoint: Endpoint) -> HttpResponse:
    context = {"endpoint": endpoint, "secret": secret(endpoint), "is_new": endpoint.generation == 1}
    return render(request, "hr/integrations/webhook_secret.html", context)
