"""Giving a submitted interview back to its applicant: all of it, or one question to be answered again.

What was handed in stays: the receipt for ever, each recording, and what was assessed until the next submit.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from interviews.actions.refusals import WrongState
from interviews.events import Kind, record
from interviews.models import Answer, Interview, Job, Message, Question, Redo
from interviews.models.redos import open_alone
from interviews.processing import deadlines, jobs
from interviews.processing.advance import locked
from interviews.processing.links import make_link
from interviews.processing.mail import queue
from interviews.queries.redos import kept_from, was_handed_in
from interviews.tasks import hint


def reopen(interview: Interview, days: int, *, actor: User) -> str:
    """Everything can be changed again, until it is submitted anew.

    Returns the token of a link to pass on, "" where a mail carries one. Raises WrongState.
    """
    with transaction.atomic():
        current = locked(interview.pk)
        _must_be_theirs(current)
        if not was_handed_in(current):
            raise WrongState(_("It is not submitted: everything can be changed as it is."))
        _open(current, timezone.now() + timedelta(days=days))
        Redo.objects.filter(interview=current, alone=True).update(alone=False)
        token = _tell(current, Message.Kind.REOPENED)
        record(Kind.REOPENED, current, actor=actor)
    return token


def ask_again(interview: Interview, question: Question, reason: str, days: int, *, actor: User) -> str:
    """One more recording of this question. After the submit, nothing else can be changed until the next one.

    Returns the token of a link to pass on, "" where a mail carries one. Raises WrongState.
    """
    deadline = timezone.now() + timedelta(days=days)
    with transaction.atomic():
        current = locked(interview.pk)
        _must_be_theirs(current)
        answer = Answer.objects.filter(interview=current, question=question).first()
        if answer is None:
            raise WrongState(
                _("There is no answer to question %(number)s yet: it can be recorded as it is.")
                % {"number": question.number}
            )
        alone = current.is_submitted or bool(open_alone(current))
        asked = Redo.objects.filter(interview=current, question=question, done_at=None)
        if not current.is_submitted and asked.exists():
            raise WrongState(_("Question %(number)s is asked for again already.") % {"number": question.number})
        _open(current, deadline if current.is_submitted else max(deadline, current.deadline))
        # One that was asked for before the submit, and not used: it is asked for anew.
        Redo.objects.update_or_create(
            interview=current,
            question=question,
            done_at=None,
            defaults={"reason": reason, "alone": alone, "asked_by": actor, "asked_at": timezone.now()},
        )
        token = _tell(current, Message.Kind.REDO)
        record(Kind.REDO_ASKED, current, answer=answer, actor=actor)
    return token


def _open(current: Interview, deadline: datetime) -> None:
    """No machine goes on with what may change now."""
    deadlines.give_alone(current, deadline)
    if Interview.objects.filter(pk=current.pk, state__in=[Interview.State.SUBMITTED, Interview.State.SCORED]).update(
        state=Interview.State.STARTED, submitted_at=None
    ):
        jobs.drop(current, Job.Kind.ASSESS)


def _tell(current: Interview, kind: Message.Kind) -> str:
    if not settings.SENDS_MAIL:
        return make_link(current)
    hint([queue(current, kind)])
    return ""


def _must_be_theirs(current: Interview) -> None:
    if words := kept_from(current):
        raise WrongState(words)
