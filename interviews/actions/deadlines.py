"""Who has not handed in yet: reminded, or given more time, one or many at once, and what of it can be taken back.

Of many, those with whom it cannot be done are told with the reason, and the others are done, in one transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from interviews.actions.refusals import Refusals, WrongState, parted, raise_first
from interviews.actions.telling import CALLED_BACK_WITHIN
from interviews.actions.undo import TAKEN_BACK_WITHIN
from interviews.events import Kind, record, record_all
from interviews.models import ExtensionRequest, Interview, Job, Message, Position, Take
from interviews.processing import deadlines as stored
from interviews.processing.advance import locked_all
from interviews.processing.mail import queue_all
from interviews.tasks import hint

AT_ONCE = timedelta(0)


@dataclass(frozen=True, slots=True)
class Moved:
    """A deadline that was moved `at` this time. `job` is that of the mail about it, None where the site sends none;
    `given` what had been given to the interview alone before."""

    interview: UUID
    before: datetime
    after: datetime
    at: datetime
    job: int | None
    given: datetime | None

    def written(self) -> list[Any]:
        """As a session can hold it."""
        before, after, at = (it.isoformat() for it in (self.before, self.after, self.at))
        return [str(self.interview), before, after, at, self.job, self.given and self.given.isoformat()]


def read_moved(written: list[Any]) -> Moved:
    interview, before, after, at, job, given = written
    read = datetime.fromisoformat
    return Moved(UUID(interview), read(before), read(after), read(at), job, given and read(given))


def remind(interview: Interview, *, actor: User) -> None:
    """Raises WrongState where there is nothing to remind of."""
    raise_first(remind_all([interview.pk], actor=actor)[1])


def remind_all(interviews: Collection[UUID], *, actor: User, wait: timedelta = AT_ONCE) -> tuple[list[int], Refusals]:
    """The jobs of the mails, which can be called back while they wait."""
    with transaction.atomic():
        current = locked_all(interviews)
        going = Message.objects.filter(interview__in=interviews, kind=Message.Kind.REMINDER, state=Message.State.QUEUED)
        on_their_way = set(going.values_list("interview", flat=True))
        chosen, refused = parted(current, lambda it: _must_be_remindable(it, on_their_way))
        jobs = _mail(chosen, Message.Kind.REMINDER, wait)
        for interview in chosen:
            record(Kind.MAIL_ASKED, interview, actor=actor)
    return jobs, refused


def call_back(jobs: Collection[int], *, by: User) -> tuple[list[UUID], Refusals]:
    """Reminders that no worker has begun to send are not sent; of which interviews they were."""
    with transaction.atomic():
        asked = dict(Job.objects.filter(pk__in=jobs).values_list("pk", "interview"))
        current = {it.pk: it for it in locked_all(asked.values())}
        stopped = _withhold(jobs, by)
        for job in stopped:
            record(Kind.NOT_MAILED, current[asked[job]], actor=by)
    too_late = WrongState(_("It is too late to call it back: it was sent, or is being sent at this moment."))
    return [asked[job] for job in stopped], {pk: too_late for job, pk in asked.items() if job not in stopped}


def extend(interview: Interview, days: int, *, actor: User) -> None:
    """More time, counted from the deadline or from now, whichever is later; the applicant is told by mail.

    Raises WrongState.
    """
    raise_first(extend_all([interview.pk], days, actor=actor)[1])


def extend_all(
    interviews: Collection[UUID], days: int, *, actor: User, wait: timedelta = AT_ONCE
) -> tuple[list[Moved], Refusals]:
    """As `extend`. While the mails wait, it can be taken back."""
    more = timedelta(days=days)
    with transaction.atomic():
        chosen, refused = parted(locked_all(interviews), _must_be_open)
        now = timezone.now()
        moved = _give_time({it: max(it.deadline, now) + more for it in chosen}, actor, now, wait)
    return moved, refused


def extend_until(interview: Interview, deadline: datetime, *, actor: User | None) -> None:
    """More time, until then; the applicant is told by mail. Raises WrongState, also where that would be less time."""
    with transaction.atomic():
        for now in locked_all([interview.pk]):
            _must_be_open(now)
            if deadline < now.deadline:
                raise WrongState(
                    _("Nobody is given less time than they were told. To end the invitation, withdraw it.")
                )
            _give_time({now: deadline}, actor, timezone.now(), AT_ONCE)


def take_back(moved: Collection[Moved], *, by: User) -> tuple[list[UUID], Refusals]:
    """The deadlines from before count again, with the requests for more time, where nobody was told or has used it."""
    by_interview = {it.interview: it for it in moved}
    with transaction.atomic():
        current = locked_all(by_interview)
        used = _recorded_since(by_interview)
        chosen, refused = parted(current, lambda it: _must_be_unused(it, by_interview[it.pk], used))
        mails = {it.pk: job for it in chosen if (job := by_interview[it.pk].job) is not None}
        stopped = _withhold(mails.values(), by)
        told = {pk for pk, job in mails.items() if job not in stopped}
        refused |= dict.fromkeys(told, WrongState(_("They were told already: nobody is given less time than that.")))
        chosen = [it for it in chosen if it.pk not in told]
        _ask_again(chosen, by_interview, by)
        stored.put_back({it: (by_interview[it.pk].before, by_interview[it.pk].given) for it in chosen})
        for interview in chosen:
            record(Kind.EXTENSION_TAKEN_BACK, interview, actor=by)
    return [it.pk for it in chosen], refused


def follow(position: Position, *, actor: User | None) -> int:
    """The deadline of this position was moved, in the caller's transaction: so are those of its interviews that are not
    submitted. Whom it concerns is told by mail, and how many they are is returned."""
    unsubmitted = Interview.objects.filter(
        question_set__position=position,
        submitted_at=None,
        media_erased_at=None,
        days_end__isnull=False,
    )
    current = [it for it in locked_all(list(unsubmitted.values_list("pk", flat=True))) if not it.is_submitted]
    # Also of who withdrew, without a word: some may call it back.
    moved = [it for it in stored.follow(current, position) if it.withdrawn_at is None]
    invited = [it for it in moved if it.revoked_at is None]
    if settings.SENDS_MAIL:
        # One that waits still tells of today's deadline; one that is being sent, perhaps of that of before.
        of_it = Message.objects.filter(interview__in=invited, kind=Message.Kind.MOVED)
        waiting = of_it.filter(jobs__state=Job.State.QUEUED)
        told = set(waiting.values_list("interview", flat=True))
        _mail([it for it in invited if it.pk not in told], Message.Kind.MOVED, CALLED_BACK_WITHIN)
    if moved:
        record_all(Kind.MOVED, moved, actor=actor)
    return len(moved)


def _give_time(
    deadlines: Mapping[Interview, datetime], actor: User | None, at: datetime, wait: timedelta
) -> list[Moved]:
    before = {it.pk: (it.deadline, it.given_until) for it in deadlines}
    stored.give(deadlines)
    granted = {"state": ExtensionRequest.State.GRANTED, "answered_at": at, "answered_by": actor}
    ExtensionRequest.objects.filter(interview__in=before, state=ExtensionRequest.State.ASKED).update(**granted)
    jobs: list[int] | list[None] = [None] * len(deadlines)
    if settings.SENDS_MAIL:
        jobs = _mail(list(deadlines), Message.Kind.EXTENDED, wait)
    for interview in deadlines:
        record(Kind.EXTENDED, interview, actor=actor)
    moved = []
    for (interview, after), job in zip(deadlines.items(), jobs, strict=True):
        deadline, given = before[interview.pk]
        moved.append(Moved(interview.pk, deadline, after, at, job, given))
    return moved


def _recorded_since(moved: Mapping[UUID, Moved]) -> set[UUID]:
    takes = Take.objects.filter(interview__in=moved).values_list("interview", "created_at")
    return {pk for pk, at in takes if at >= moved[pk].at}


def _ask_again(chosen: list[Interview], moved: Mapping[UUID, Moved], by: User) -> None:
    """What was asked for before, and granted by this, is open as before, unless it was asked for once more."""
    asked = ExtensionRequest.objects.filter(interview__in=chosen)
    anew = set(asked.filter(state=ExtensionRequest.State.ASKED).values_list("interview", flat=True))
    times = {moved[it.pk].at for it in chosen}
    asked.filter(state=ExtensionRequest.State.GRANTED, answered_by=by, answered_at__in=times).exclude(
        interview__in=anew
    ).update(state=ExtensionRequest.State.ASKED, answered_at=None, answered_by=None)


def _mail(interviews: list[Interview], kind: Message.Kind, wait: timedelta) -> list[int]:
    """What waits is found by the sweep."""
    jobs = queue_all(interviews, kind, wait)
    if not wait:
        hint(jobs)
    return jobs


def _withhold(jobs: Collection[int], by: User) -> list[int]:
    """Which of these mails are not sent any more: those that no worker has begun to send."""
    waiting = Job.objects.select_for_update().filter(pk__in=jobs, state=Job.State.QUEUED)
    found = dict(waiting.values_list("pk", "message"))
    Job.objects.filter(pk__in=found).update(state=Job.State.DROPPED, ended_at=Now())
    problem = f"called back by {by.get_username()}"
    Message.objects.filter(pk__in=found.values()).update(
        state=Message.State.DROPPED, problem=problem, ended_at=timezone.now()
    )
    return list(found)


def _must_be_remindable(interview: Interview, on_their_way: Collection[UUID]) -> None:
    _must_be_open(interview)
    if interview.deadline < timezone.now():
        raise WrongState(_("The deadline has passed: give more time instead."))
    if interview.pk in on_their_way:
        raise WrongState(_("A reminder is on its way already."))


def _must_be_unused(interview: Interview, moved: Moved, used: Collection[UUID]) -> None:
    _must_be_open(interview)
    if interview.deadline != moved.after:
        raise WrongState(_("The deadline was moved again since."))
    if moved.at < timezone.now() - TAKEN_BACK_WITHIN:
        raise WrongState(_("It is too long ago to be taken back."))
    if interview.pk in used:
        raise WrongState(_("They have gone on recording since: the time is theirs now."))


def _must_be_open(interview: Interview) -> None:
    if interview.is_submitted:
        raise WrongState(_("It is submitted already."))
    if interview.withdrawn_at is not None:
        raise WrongState(_("The applicant withdrew."))
    if interview.revoked_at is not None:
        raise WrongState(_("The invitation was withdrawn: send it again to give it back."))
