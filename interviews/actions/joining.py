"""Public links to a position: made and ended by recruiters, used by whoever comes by."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from interviews.actions.invitations import Person, applicant_for, mail, new_interview, questions_of
from interviews.actions.refusals import TooMany, WrongState
from interviews.events import Kind, record
from interviews.models import Arrival, Interview, Message, Position, PublicLink
from interviews.models.public_links import digest
from interviews.processing.advance import locked
from interviews.processing.links import TOKEN_BYTES, make_link, token_hash
from interviews.processing.mail import queue
from interviews.processing.reminding import remind_at
from interviews.queries.invitations import newest_standing
from interviews.tasks import hint

PER_LINK_AND_HOUR = 300
PER_VISITOR_AND_HOUR = 30
"""One browser; at a fair, many people share it."""
MAILS_PER_ADDRESS_AND_DAY = 3


@dataclass(frozen=True, slots=True)
class Joined:
    """The new interview and the token of its link; both None where it goes by mail."""

    interview: Interview | None = None
    token: str | None = None


def make_public_link(position: Position, label: str, *, actor: User) -> tuple[PublicLink, str]:
    """With its token, which can be read here, once. Raises WrongState where there is nothing to be asked yet."""
    questions_of(position)
    token = secrets.token_hex(TOKEN_BYTES)
    made = PublicLink.objects.create(position=position, label=label, hash=token_hash(token), made_by=actor)
    return made, token


def revoke_public_link(link: PublicLink, *, actor: User) -> None:
    """Nobody else can come by it. Who came before keeps their invitation. A second time changes nothing."""
    PublicLink.objects.filter(pk=link.pk, revoked_at=None).update(revoked_at=timezone.now(), revoked_by=actor)


def join(link: PublicLink, person: Person, visitor: str, form: uuid.UUID, language: str = "") -> Joined:
    """An invitation of their own, with mail in the `language` of the page; sent again, the same `form` gives the same.

    By mail, where the site sends mail: then the address must be theirs, and one that was invited before gets that
    invitation again. The reply is the same for both, so that nobody finds out who applied. Raises WrongState, TooMany.
    """
    who, address = digest(visitor), digest(person.email.lower())
    with transaction.atomic():
        # Locked: of two at once, the second counts the first.
        position = Position.objects.select_for_update(no_key=True).get(pk=link.position_id)
        if PublicLink.objects.filter(pk=link.pk, revoked_at__isnull=False).exists():
            raise WrongState(_("This link was closed a moment ago."))
        question_set = questions_of(position)
        before = Arrival.objects.filter(visitor=who, form=form, link=link).first()
        if before is not None:
            return _as_before(before)
        _must_not_be_too_many(link, who)
        here = Arrival.objects.create(link=link, form=form, visitor=who, email=address)
        if settings.SENDS_MAIL:
            same = Arrival.objects.filter(
                link__position=position, email=address, at__gt=timezone.now() - timedelta(days=1)
            )
            if same.count() > MAILS_PER_ADDRESS_AND_DAY:
                return Joined()
            standing = newest_standing(position, person.email)
            if standing is not None:
                mail(standing, Message.Kind.RECEIPT if standing.is_submitted else Message.Kind.INVITATION)
                return Joined()
        now = timezone.now()
        days_end = now + timedelta(days=position.invitation_days)
        interview = new_interview(applicant_for(person), question_set, position, days_end)
        interview.language, interview.remind_at = language, remind_at(now, interview.deadline)
        interview.save(update_fields=["language", "remind_at"])
        Arrival.objects.filter(pk=here.pk).update(interview=interview)
        joined = Joined()
        if settings.SENDS_MAIL:
            hint([queue(interview, Message.Kind.INVITATION)])
        else:
            joined = Joined(interview, make_link(interview))
        record(Kind.JOINED, interview)
    return joined


def _as_before(arrival: Arrival) -> Joined:
    if settings.SENDS_MAIL or arrival.interview_id is None:
        return Joined()
    interview = locked(arrival.interview_id)
    # By somebody else, perhaps, who found the page in the history of a browser that many share.
    if interview.state != Interview.State.INVITED or interview.revoked_at is not None:
        raise WrongState(_("This form was sent before, and the interview was begun since. Open the public link again."))
    return Joined(interview, make_link(interview))


def _must_not_be_too_many(link: PublicLink, visitor: str) -> None:
    lately = Arrival.objects.filter(link=link, at__gt=timezone.now() - timedelta(hours=1))
    help_at = {"contact": link.position.contact}
    if lately.filter(visitor=visitor).count() >= PER_VISITOR_AND_HOUR:
        raise TooMany(
            _("Too many people came by this browser within the hour. Use your own phone, or write to %(contact)s.")
            % help_at
        )
    if lately.count() >= PER_LINK_AND_HOUR:
        raise TooMany(
            _("So many people came by this link that it rests. Try again in an hour, or write to %(contact)s.")
            % help_at
        )
