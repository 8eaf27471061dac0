"""Making a position, what its mail says, and its way from a draft over open to closed and back. `closing` closes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from interviews.actions import deadlines
from interviews.actions.positions import copied
from interviews.actions.refusals import Refused, WrongState, given_once
from interviews.events import Kind, record
from interviews.models import MailText, Membership, Position, QuestionSet

COPIED = (
    "about",
    "host",
    "contact",
    "language",
    "reply_days",
    "invitation_days",
    "deadline",
    "retention_days",
    "rate_first",
    "ai_budget",
    "asks_self_report",
)
COPIED_LOOK = ("logo", "accent_light", "accent_dark")


class PositionChanged(Refused):
    """Somebody else has saved what was being edited."""

    code = "position_changed"
    status = 409


def create(values: Mapping[str, Any], actor: User) -> Position:
    """A draft with an empty draft of questions; who makes it is its recruiter. Raises Taken."""
    with given_once():
        position = Position.objects.create(**values)
        QuestionSet.objects.create(position=position)
        Membership.objects.create(position=position, user=actor, role=Membership.Role.RECRUITER)
    return position


def save(position: Position, edits: int, values: Mapping[str, Any], *, actor: User) -> int:
    """Where nobody has saved it since it stood at `edits`. Of how many interviews the deadline moved with it.

    Raises PositionChanged, Taken.
    """
    with given_once():
        before = Position.objects.select_for_update(no_key=True).get(pk=position.pk).deadline
        if not Position.objects.filter(pk=position.pk, edits=edits).update(edits=F("edits") + 1, **values):
            raise PositionChanged(
                _("Nothing was saved: this position was saved elsewhere meanwhile. What you typed is here.")
            )
        position.refresh_from_db()
        moved = deadlines.follow(position, actor=actor) if position.deadline != before else 0
        record(Kind.RULES, None, actor=actor)
    return moved


def write_mail(position: Position, kind: str, subject: str, body: str) -> None:
    """In words of its own, from the next mail of this kind on."""
    MailText.objects.update_or_create(position=position, kind=kind, defaults={"subject": subject, "body": body})


def use_our_words(position: Position, kind: str) -> None:
    """Again, for mails of this kind."""
    MailText.objects.filter(position=position, kind=kind).delete()


def duplicate(position: Position, actor: User) -> Position:
    """A draft with the same questions, rubrics, texts and team; whoever asks for it is its recruiter too. A deadline
    that has passed stays behind."""
    title = _("Copy of %(title)s") % {"title": position.title}
    with transaction.atomic():
        values = {name: getattr(position, name) for name in (*COPIED, *COPIED_LOOK)}
        if position.is_over:
            values["deadline"] = None
        made = Position.objects.create(title=title[: Position._meta.get_field("title").max_length], **values)
        newest = position.question_sets.order_by("-version").first()
        draft = QuestionSet.objects.create(position=made, practice=newest is None or newest.practice)
        if newest is not None:
            copied(newest, draft)
        for text in position.mail_texts.all():
            MailText.objects.create(position=made, kind=text.kind, subject=text.subject, body=text.body)
        roles = dict(position.memberships.values_list("user", "role"))
        for user, role in {**roles, actor.pk: Membership.Role.RECRUITER}.items():
            Membership.objects.create(position=made, user_id=user, role=role)
    return made


def open_up(position: Position, *, actor: User) -> None:
    """People can be invited from now on. Raises WrongState where there is nothing to ask, or it is open already."""
    if not position.question_sets.filter(published_at__isnull=False).exists():
        raise WrongState(_("Publish the questions first: an applicant must be asked what will not change."))
    with transaction.atomic():
        shut = Position.objects.filter(pk=position.pk, state__in=(Position.State.DRAFT, Position.State.CLOSED))
        if not shut.update(state=Position.State.OPEN):
            raise WrongState(_("This position is open already."))
        record(Kind.RULES, None, actor=actor)
