"""Public links of a position: made, shown once, ended."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from interviews import access
from interviews.actions import joining
from interviews.actions.refusals import Refused
from interviews.forms.coordinators import PublicLinkForm
from interviews.forms.reading import read_id
from interviews.models import Position
from interviews.queries import invitations
from interviews.views.invitations import for_coordinator
from interviews.views.qr import qr


@require_http_methods(["GET", "HEAD", "POST"])
@for_coordinator
def public_links(request: HttpRequest, position: Position) -> HttpResponse:
    if request.method != "POST":
        return _listed(request, position, PublicLinkForm())
    actor = access.staff(request.user)
    if "revoke" in request.POST:
        link = get_object_or_404(position.public_links, pk=read_id(request.POST["revoke"]))
        joining.revoke_public_link(link, actor=actor)
        messages.success(request, _("This link is closed. Who came by it before keeps their invitation."))
        return redirect("public-links", position.pk)
    form = PublicLinkForm(request.POST)
    if not form.is_valid():
        return _listed(request, position, form, 400)
    try:
        made, token = joining.make_public_link(position, form.cleaned_data["label"], actor=actor)
    except Refused as problem:
        messages.warning(request, problem.message)
        return redirect("public-links", position.pk)
    # Behind the #, as in every link of ours: a browser keeps that to itself.
    address = request.build_absolute_uri(reverse("join", args=[made.pk])) + f"#{token}"
    context = {"position": position, "link": made, "address": address, "qr": qr(address)}
    return render(request, "hr/invitations/poster.html", context)


def _listed(request: HttpRequest, position: Position, form: PublicLinkForm, status: int = 200) -> HttpResponse:
    context = {
        "position": position,
        "links": invitations.public_links(position),
        "form": form,
        "is_published": position.question_sets.filter(published_at__isnull=False).exists(),
        "is_open": position.state == Position.State.OPEN,
    }
    return render(request, "hr/invitations/public_links.html", context, status=status)
