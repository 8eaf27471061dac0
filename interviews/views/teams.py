"""Who works on a position, and as what."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from interviews import access
from interviews.actions import teams
from interviews.actions.refusals import Refused
from interviews.forms.positions import Moving, NewMember
from interviews.forms.reading import read_number
from interviews.models import Membership, Position
from interviews.views.invitations import for_coordinator


@require_http_methods(["GET", "HEAD", "POST"])
@for_coordinator
def team(request: HttpRequest, position: Position) -> HttpResponse:
    if request.method != "POST":
        return _page(request, position, NewMember())
    if "member" in request.POST:
        return _moved(request, position)
    form = NewMember(request.POST)
    if not form.is_valid():
        return _page(request, position, form, 400)
    try:
        teams.put(position, form.cleaned_data["who"], form.cleaned_data["role"])
    except Refused as refused:
        messages.warning(request, refused.message)
    else:
        messages.success(request, _("%(name)s is on the team.") % {"name": form.cleaned_data["who"]})
    return redirect("position-team", position.pk)


def _moved(request: HttpRequest, position: Position) -> HttpResponse:
    form = Moving(request.POST)
    member = get_object_or_404(position.memberships, pk=read_number(request.POST["member"]))
    if not form.is_valid():
        return _page(request, position, NewMember(), 400)
    name = {"name": member.user.get_username()}
    try:
        if form.cleaned_data["role"] == "remove":
            teams.remove(position, member.user)
            messages.success(request, _("%(name)s is not on the team any more.") % name)
        else:
            teams.put(position, member.user, form.cleaned_data["role"])
            messages.success(request, _("The role of %(name)s is changed.") % name)
    except Refused as refused:
        messages.warning(request, refused.message)
    if not access.coordinated_positions(request.user).filter(pk=position.pk).exists():
        return redirect("positions")  # who takes the role from oneself
    return redirect("position-team", position.pk)


def _page(request: HttpRequest, position: Position, form: NewMember, status: int = 200) -> HttpResponse:
    context = {
        "position": position,
        "form": form,
        "members": position.memberships.select_related("user"),
        "roles": Membership.Role.choices,
    }
    return render(request, "hr/positions/team.html", context, status=status)
