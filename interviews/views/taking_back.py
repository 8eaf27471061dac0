"""Takes back what somebody did last, each where nothing else has happened to it since."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

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
from interviews.actions import deadlines, invitations, listing, reviewing, sharing
from interviews.actions.refusals import Refused
from interviews.actions.undo import Act
from interviews.forms.listing import read_ids
from interviews.models import Decision, Interview, Job, ShareLink
from interviews.views.many import Problem, named, run_by, tell
from interviews.views.undoing import UNDO


@require_POST
@login_required
def undo(request: HttpRequest) -> HttpResponse:
    """Leads back to the page where it was done, as the address of this one filters it."""
    user = access.staff(request.user)
    done = request.session.get(UNDO)
    page = done["page"] if done else reverse("results")
    if done is None or done["id"] != request.POST.get("done"):
        messages.warning(request, _("Nothing was taken back: only what you did last can be."))
    else:
        del request.session[UNDO]
        count, problems = _UNDOING[done["act"]](user, done["ids"])
        words = ngettext("%(count)s taken back.", "%(count)s taken back.", count)
        messages.success(request, words % {"count": count})
        tell(request, problems)
    return redirect(f"{page}?{request.GET.urlencode()}" if request.GET else page)


def _show_again(user: User, ids: list[str]) -> tuple[int, list[Problem]]:
    return len(listing.show(read_ids(ids), user)), []


def _hide_again(user: User, ids: list[str]) -> tuple[int, list[Problem]]:
    return len(listing.hide(access.visible_interviews(user).filter(pk__in=read_ids(ids)), user)), []


def _restore_view(user: User, ids: list[int]) -> tuple[int, list[Problem]]:
    try:
        return int(listing.restore_view(user, ids[0]) is not None), []
    except Refused as refused:
        return 0, [("", refused.message)]


def _undecide(user: User, ids: list[int]) -> tuple[int, list[Problem]]:
    names = dict(Decision.every.filter(pk__in=ids).values_list("pk", "interview__applicant__name"))
    judged = Decision.every.filter(pk__in=ids, interview__in=access.judged_interviews(user))
    mine = set(judged.values_list("pk", flat=True))
    problems = [(names.get(pk, ""), _("In this position you only watch.")) for pk in ids if pk not in mine]
    for decision in mine:
        try:
            reviewing.take_back(decision, user)
        except Refused as refused:
            problems.append((names[decision], refused.message))
    return len(ids) - len(problems), problems


def _call_back(user: User, ids: list[int]) -> tuple[int, list[Problem]]:
    mine = Job.objects.filter(pk__in=ids, interview__question_set__position__in=access.coordinated_positions(user))
    back, refused = deadlines.call_back(list(mine.values_list("pk", flat=True)), by=user)
    return len(back), named(_with_names(refused), refused)


def _take_time_back(user: User, ids: list[list[Any]]) -> tuple[int, list[Problem]]:
    moved = [deadlines.read_moved(it) for it in ids]
    mine, problems = run_by(user, _with_names([it.interview for it in moved]))
    back, refused = deadlines.take_back([it for it in moved if it.interview in mine], by=user)
    return len(back), [*problems, *named(_with_names(refused), refused)]


def _restore(user: User, ids: list[list[str]]) -> tuple[int, list[Problem]]:
    revoked = {UUID(interview): datetime.fromisoformat(at) for interview, at in ids}
    mine, problems = run_by(user, _with_names(revoked))
    try:
        back, refused = invitations.restore_all({pk: revoked[pk] for pk in mine}, by=user)
    except Refused as closed:
        return 0, [("", closed.message)]
    return len(back), [*problems, *named(_with_names(refused), refused)]


def _share_again(user: User, ids: list[str]) -> tuple[int, list[Problem]]:
    """Nothing, where it was erased meanwhile."""
    shared = ShareLink.objects.filter(pk__in=ids).select_related("interview")
    mine, problems = run_by(user, _with_names(it.interview_id for it in shared))
    back = 0
    for link in shared:
        if link.interview_id in mine:
            try:
                sharing.share_again(link, by=user)
            except Refused as refused:
                problems.append((link.name, refused.message))
            else:
                back += 1
    return back, problems


def _with_names(interviews: Iterable[UUID]) -> list[Interview]:
    return list(Interview.objects.filter(pk__in=interviews).select_related("applicant", "question_set"))


_UNDOING: dict[str, Callable[[User, list[Any]], tuple[int, list[Problem]]]] = {
    Act.HIDE: _show_again,
    Act.SHOW: _hide_again,
    Act.VIEW: _restore_view,
    Act.DECIDE: _undecide,
    Act.REMIND: _call_back,
    Act.EXTEND: _take_time_back,
    Act.REVOKE: _restore,
    Act.END_SHARE: _share_again,
}
