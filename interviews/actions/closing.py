"""A position ends with an outcome for everybody: nobody is left waiting for a word."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from interviews.actions.refusals import Refused, WrongState
from interviews.events import Kind, record
from interviews.models import Decision, Interview, Link, Message, Position
from interviews.processing.mail import queue
from interviews.queries.closing import Ends, open_ends
from interviews.tasks import hint


@dataclass(frozen=True, slots=True)
class Outcome:
    """For all of one group who were submitted. `tells`: those who are rejected, by mail."""

    outcome: Decision.Outcome
    reason: str
    tells: bool


@dataclass(frozen=True, slots=True)
class Rest:
    """For those who have not submitted: their invitations end, or they may still finish."""

    ends: bool
    tells: bool


@dataclass(frozen=True, slots=True)
class Closing:
    """`seen`: the digest of those who were shown. A group without anybody in it needs nothing."""

    seen: str
    undecided: Outcome | None
    held: Outcome | None
    unfinished: Rest | None


def close(position: Position, closing: Closing, actor: User) -> None:
    """Closes it, or, where it is closed already, decides about who has no outcome yet. Raises Refused."""
    with transaction.atomic():
        # Locked: nobody is invited in between.
        position = Position.objects.select_for_update(no_key=True).get(pk=position.pk)
        if position.state == Position.State.DRAFT:
            raise WrongState(_("This position is a draft: there is nothing to close."))
        listed = open_ends(position)
        everybody = [*listed.undecided, *listed.held, *listed.unfinished]
        ids = sorted(interview.pk for interview in everybody)
        list(Interview.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk"))
        now = open_ends(position)  # as it is while nobody can change it
        if now.digest != closing.seen:
            raise WrongState(_("Nothing was done: something has changed since. Look at the groups again, and send it."))
        _must_be_complete(now, closing)
        decided = _decide(now.undecided, closing.undecided, actor) + _decide(now.held, closing.held, actor)
        ended = _end(now.unfinished) if closing.unfinished and closing.unfinished.ends else []
        hint([queue(interview, Message.Kind.CLOSED) for interview in _told(now, closing, ended)])
        Position.objects.filter(pk=position.pk, state=Position.State.OPEN).update(state=Position.State.CLOSED)
        for interview in decided:
            record(Kind.DECIDED, interview, actor=actor)
        for interview in ended:
            record(Kind.REVOKED, interview, actor=actor)
        record(Kind.RULES, None, actor=actor)


def _must_be_complete(ends: Ends, closing: Closing) -> None:
    for group, outcome in ((ends.undecided, closing.undecided), (ends.held, closing.held)):
        if group and (outcome is None or not outcome.reason):
            raise Refused(_("Choose an outcome and give a reason for each group: nobody is left without one."))
    if ends.unfinished and closing.unfinished is None:
        raise Refused(_("Choose what becomes of those who have not submitted."))


def _decide(group: list[Interview], outcome: Outcome | None, actor: User) -> list[Interview]:
    if outcome is None:
        return []
    Decision.objects.bulk_create(
        Decision(interview=interview, by=actor, outcome=outcome.outcome, reason=outcome.reason) for interview in group
    )
    return group


def _end(unfinished: list[Interview]) -> list[Interview]:
    """But those that were handed in before and opened again: they are handed in as they are when their time is over."""
    ending = [it for it in unfinished if not it.receipts.exists()]
    now, ids = timezone.now(), [it.pk for it in ending]
    Interview.objects.filter(pk__in=ids).update(revoked_at=now, remind_at=None)
    Link.objects.filter(interview__in=ids, revoked_at__isnull=True).update(revoked_at=now)
    return ending


def _told(ends: Ends, closing: Closing, ended: list[Interview]) -> list[Interview]:
    if not settings.SENDS_MAIL:
        return []
    told: list[Interview] = []
    for group, outcome in ((ends.undecided, closing.undecided), (ends.held, closing.held)):
        if outcome and outcome.tells and outcome.outcome == Decision.Outcome.REJECT:
            told += group
    return told + (ended if closing.unfinished and closing.unfinished.tells else [])
