"""More time, and other conditions: asked for by the applicant, arranged by people who may. Nothing is refused silently:
the applicant's pages show each answer, and a mail tells of that to a request for more time."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from interviews.actions.refusals import WrongState
from interviews.events import Kind, record
from interviews.models import Accommodation, ExtensionRequest, Interview, Message
from interviews.processing import deadlines
from interviews.processing.advance import locked
from interviews.processing.mail import queue
from interviews.tasks import hint

EXTENSION = timedelta(days=7)


def ask_for_time(interview: Interview) -> None:
    """While a request is open, a second one changes nothing. Raises WrongState."""
    with transaction.atomic():
        interview = locked(interview.pk)
        _must_be_open(interview)
        _request, created = ExtensionRequest.objects.get_or_create(
            interview=interview, state=ExtensionRequest.State.ASKED
        )
        if created:
            record(Kind.EXTENSION_ASKED, interview)


def answer_extension(interview: Interview, *, granted: bool, actor: User | None = None) -> None:
    """Answers the open request; where there is none any more, nothing changes. Granted: a week more, from the deadline
    or from now, whichever is later."""
    now = timezone.now()
    state = ExtensionRequest.State.GRANTED if granted else ExtensionRequest.State.DECLINED
    with transaction.atomic():
        interview = locked(interview.pk)
        if not ExtensionRequest.objects.filter(interview=interview, state=ExtensionRequest.State.ASKED).update(
            state=state, answered_at=now, answered_by=actor
        ):
            return
        if granted:
            deadlines.give({interview: max(interview.deadline, now) + EXTENSION})
        if settings.SENDS_MAIL:
            hint([queue(interview, Message.Kind.EXTENDED if granted else Message.Kind.NOT_EXTENDED)])
        record(Kind.EXTENDED if granted else Kind.NOT_EXTENDED, interview, actor=actor)


def ask_for_accommodation(interview: Interview, wishes: Collection[str], note: str) -> None:
    """The newest wishes replace those asked for before. Raises WrongState."""
    with transaction.atomic():
        interview = locked(interview.pk)
        _must_be_open(interview)
        Accommodation.objects.update_or_create(
            interview=interview,
            defaults={"wishes": list(wishes), "note": note, "asked_at": timezone.now(), "answered_at": None},
        )
        record(Kind.ACCOMMODATION_ASKED, interview)


def accommodate(arranged: Accommodation, *, actor: User | None = None) -> None:
    """Stores what is arranged; open wishes count as answered. It holds at once, also in the middle of an interview."""
    conditions = {
        name: getattr(arranged, name) for name in ("time_percent", "extra_takes", "audio_only", "written", "captions")
    }
    with transaction.atomic():
        interview = locked(arranged.interview_id)
        stored, _created = Accommodation.objects.update_or_create(
            interview=interview, defaults={**conditions, "answered_at": timezone.now()}
        )
        arranged.pk = stored.pk
        record(Kind.ACCOMMODATED, interview, actor=actor)


def _must_be_open(interview: Interview) -> None:
    if interview.is_submitted:
        raise WrongState(_("This interview is submitted: there is nothing left to arrange. Your answers are safe."))
    if interview.withdrawn_at is not None:
        raise WrongState(_("You withdrew this interview: there is nothing left to arrange."))
