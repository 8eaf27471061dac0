"""What is done with many interviews at once, from whichever page: whom it could not be done with, and why."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from interviews import access
from interviews.actions import deadlines
from interviews.actions.refusals import Refused
from interviews.actions.telling import CALLED_BACK_WITHIN
from interviews.actions.undo import TAKEN_BACK_WITHIN, Act
from interviews.models import Interview
from interviews.views.undoing import remember

Problem = tuple[str, str]
"""Whom something could not be done with, and why."""


def remind(request: HttpRequest, user: User, chosen: Collection[Interview], page: str) -> None:
    """The mails wait a little, so that they can be called back."""
    if not settings.SENDS_MAIL:
        messages.warning(request, _("This site is not set up to send mail."))
        return
    mine, problems = run_by(user, chosen)
    jobs, refused = deadlines.remind_all(mine, actor=user, wait=CALLED_BACK_WITHIN)
    words = ngettext("%(count)s reminder leaves in a minute.", "%(count)s reminders leave in a minute.", len(jobs))
    if jobs:
        remember(request, Act.REMIND, jobs, words, page, CALLED_BACK_WITHIN)
    tell(request, [*problems, *named(chosen, refused)])


def extend(request: HttpRequest, user: User, chosen: Collection[Interview], days: int, page: str) -> None:
    mine, problems = run_by(user, chosen)
    moved, refused = deadlines.extend_all(mine, days, actor=user, wait=CALLED_BACK_WITHIN)
    words = ngettext("%(count)s deadline was moved.", "%(count)s deadlines were moved.", len(moved))
    if settings.SENDS_MAIL:
        words += " " + ngettext("The mail leaves in a minute.", "The mails leave in a minute.", len(moved))
    within = CALLED_BACK_WITHIN if settings.SENDS_MAIL else TAKEN_BACK_WITHIN
    if moved:
        remember(request, Act.EXTEND, [it.written() for it in moved], words, page, within)
    tell(request, [*problems, *named(chosen, refused)])


def run_by(user: User, chosen: Iterable[Interview]) -> tuple[set[UUID], list[Problem]]:
    """Those of which this person runs the position, and who the others are."""
    positions = set(access.coordinated_positions(user).values_list("pk", flat=True))
    mine = {it.pk for it in chosen if it.question_set.position_id in positions}
    why = _("In this position only recruiters may do that.")
    return mine, [(it.applicant.name, why) for it in chosen if it.pk not in mine]


def named(chosen: Iterable[Interview], refused: Mapping[UUID, Refused]) -> list[Problem]:
    return [(it.applicant.name, refused[it.pk].message) for it in chosen if it.pk in refused]


def tell(request: HttpRequest, problems: Iterable[Problem]) -> None:
    """Each reason once, with the names of all whom it is about."""
    by_reason: dict[str, list[str]] = {}
    for name, reason in problems:
        by_reason.setdefault(reason, []).append(name)
    for reason, names in by_reason.items():
        about = ", ".join(filter(None, names))
        messages.warning(request, f"{about}: {reason}" if about else reason)
