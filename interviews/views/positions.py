"""Pages on which positions are made and run. Every button works without script."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from interviews import access, topics
from interviews.actions import running
from interviews.actions.closing import close
from interviews.actions.refusals import Refused
from interviews.events import head
from interviews.forms import colours
from interviews.forms.closing import ClosingForm
from interviews.forms.positions import NewPosition, PositionForm
from interviews.models import Position
from interviews.queries import positions
from interviews.queries.closing import open_ends
from interviews.queries.live import LiveView
from interviews.queries.retention import media_days
from interviews.views.invitations import for_coordinator
from interviews.views.logos import keep


@require_safe
@login_required
@never_cache
def listed(request: HttpRequest) -> HttpResponse:
    after = head()  # before the rows: what happens in between is counted again
    mine = set(access.coordinated_positions(request.user).values_list("pk", flat=True))
    cards = positions.listed(access.visible_positions(request.user), mine)
    context = {
        "live": LiveView(topics.of_positions(card.id for card in cards), after),
        "cards": cards,
        "may_make": access.may_make_positions(request.user),
    }
    return render(request, "hr/positions/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def new(request: HttpRequest) -> HttpResponse:
    _must_be_allowed_to_make(request)
    form = NewPosition(request.POST if request.method == "POST" else None, initial={"language": get_language()})
    if form.is_valid():
        made = running.create(form.cleaned_data, access.staff(request.user))
        messages.success(request, _("The position is made. Write its questions next."))
        return redirect("position-questions", made.pk)
    return render(request, "hr/positions/new.html", {"form": form}, status=400 if form.is_bound else 200)


@require_safe
@for_coordinator
def one(request: HttpRequest, position: Position) -> HttpResponse:
    after = head()
    context = {"position": position, "view": positions.of(position)}
    context |= {"live": LiveView([topics.of_figures(position.pk)], after)}
    context |= {"may_make": access.may_make_positions(request.user), "media_days": media_days(position)}
    return render(request, "hr/positions/one.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_coordinator
def edit(request: HttpRequest, position: Position) -> HttpResponse:
    if request.method != "POST":
        stored = {"edits": position.edits, "accent": position.accent_light}
        return _edit_page(request, position, PositionForm(instance=position, initial=stored))
    typed = request.POST.copy()
    form = PositionForm(typed, request.FILES, instance=get_object_or_404(Position, pk=position.pk))
    if not form.is_valid():
        return _edit_page(request, position, form, status=400)
    values = form.values()
    if form.cleaned_data["without_logo"]:
        values["logo"] = None
    if form.cleaned_data["picture"]:
        values["logo"] = keep(form.cleaned_data["picture"])
    try:
        moved = running.save(position, form.cleaned_data["edits"], values, actor=access.staff(request.user))
    except Refused as refused:
        position.refresh_from_db()
        typed["edits"] = str(position.edits)  # what is sent next takes the place of what is stored now
        return _edit_page(request, position, form, conflict=refused.message, status=refused.status)
    messages.success(request, _("The position is saved."))
    if moved:
        words = ngettext("%(count)s deadline was moved.", "%(count)s deadlines were moved.", moved)
        messages.success(request, words % {"count": moved})
    for sentence in form.moved():
        messages.warning(request, sentence)
    return redirect("position-edit", position.pk)


@require_POST
@for_coordinator
def state(request: HttpRequest, position: Position) -> HttpResponse:
    """Opens it; `closing` asks more."""
    try:
        running.open_up(position, actor=access.staff(request.user))
    except Refused as refused:
        messages.warning(request, refused.message)
    else:
        messages.success(request, _("The position is open: people can be invited now."))
    return redirect("position", position.pk)


@require_POST
@for_coordinator
def copy(request: HttpRequest, position: Position) -> HttpResponse:
    _must_be_allowed_to_make(request)
    made = running.duplicate(position, access.staff(request.user))
    messages.success(request, _("This is the copy, a draft. Give it a title of its own."))
    return redirect("position-edit", made.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@for_coordinator
def closing(request: HttpRequest, position: Position) -> HttpResponse:
    if position.state == Position.State.DRAFT:
        messages.warning(request, _("This position is a draft: there is nothing to close."))
        return redirect("position", position.pk)
    if request.method != "POST":
        return _closing_page(request, position)
    form = ClosingForm(request.POST, ends=open_ends(position))
    if not form.is_valid():
        return _closing_page(request, position, form, status=400)
    try:
        close(position, form.closing(), access.staff(request.user))
    except Refused as refused:
        return _closing_page(request, position, form, refused.message, refused.status)
    messages.success(request, _("The position is closed. It can be opened again at any time."))
    return redirect("position", position.pk)


def _edit_page(
    request: HttpRequest, position: Position, form: PositionForm, *, conflict: str = "", status: int = 200
) -> HttpResponse:
    stored = Position.objects.get(pk=position.pk)
    context: dict[str, Any] = {"position": stored, "form": form, "conflict": conflict}
    context |= {"ours": colours.OURS, "sends_mail": settings.SENDS_MAIL}
    return render(request, "hr/positions/edit.html", context, status=status)


def _closing_page(
    request: HttpRequest, position: Position, form: ClosingForm | None = None, problem: str = "", status: int = 200
) -> HttpResponse:
    ends = open_ends(position)
    if form is None or set(form.fields) != set(ClosingForm(ends=ends).fields):
        form = ClosingForm(ends=ends)
    groups = [
        (name, group, form[name], form[f"{name}_reason"], form[f"{name}_tells"])
        for name, group in (("undecided", ends.undecided), ("held", ends.held))
        if group
    ]
    context = {
        "position": position,
        "ends": ends,
        "form": form,
        "groups": groups,
        "problem": problem,
        "sends_mail": settings.SENDS_MAIL,
    }
    return render(request, "hr/positions/close.html", context, status=status)


def _must_be_allowed_to_make(request: HttpRequest) -> None:
    if not access.may_make_positions(request.user):
        raise PermissionDenied
