"""Mail on its way out. Its words are made here, at the last moment, and with them a link of its own; what is told of a
decision was written by a person, and has no link.

SMTP cannot be asked whether it took a mail before. A worker that dies between the server's "accepted" and our commit
sends it again, with the same Message-ID, so that mail programs that look at it show it once. Nobody
is left without a mail, and somebody may get one twice.
"""

from __future__ import annotations

import re
import smtplib
from collections.abc import Iterable, Mapping
from datetime import timedelta
from threading import BoundedSemaphore
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone, translation
from django.utils.translation import gettext_noop

from interviews.engines.catalogue import MAIL
from interviews.engines.errors import Busy, Permanent, RetryLater
from interviews.events import Kind
from interviews.models import Decision, Interview, Job, Message, Position
from interviews.processing import jobs, providers, texts
from interviews.processing.advance import locked
from interviews.processing.crashing import point
from interviews.processing.ledger import release_connection
from interviews.processing.links import link_path, make_link
from interviews.queries.receipts import newest
from interviews.queries.redos import asked
from interviews.queries.times import in_words

GIVE_UP_AFTER = timedelta(days=3)
POINTLESS_AFTER_SUBMIT = (Message.Kind.REMINDER, Message.Kind.MOVED, Message.Kind.REOPENED, Message.Kind.REDO)
AFTER_WITHDRAWING = (Message.Kind.RECEIPT, Message.Kind.ERASURE)
CONNECTIONS = 4
"""At once from one process: mail servers refuse more than a few."""

_connections = BoundedSemaphore(CONNECTIONS)


def queue(interview: Interview, kind: Message.Kind) -> int:
    """Writes down that this is to be sent, in the caller's transaction. Returns the job's id, to be hinted."""
    return queue_all([interview], kind)[0]


def queue_all(interviews: Iterable[Interview], kind: Message.Kind, wait: timedelta = timedelta(0)) -> list[int]:
    """As `queue`, one to each, in their order. Until `wait` is over they can be called back."""
    messages = [Message(interview=it, kind=kind, to=it.applicant.email) for it in interviews]
    Message.objects.bulk_create(messages)
    jobs = [Job(kind=Job.Kind.MAIL, interview=it.interview, message=it, run_after=Now() + wait) for it in messages]
    return [job.pk for job in Job.objects.bulk_create(jobs)]


def queue_decision(decision: Decision, subject: str, body: str, by: User | None, wait: timedelta) -> Message:
    """Words that a person wrote, to be sent after `wait`, and to be called back until then. The sweep finds the job."""
    interview = decision.interview
    message = Message.objects.create(
        interview=interview,
        kind=Message.Kind.DECISION,
        to=interview.applicant.email,
        decision=decision,
        subject=subject,
        body=body,
        asked_by=by,
    )
    Job.objects.create(kind=Job.Kind.MAIL, interview=interview, message=message, run_after=Now() + wait)
    return message


def send(claim: jobs.Claim) -> list[int]:
    message = Message.objects.select_related("interview__applicant").get(jobs=claim.job_id)
    token, why_not = _link(message)
    if why_not:
        return _end(claim, message, Message.State.DROPPED, why_not)
    mail = _mail(message, texts.Words(message.subject, message.body) if message.decision_id else _words(message, token))
    release_connection()
    try:
        with _connections, providers.calling(MAIL):
            hand_over(mail, message.interview.applicant.name)
    except Permanent as error:
        return _end(claim, message, Message.State.FAILED, error.message)
    except RetryLater as error:
        if timezone.now() - message.created_at > GIVE_UP_AFTER:
            return _end(claim, message, Message.State.FAILED, f"given up after three days: {error.message}")
        # A mail is worth waiting for, however often its server fails.
        raise Busy(error.message, retry_after=error.retry_after) from None
    point(claim.kind, "received")
    return _end(claim, message, Message.State.SENT)


def _end(claim: jobs.Claim, message: Message, state: Message.State, problem: str = "") -> list[int]:
    with jobs.ending(claim, Kind.MAILED if state == Message.State.SENT else Kind.NOT_MAILED) as due:
        message.state, message.problem, message.ended_at = state, problem[: jobs.PROBLEM_LENGTH], timezone.now()
        message.save(update_fields=["state", "problem", "ended_at"])
    return due


