"""What is done with the interviews that are ticked in the list, and how one arranges the list for oneself."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from interviews import access
from interviews.actions import listing as arranging
from interviews.actions import reviewing
from interviews.actions.refusals import Refused
from interviews.forms.listing import COLUMNS, HIDE, OTHER_PAGES, SHOW, Acting, SavingView, address, query_of, read_ids
from interviews.forms.reading import read_number
from interviews.models import Decision, Interview

UNDO = "undo"
"""In the session: what was done last in the list, for as long as it can be taken back."""
ACTED_ON_AT_MOST = 200
PROBLEMS_TOLD = 5


@require_POST
@login_required
def act(request: HttpRequest) -> HttpResponse:
    """Something done with all that are ticked: decided with one reason for all, or put out of one's own list."""
    user = access.staff(request.user)
    form = Acting(request.POST)
    ids = read_ids(request.POST.getlist("interview"))[:ACTED_ON_AT_MOST]
    chosen = list(access.visible_interviews(user).filter(pk__in=ids))
    if not form.is_valid() or not chosen:
        messages.warning(request, _("Nothing was done: tick at least one interview, then choose what to do."))
    elif form.cleaned_data["act"] == HIDE:
        hidden = arranging.hide(chosen, user)
        words = ngettext("%(count)s hidden from your list.", "%(count)s hidden from your list.", len(hidden))
        _remember(request, HIDE, hidden, words)
    elif form.cleaned_data["act"] == SHOW:
        back = arranging.show([interview.pk for interview in chosen], user)
        words = ngettext("%(count)s shown in your list again.", "%(count)s shown in your list again.", len(back))
        _remember(request, SHOW, back, words)
    else:
        _decide(request, user, chosen, form.cleaned_data)
    return _back(request)


def _decide(request: HttpRequest, user: User, chosen: Collection[Interview], asked: dict[str, Any]) -> None:
    """One reason for all; who cannot be decided about is named, and the others are."""
    outcome = Decision.Outcome(asked["act"])
    known = set(Decision.objects.filter(interview__in=chosen).values_list("pk", flat=True))
    made: list[int] = []
    problems: list[str] = []
    judged = set(access.judged_interviews(user).filter(pk__in=[it.pk for it in chosen]).values_list("pk", flat=True))
    for interview in chosen:
        if interview.pk not in judged:
            problems.append(_("%(name)s: in this position you only watch.") % {"name": interview.applicant.name})
            continue
        try:
            decision = reviewing.decide(interview, user, outcome, asked["reason"])
        except Refused as refused:
            problems.append(f"{interview.applicant.name}: {refused.message}")
        else:
            made += [decision.pk] if decision.pk not in known else []
    words = ngettext("%(count)s decided: %(outcome)s.", "%(count)s decided: %(outcome)s.", len(made))
    _remember(request, "decide", made, words, outcome=str(outcome.label))
    _tell(request, problems)


@require_POST
@login_required
def undo(request: HttpRequest) -> HttpResponse:
    """Takes back what was done last, each where nothing else has happened to it since."""
    user = access.staff(request.user)
    done = request.session.pop(UNDO, None) or {"act": "", "ids": []}
    ids, count, problems = done["ids"], 0, []
    if done["act"] == HIDE:
        count = len(arranging.show(read_ids(ids), user))
    elif done["act"] == SHOW:
        count = len(arranging.hide(access.visible_interviews(user).filter(pk__in=read_ids(ids)), user))
    elif done["act"] == "view":
        try:
            count = int(arranging.restore_view(user, ids[0]) is not None)
        except Refused as refused:
            problems.append(refused.message)
    else:
        for decision in ids:
            try:
                reviewing.take_back(decision, user)
                count += 1
            except Refused as refused:
                problems.append(refused.message)
    words = ngettext("%(count)s taken back.", "%(count)s taken back.", count)
    messages.success(request, words % {"count": count})
    _tell(request, problems)
    return _back(request)


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
                _remember(request, "view", [gone.pk], _("The view “%(name)s” is deleted."), name=gone.name)
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


def _remember(request: HttpRequest, what: str, ids: Collection[Any], words: str, **more: str) -> None:
    words %= {"count": len(ids), **more}
    if not ids:
        messages.warning(request, words)
        return
    until = timezone.now() + reviewing.TAKEN_BACK_WITHIN
    written = [it if isinstance(it, int) else str(it) for it in ids]
    request.session[UNDO] = {"act": what, "ids": written, "words": words, "until": until.timestamp()}


def _tell(request: HttpRequest, problems: list[str]) -> None:
    for problem in problems[:PROBLEMS_TOLD]:
        messages.warning(request, problem)
    more = len(problems) - PROBLEMS_TOLD
    if more > 0:
        messages.warning(request, ngettext("And %(more)s more.", "And %(more)s more.", more) % {"more": more})


def _back(request: HttpRequest) -> HttpResponse:
    """To the page of the list that the form was on."""
    kept = query_of(request.GET)
    for name in OTHER_PAGES:
        if place := request.GET.get(name):
            return redirect(address(kept, name, place))
    return redirect(address(kept))
