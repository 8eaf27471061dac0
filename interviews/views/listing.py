"""What is done with the interviews that are ticked in the list, and how one arranges the list for oneself."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
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
from interviews.actions import deadlines, reviewing
from interviews.actions import listing as arranging
from interviews.actions.refusals import Refused
from interviews.actions.telling import CALLED_BACK_WITHIN
from interviews.forms.listing import (
    COLUMNS,
    EXTEND,
    HIDE,
    OTHER_PAGES,
    REMIND,
    SHOW,
    Acting,
    SavingView,
    address,
    query_of,
    read_ids,
)
from interviews.forms.reading import read_number
from interviews.models import Decision, Interview, Job

UNDO = "undo"
"""In the session: what was done last in the list, for as long as it can be taken back."""
ACTED_ON_AT_MOST = 200
DECIDE, VIEW = "decide", "view"
Problem = tuple[str, str]
"""Whom something could not be done with, and why."""


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
    elif name == HIDE:
        hidden = arranging.hide(chosen, user)
        words = ngettext("%(count)s hidden from your list.", "%(count)s hidden from your list.", len(hidden))
        _remember(request, HIDE, hidden, words)
    elif name == SHOW:
        back = arranging.show([interview.pk for interview in chosen], user)
        words = ngettext("%(count)s shown in your list again.", "%(count)s shown in your list again.", len(back))
        _remember(request, SHOW, back, words)
    elif name == REMIND:
        _remind(request, user, chosen)
    elif name == EXTEND:
        _extend(request, user, chosen, form.cleaned_data["days"])
    else:
        _decide(request, user, chosen, form.cleaned_data)
    return _back(request)


def _decide(request: HttpRequest, user: User, chosen: Collection[Interview], asked: dict[str, Any]) -> None:
    """One reason for all; who cannot be decided about is named, and the others are."""
    outcome = Decision.Outcome(asked["act"])
    known = set(Decision.objects.filter(interview__in=chosen).values_list("pk", flat=True))
    made: list[int] = []
    problems: list[Problem] = []
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
    _remember(request, DECIDE, made, words, outcome=str(outcome.label))
    _tell(request, problems)


def _remind(request: HttpRequest, user: User, chosen: Collection[Interview]) -> None:
    """The mails wait a little, so that they can be called back."""
    if not settings.SENDS_MAIL:
        messages.warning(request, _("This site is not set up to send mail."))
        return
    mine, problems = _run_by(user, chosen)
    jobs, refused = deadlines.remind_all(mine, actor=user, wait=CALLED_BACK_WITHIN)
    words = ngettext("%(count)s reminder leaves in a minute.", "%(count)s reminders leave in a minute.", len(jobs))
    if jobs:
        _remember(request, REMIND, jobs, words, within=CALLED_BACK_WITHIN)
    _tell(request, [*problems, *_named(chosen, refused)])


def _extend(request: HttpRequest, user: User, chosen: Collection[Interview], days: int) -> None:
    mine, problems = _run_by(user, chosen)
    moved, refused = deadlines.extend_all(mine, days, actor=user, wait=CALLED_BACK_WITHIN)
    words = ngettext("%(count)s deadline was moved.", "%(count)s deadlines were moved.", len(moved))
    if settings.SENDS_MAIL:
        words += " " + ngettext("The mail leaves in a minute.", "The mails leave in a minute.", len(moved))
    within = CALLED_BACK_WITHIN if settings.SENDS_MAIL else reviewing.TAKEN_BACK_WITHIN
    if moved:
        _remember(request, EXTEND, [it.written() for it in moved], words, within=within)
    _tell(request, [*problems, *_named(chosen, refused)])


def _run_by(user: User, chosen: Iterable[Interview]) -> tuple[set[UUID], list[Problem]]:
    """Those of which this person runs the position, and who the others are."""
    positions = set(access.coordinated_positions(user).values_list("pk", flat=True))
    mine = {it.pk for it in chosen if it.question_set.position_id in positions}
    why = _("In this position only recruiters remind and give time.")
    return mine, [(it.applicant.name, why) for it in chosen if it.pk not in mine]


def _named(chosen: Iterable[Interview], refused: Mapping[UUID, Refused]) -> list[Problem]:
    return [(it.applicant.name, refused[it.pk].message) for it in chosen if it.pk in refused]


@require_POST
@login_required
def undo(request: HttpRequest) -> HttpResponse:
    """Takes back what was done last, each where nothing else has happened to it since."""
    user = access.staff(request.user)
    done = request.session.pop(UNDO, None)
    count, problems = _UNDOING[done["act"]](user, done["ids"]) if done else (0, [])
    words = ngettext("%(count)s taken back.", "%(count)s taken back.", count)
    messages.success(request, words % {"count": count})
    _tell(request, problems)
    return _back(request)


def _show_again(user: User, ids: list[str]) -> tuple[int, list[Problem]]:
    return len(arranging.show(read_ids(ids), user)), []


def _hide_again(user: User, ids: list[str]) -> tuple[int, list[Problem]]:
    return len(arranging.hide(access.visible_interviews(user).filter(pk__in=read_ids(ids)), user)), []


def _restore_view(user: User, ids: list[int]) -> tuple[int, list[Problem]]:
    try:
        return int(arranging.restore_view(user, ids[0]) is not None), []
    except Refused as refused:
        return 0, [("", refused.message)]


def _undecide(user: User, ids: list[int]) -> tuple[int, list[Problem]]:
    names = dict(Decision.every.filter(pk__in=ids).values_list("pk", "interview__applicant__name"))
    problems: list[Problem] = []
    for decision in ids:
        try:
            reviewing.take_back(decision, user)
        except Refused as refused:
            problems.append((names.get(decision, ""), refused.message))
    return len(ids) - len(problems), problems


def _call_back(user: User, ids: list[int]) -> tuple[int, list[Problem]]:
    mine = Job.objects.filter(pk__in=ids, interview__question_set__position__in=access.coordinated_positions(user))
    back, refused = deadlines.call_back(list(mine.values_list("pk", flat=True)), by=user)
    return len(back), _named(_with_names(refused), refused)


def _take_time_back(user: User, ids: list[list[Any]]) -> tuple[int, list[Problem]]:
    moved = [deadlines.read_moved(it) for it in ids]
    mine, problems = _run_by(user, _with_names([it.interview for it in moved]))
    back, refused = deadlines.take_back([it for it in moved if it.interview in mine], by=user)
    return len(back), [*problems, *_named(_with_names(refused), refused)]


def _with_names(interviews: Iterable[UUID]) -> list[Interview]:
    return list(Interview.objects.filter(pk__in=interviews).select_related("applicant", "question_set"))


_UNDOING: dict[str, Callable[[User, list[Any]], tuple[int, list[Problem]]]] = {
    HIDE: _show_again,
    SHOW: _hide_again,
    VIEW: _restore_view,
    DECIDE: _undecide,
    REMIND: _call_back,
    EXTEND: _take_time_back,
}


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
                _remember(request, VIEW, [gone.pk], _("The view “%(name)s” is deleted."), name=gone.name)
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


def _remember(
    request: HttpRequest,
    what: str,
    ids: Collection[Any],
    words: str,
    within: timedelta = reviewing.TAKEN_BACK_WITHIN,
    **more: str,
) -> None:
    words %= {"count": len(ids), **more}
    if not ids:
        messages.warning(request, words)
        return
    until = timezone.now() + within
    written = [str(it) if isinstance(it, UUID) else it for it in ids]
    request.session[UNDO] = {"act": what, "ids": written, "words": words, "until": until.timestamp()}


def _tell(request: HttpRequest, problems: Iterable[Problem]) -> None:
    """Each reason once, with the names of all whom it is about."""
    by_reason: dict[str, list[str]] = {}
    for name, reason in problems:
        by_reason.setdefault(reason, []).append(name)
    for reason, names in by_reason.items():
        about = ", ".join(filter(None, names))
        messages.warning(request, f"{about}: {reason}" if about else reason)


def _back(request: HttpRequest) -> HttpResponse:
    """To the page of the list that the form was on."""
    kept = query_of(request.GET)
    for name in OTHER_PAGES:
        if place := request.GET.get(name):
            return redirect(address(kept, name, place))
    return redirect(address(kept))