def _link(message: Message) -> tuple[str, str]:
    """The token of a link for this mail, "" where it carries none; or why it is not to be sent any more."""
    with transaction.atomic():
        # Locked, so that no link is made for an invitation that is being withdrawn.
        interview = locked(message.interview_id)
        if not settings.SENDS_MAIL:
            return "", gettext_noop("this site is not set up to send mail")
        if message.kind in texts.WITHOUT_LINK:
            return "", ""
        if interview.revoked_at is not None:
            return "", gettext_noop("the invitation was withdrawn first")
        if message.kind == Message.Kind.ERASURE and interview.erasure_asked_at is None:
            return "", gettext_noop("it was called back first")
        if interview.withdrawn_at is not None and message.kind not in AFTER_WITHDRAWING:
            return "", gettext_noop("the applicant withdrew first")
        if message.kind in POINTLESS_AFTER_SUBMIT and interview.is_submitted:
            return "", gettext_noop("the interview was submitted first")
        if message.kind == Message.Kind.REDO and not asked(interview):
            return "", gettext_noop("it was answered first")
        if message.decision_id is not None:
            return "", _why_not_tell(interview, message.decision_id)
        return make_link(interview), ""


def _why_not_tell(interview: Interview, decision_id: int) -> str:
    if not interview.is_submitted:
        return gettext_noop("the interview was opened again first")
    newest = interview.decisions.first()
    return "" if newest is not None and newest.pk == decision_id else gettext_noop("it was decided anew first")


def _words(message: Message, token: str) -> texts.Words:
    """In the applicant's language. What the position wrote itself is in its own, and so is all that is filled in."""
    interview = Interview.objects.select_related("applicant", "question_set__position").get(pk=message.interview_id)
    own = texts.written(interview.position, message.kind)
    with translation.override(interview.position.language if own else interview.mail_language):
        context = _context(message, interview, token)
        return texts.filled(own, _values(context)) if own else texts.drawn(message.kind, context)


def _context(message: Message, interview: Interview, token: str) -> dict[str, Any]:
    return {
        "interview": interview,
        "applicant": interview.applicant,
        "position": interview.position,
        "deadline": in_words(interview.deadline, interview.time_zone),
        "link": settings.SITE_URL + link_path(interview, token) if token else "",
        "asked": asked(interview) if message.kind == Message.Kind.REDO else [],
        "receipt": newest(interview) if message.kind == Message.Kind.RECEIPT else None,
        "site_name": settings.SITE_NAME,
    }


def _mail(message: Message, words: texts.Words) -> EmailMessage:
    position = Position.objects.get(question_sets__interviews=message.interview_id)
    return EmailMessage(
        subject=words.subject,
        body=words.body,
        to=[message.to],
        reply_to=[position.contact],
        headers={
            "Message-ID": f"<{message.pk}@{urlsplit(settings.SITE_URL).hostname}>",
            "Auto-Submitted": "auto-generated",
        },
    )


def _values(context: Mapping[str, Any]) -> dict[str, str]:
    """What the placeholders stand for, where a position has written the words itself."""
    position, receipt = context["position"], context["receipt"]
    return {
        "name": context["applicant"].name,
        "position": position.title,
        "host": position.host,
        "contact": position.contact,
        "site": context["site_name"],
        "deadline": context["deadline"],
        "link": context["link"],
        "code": receipt.code if receipt else "",
        "receipt": receipt.text if receipt else "",
    }


def hand_over(mail: EmailMessage, name: str) -> None:
    """Raises Permanent where this mail will never be taken, Busy where it may be later, RetryLater where the server
    cannot be used at all."""
    try:
        mail.send()
    except smtplib.SMTPRecipientsRefused as error:
        _refused(*next(iter(error.recipients.values())), name)
    except smtplib.SMTPDataError as error:
        _refused(error.smtp_code, error.smtp_error, name)
    except smtplib.SMTPAuthenticationError:
        raise RetryLater(gettext_noop("the mail server refuses this site's user name or password")) from None
    except smtplib.SMTPSenderRefused as error:
        raise RetryLater(f"the mail server refuses this site as sender ({error.smtp_code})") from None
    except ValueError:  # Django's word for an address or a header that no mail can have
        raise Permanent(gettext_noop("mail cannot be sent to this address")) from None
    except (smtplib.SMTPException, OSError) as error:
        raise RetryLater(f"the mail server cannot be reached ({type(error).__name__})") from None


def _refused(code: int, reply: bytes | str, name: str) -> None:
    """By RFC 5321, 4.2.1: 5yz is for good, 4yz for now."""
    words = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    # Without addresses, links and the applicant's name: what a job waits for is logged.
    held_back = "|".join([r"\S*(?:@|//|#)\S*", *(rf"\b{re.escape(part)}\b" for part in name.split())])
    text = f"{code} " + re.sub(held_back, "…", " ".join(words.split()), flags=re.IGNORECASE)
    if code >= 500:
        raise Permanent(f"the mail server refused it: {text}")
    raise Busy(f"the mail server does not take it yet: {text}")
