"""The applicant takes the interview back, or has all of it erased. An administrator can have it erased too."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from interviews.actions.refusals import WrongState
from interviews.events import Kind, record
from interviews.models import Applicant, Interview, Job, Message
from interviews.processing import jobs
from interviews.processing.advance import advance, locked
from interviews.processing.erasing import open_for
from interviews.processing.forgetting import forget_applicant
from interviews.processing.mail import queue
from interviews.tasks import hint


def withdraw(interview: Interview) -> None:
    """It leaves consideration, and no machine looks at it any more. A second time changes nothing."""
    with transaction.atomic():
        locked(interview.pk)
        mine = Interview.objects.filter(pk=interview.pk)
        if mine.filter(withdrawn_at=None).update(withdrawn_at=timezone.now(), remind_at=None):
            record(Kind.WITHDRAWN, interview)


def ask_for_erasure(interview: Interview, *, actor: User | None = None) -> None:
    """By the applicant, unless an `actor` decides it. It leaves consideration at once; a worker erases it when the time
    to call it back is over. A second time changes nothing."""
    now = timezone.now()
    with transaction.atomic():
        locked(interview.pk)
        mine = Interview.objects.filter(pk=interview.pk, erased_at=None)
        # Of the same moment: so calling it back gives back what it took.
        is_withdrawn = mine.filter(withdrawn_at=None).update(withdrawn_at=now, remind_at=None)
        if mine.filter(erasure_asked_at=None).update(erasure_asked_at=now):
            if settings.SENDS_MAIL:  # so that it can be called back by whoever it is about
                hint([queue(interview, Message.Kind.ERASURE)])
            if is_withdrawn:
                record(Kind.WITHDRAWN, interview, actor=actor)
            record(Kind.ERASURE_ASKED, interview, actor=actor)


def call_erasure_back(interview: Interview, *, actor: User | None = None) -> None:
    """It is as it was before it was asked for: what was withdrawn by it counts again. Raises WrongState."""
    with transaction.atomic():
        current = locked(interview.pk)
        if current.erased_at is not None:
            raise WrongState(_("It is erased already: nothing is left that could be given back."))
        if current.erasure_asked_at is None:
            return
        drop_erasure(current)
        mine = Interview.objects.filter(pk=interview.pk)
        mine.filter(withdrawn_at=F("erasure_asked_at")).update(withdrawn_at=None)
        mine.update(erasure_asked_at=None)
        current.refresh_from_db()
        hint(advance(current))
        record(Kind.ERASURE_CALLED_BACK, interview, actor=actor)


def erase_applicant(applicant: Applicant, *, actor: User | None) -> None:
    """Each of their interviews; who has none is gone at once.

    One after the other: an event is the last thing that a transaction locks.
    """
    for interview in applicant.interviews.filter(erased_at=None):
        ask_for_erasure(interview, actor=actor)
    with transaction.atomic():
        if not applicant.interviews.exists():
            forget_applicant(applicant, "")


def drop_erasure(current: Interview) -> None:
    """The caller has locked it. Raises WrongState where a worker has begun."""
    if open_for(current).select_for_update().filter(state=Job.State.RUNNING).exists():
        raise WrongState(_("It is being erased at this moment: that cannot be stopped any more."))
    jobs.drop(current, Job.Kind.ERASE)
