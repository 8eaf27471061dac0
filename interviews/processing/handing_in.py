"""The moment in which an interview is handed in, by its applicant or, where it was reopened, by the clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from interviews.events import Kind, record
from interviews.models import Interview, Message, Receipt, Redo
from interviews.models.needs import DEADLINE_GRACE
from interviews.processing.advance import advance, locked
from interviews.processing.mail import queue
from interviews.queries.receipts import facts

AT_ONCE = 20


@dataclass
class Unanswered(Exception):
    """Nothing was handed in: these questions have no answer."""

    numbers: list[int]


def hand_in(interview: Interview, now: datetime) -> list[int]:
    """Compare-and-set, in the caller's transaction. The ids of the jobs that are due. Raises Unanswered."""
    if not Interview.objects.filter(pk=interview.pk, state=Interview.State.STARTED).update(
        state=Interview.State.SUBMITTED, submitted_at=now
    ):
        return []
    told, unanswered = facts(interview, now)
    if unanswered:
        raise Unanswered(unanswered)
    interview.state, interview.submitted_at = Interview.State.SUBMITTED, now
    Redo.objects.filter(interview=interview, alone=True).update(alone=False)
    Receipt.objects.create(interview=interview, submitted_at=now, facts=told)
    mails = [queue(interview, Message.Kind.RECEIPT)] if settings.SENDS_MAIL else []
    due = [*advance(interview), *mails]
    record(Kind.SUBMITTED, interview)
    return due


def hand_in_those_over() -> list[int]:
    """What was submitted once, and reopened, is not lost because its applicant did nothing more: it counts as it is."""
    over = Interview.objects.filter(
        Exists(Receipt.objects.filter(interview=OuterRef("pk"))),
        state=Interview.State.STARTED,
        withdrawn_at=None,
        deadline__lt=timezone.now() - DEADLINE_GRACE,
    )
    return [job for pk in over.values_list("pk", flat=True)[:AT_ONCE] for job in _hand_in_if_over(pk)]


def _hand_in_if_over(interview_id: UUID) -> list[int]:
    now = timezone.now()
    with transaction.atomic():
        interview = locked(interview_id)
        if interview.withdrawn_at is not None or interview.deadline >= now - DEADLINE_GRACE:
            return []
        return hand_in(interview, now)
