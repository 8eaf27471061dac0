"""What is done with the interviews that are ticked in the list, and how one arranges the list for oneself."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from interviews import access
from interviews.actions import listing as arranging
from interviews.actions import reviewing
from interviews.actions.refusals import Refused
from interviews.actions.undo import Act
from interviews.forms.listing import (
    COLUMNS,
    OTHER_PAGES,
    Acting,
    SavingView,
    address,
    query_of,
    read_ids,
)
from interviews.forms.reading import read_number
from interviews.models import Decision, Interview
from interviews.views import many
from interviews.views.undoing import remember

ACTED_ON_AT_MOST = 200


@require_POST
@login_required
def act(request: HttpRequest) -> HttpResponse:
    """Something done with all that are ticked: decided with one reason for all, reminded, given more time, or put out
    of one's own list."""
    user = access.staff(request.user)
    form = Acting(request.POST)
    ids = read_ids(request.POST.getlist("interview"))[:ACTED_ON_AT_MOST]
    chosen = list(access.visible_interviews(user).filter(pk__in=ids))
    name = form.cleaned_data["act"] if form.is_valid() else ""
    if "days" in form.errors:
        messages.warning(request, _("Nothing was done: between 1 and 365 days can be given."))
    elif not name or not chosen:
        messages.warning(request, _("Nothing was done: tick at least one interview, then choose what to do."))
    elif name == Act.HIDE:
        _hide(request, user, chosen)
    elif name == Act.SHOW:
        _show(request, user, chosen)
    elif name == Act.REMIND:
        many.remind(request, user, chosen, _page())
    elif name == Act.EXTEND:
        many.extend(request, user, chosen, form.cleaned_data["days"], _page())
    else:
        _decide(request, user, chosen, form.cleaned_data)
    return _back(request)


def _hide(request: HttpRequest, user: User, chosen: Collection[Interview]) -> None:
    hidden = arranging.hide(chosen, user)
    words = ngettext("%(count)s hidden from your list.", "%(count)s hidden from your list.", len(hidden))
    if hidden:
        remember(request, Act.HIDE, hidden, words, _page())
    many.tell(request, [(it.applicant.name, _("Hidden already.")) for it in chosen if it.pk not in hidden])


def _show(request: HttpRequest, user: User, chosen: Collection[Interview]) -> None:
    back = arranging.show([interview.pk for interview in chosen], user)
    words = ngettext("%(count)s shown in your list again.", "%(count)s shown in your list again.", len(back))
    if back:
        remember(request, Act.SHOW, back, words, _page())
    many.tell(request, [(it.applicant.name, _("In your list already.")) for it in chosen if it.pk not in back])


def _decide(request: HttpRequest, user: User, chosen: Collection[Interview], asked: dict[str, Any]) -> None:
    """One reason for all; who cannot be decided about is named, and the others are."""
    outcome = Decision.Outcome(asked["act"])
    known = set(Decision.objects.filter(interview__in=chosen).values_list("pk", flat=True))
    made: list[int] = []
    problems: list[many.Problem] = []
    judged = set(access.judged_interviews(user).filter(pk__in=[it.pk for it in chosen]).values_list("pk", flat=True))
    for interview in chosen:
        if interview.pk not in judged:
            problems.append((interview.applicant.name, _("In this position you only watch.")))
            continue
        try:
            decision = reviewing.decide(interview, user, outcome, asked["reason"])
        except Refused as refused:
            problems.append((interview.applicant.name, refused.message))
        else:
            made += [decision.pk] if decision.pk not in known else []
    words = ngettext("%(count)s decided: %(outcome)s.", "%(count)s decided: %(outcome)s.", len(made))
    if made:
        remember(request, Act.DECIDE, made, words, _page(), outcome=str(outcome.label))
    many.tell(request, problems)


@require_POST
@login_required
def views(request: HttpRequest) -> HttpResponse:
    """Saves what the address shows under a name, or deletes a view."""
    user = access.staff(request.user)
    try:
        if request.POST.get("act") == "delete":
            view = read_number(request.POST.get("view", ""))
            gone = arranging.delete_view(user, view) if view is not None else None
            if gone is not None:
                words = _("The view “%(name)s” is deleted.")
                remember(request, Act.VIEW, [gone.pk], words, _page(), name=gone.name)
        else:
            saved = arranging.save_view(user, SavingView(request.POST).named(), query_of(request.GET))
            messages.success(request, _("Saved as “%(name)s”.") % {"name": saved.name})
    except Refused as refused:
        messages.warning(request, refused.message)
    return _back(request)


@require_POST
@login_required
def columns(request: HttpRequest) -> HttpResponse:
    wanted = request.POST.getlist("column")
    arranging.choose_columns(access.staff(request.user), [column for column in COLUMNS if column not in wanted])
    return _back(request)


def _page() -> str:
    return reverse("results")


def _back(request: HttpRequest) -> HttpResponse:
    """To the page of the list that the form was on."""
    kept = query_of(request.GET)
    for name in OTHER_PAGES:
        if place := request.GET.get(name):
            return redirect(address(_page(), kept, name, place))
    return redirect(address(_page(), kept))
