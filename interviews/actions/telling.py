"""Telling an applicant what was decided, by a mail that a person wrote and read before it is sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from interviews.actions.refusals import Refused, WrongState
from interviews.events import Kind, record
from interviews.models import Decision, Interview, Job, Message
from interviews.processing.advance import locked
from interviews.processing.mail import queue_decision

CALLED_BACK_WITHIN = timedelta(seconds=60)
"""A mail about a decision waits that long before it is sent."""


def filled(text: str, values: Mapping[str, str]) -> str:
    """With what takes the place of each {name} in it. Raises Refused for a name that there is not."""
    unknown = [name for name in re.findall(r"\{(\w+)\}", text) if name not in values]
    if unknown:
        raise Refused(
            _("There is nothing to put in the place of %(unknown)s. These are known: %(known)s.")
            % {"unknown": f"{{{unknown[0]}}}", "known": ", ".join(f"{{{name}}}" for name in values)}
        )
    return re.sub(r"\{(\w+)\}", lambda found: values[found[1]], text)


def must_be_tellable(interview: Interview) -> Decision:
    """The decision that may be told. Raises WrongState."""
    if not interview.is_submitted:
        raise WrongState(_("This interview is open again. What is decided can be told once it is submitted anew."))
    if interview.withdrawn_at is not None:
        raise WrongState(_("The applicant withdrew this interview: there is nothing to be told any more."))
    decision = interview.decisions.first()
    if decision is None:
        raise WrongState(_("Nothing is decided yet. It can be told once somebody has decided."))
    return decision


def tell(interview: Interview, decision_id: int, subject: str, body: str, *, by: User) -> Message:
    """Sent in a minute, unless it is called back. The same again changes nothing. Raises WrongState."""
    if not settings.SENDS_MAIL:
        raise WrongState(_("This site is not set up to send mail. Copy the text, and send it yourself."))
    with transaction.atomic():
        decision = must_be_tellable(locked(interview.pk))
        if decision.pk != decision_id:
            raise WrongState(_("It was decided anew meanwhile. Read the mail again before you send it."))
        told = _told(decision)
        if told is not None:
            if (told.subject, told.body) == (subject, body):
                return told
            raise WrongState(_("This decision is told already, or about to be: nobody is told twice."))
        message = queue_decision(decision, subject, body, by, CALLED_BACK_WITHIN)
        record(Kind.MAIL_ASKED, interview, actor=by)
    return message


def call_back(interview: Interview, *, by: User) -> None:
    """As long as no worker has begun to send it. Raises WrongState."""
    with transaction.atomic():
        decision = must_be_tellable(locked(interview.pk))
        message = _told(decision)
        waiting = Job.objects.filter(message=message, state=Job.State.QUEUED) if message else Job.objects.none()
        if message is None or not waiting.update(state=Job.State.DROPPED, ended_at=Now()):
            raise WrongState(_("It is too late to call it back: it was sent, or is being sent at this moment."))
        problem = f"called back by {by.get_username()}"
        Message.objects.filter(pk=message.pk).update(
            state=Message.State.DROPPED, problem=problem, ended_at=timezone.now()
        )
        record(Kind.NOT_MAILED, interview, actor=by)


def try_again(interview: Interview, *, by: User) -> None:
    """The newest that could not be sent, in the same words. Raises WrongState."""
    with transaction.atomic():
        decision = must_be_tellable(locked(interview.pk))
        failed = Message.objects.filter(decision=decision, state=Message.State.FAILED).first()
        if failed is None or _told(decision) is not None:
            raise WrongState(_("There is nothing to try again: it was sent, or is about to be."))
        queue_decision(decision, failed.subject, failed.body, by, timedelta(0))
        record(Kind.MAIL_ASKED, interview, actor=by)


def _told(decision: Decision) -> Message | None:
    going = [Message.State.QUEUED, Message.State.SENT]
    return Message.objects.filter(decision=decision, state__in=going).first()
