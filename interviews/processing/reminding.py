"""The one reminder that goes out by itself."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from interviews.events import Kind, record
from interviews.models import Interview, Message
from interviews.processing.advance import locked
from interviews.processing.mail import queue

BEFORE_THE_DEADLINE = timedelta(days=2)


def remind_at(now: datetime, deadline: datetime) -> datetime | None:
    """Two days before the deadline, or half-way to one that is nearer than four days; none without mail."""
    return max(deadline - BEFORE_THE_DEADLINE, now + (deadline - now) / 2) if settings.SENDS_MAIL else None


def remind_those_due() -> list[int]:
    """Opens the mails; returns their jobs. Of many callers, one reminds each."""
    due = (
        Interview.objects.filter(remind_at__lte=timezone.now(), revoked_at=None)
        .order_by("remind_at")
        .values_list("pk", flat=True)
    )
    return [job for pk in due[:100] for job in _remind(pk)]


def _remind(interview_id: UUID) -> list[int]:
    with transaction.atomic():
        interview = locked(interview_id)
        due = Interview.objects.filter(pk=interview.pk, remind_at__lte=timezone.now(), revoked_at=None)
        if not due.update(remind_at=None):
            return []
        if interview.is_submitted or interview.withdrawn_at or interview.deadline < timezone.now():
            return []
        job = queue(interview, Message.Kind.REMINDER)
        record(Kind.MAIL_ASKED, interview)
    return [job]
