"""Inviting, and taking an invitation back."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from interviews.actions.refusals import WrongState
from interviews.events import Kind, record
from interviews.models import Applicant, Interview, Link, Message, QuestionSet
from interviews.processing.links import make_link
from interviews.processing.mail import queue
from interviews.tasks import hint


def invite(
    applicant: Applicant,
    question_set: QuestionSet,
    *,
    deadline: datetime | None = None,
    actor: User | None = None,
) -> tuple[Interview, str]:
    """The new interview and its token. The token is not stored: it can be read here, once."""
    if question_set.published_at is None:
        raise WrongState(_("Publish the question set first: an applicant must be asked what will not change."))
    with transaction.atomic():
        interview = Interview.objects.create(
            applicant=applicant,
            question_set=question_set,
            deadline=deadline or timezone.now() + timedelta(days=settings.INVITATION_DAYS),
        )
        token = make_link(interview)
        record(Kind.INVITED, interview, actor=actor)
    return interview, token


def new_link(interview: Interview, *, actor: User | None = None) -> str:
    """The token of one more link; those made before stay good.

    Gives a withdrawn invitation back (its earlier links stay ended), and one that has expired as much time as a new
    one gets.
    """
    now = timezone.now()
    deadline = interview.deadline if interview.deadline > now else now + timedelta(days=settings.INVITATION_DAYS)
    with transaction.atomic():
        Interview.objects.filter(pk=interview.pk).update(revoked_at=None, deadline=deadline)
        token = make_link(interview)
        record(Kind.RENEWED, interview, actor=actor)
    return token


def mail(interview: Interview, kind: Message.Kind, *, actor: User | None = None) -> None:
    """To be sent by a worker; the mail carries a link of its own."""
    with transaction.atomic():
        hint([queue(interview, kind)])
        record(Kind.MAIL_ASKED, interview, actor=actor)


def revoke(interview: Interview, *, actor: User | None = None) -> None:
    """The invitation ends, with every link made for it and every session that they opened. What was recorded stays."""
    now = timezone.now()
    with transaction.atomic():
        if Interview.objects.filter(pk=interview.pk, revoked_at__isnull=True).update(revoked_at=now):
            Link.objects.filter(interview=interview, revoked_at__isnull=True).update(revoked_at=now)
            record(Kind.REVOKED, interview, actor=actor)
