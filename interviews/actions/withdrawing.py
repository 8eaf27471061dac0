"""The applicant takes the interview back, or asks for its deletion. Deleting itself is for the people who keep it."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from interviews.events import Kind, record
from interviews.models import Interview
from interviews.processing.advance import locked


def withdraw(interview: Interview) -> None:
    """It leaves consideration, and no machine looks at it any more. A second time changes nothing."""
    with transaction.atomic():
        locked(interview.pk)
        mine = Interview.objects.filter(pk=interview.pk)
        if mine.filter(withdrawn_at=None).update(withdrawn_at=timezone.now(), remind_at=None):
            record(Kind.WITHDRAWN, interview)


def ask_for_erasure(interview: Interview) -> None:
    """Withdraws too. A second time changes nothing."""
    with transaction.atomic():
        withdraw(interview)
        mine = Interview.objects.filter(pk=interview.pk)
        if mine.filter(erasure_asked_at=None).update(erasure_asked_at=timezone.now()):
            record(Kind.ERASURE_ASKED, interview)
