"""Everything that can happen, said once.

A change of state and its event are written in one transaction. The log holds ids, never names or words, and says only
*that* something changed; what is shown is read from today's rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models, transaction
from django.db.models.functions import Now
from django.dispatch import Signal
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from interviews.models import Answer, Interview

event_recorded = Signal()
"""Sent after commit with `number`. It is a hint to look; realtime.wake is its only receiver."""

came_further = Signal()
"""Sent while a recording arrives, with `interview_id`, `position_id`, `question` (its number) and `size` (in bytes).
No event: nothing is stored, nothing repeated, and of many only the latest is passed on. realtime.wake receives it."""


class Kind(models.TextChoices):
    INVITED = "interview.invited", _("was invited")
    RENEWED = "interview.renewed", _("was given a new link")
    OPENED = "interview.opened", _("opened the invitation")
    MAIL_ASKED = "message.asked", _("is to be sent a message")
    MAILED = "message.sent", _("was sent a message")
    NOT_MAILED = "message.not_sent", _("was not sent a message")
    STARTED = "interview.started", _("agreed and started")
    REOPENED = "interview.reopened", _("had the interview reopened")
    REDO_ASKED = "redo.asked", _("is asked for an answer again")
    JOINED = "interview.joined", _("came by a public link")
    REVOKED = "interview.revoked", _("had the invitation withdrawn")
    RESTORED = "interview.restored", _("had the invitation given back")
    RECORDED = "answer.recorded", _("recorded an answer")
    CHOSEN = "answer.chosen", _("chose which recording counts")
    WITHDRAWN = "interview.withdrawn", _("withdrew")
    ERASURE_ASKED = "erasure.asked", _("is to be erased")
    ERASURE_CALLED_BACK = "erasure.called_back", _("is not to be erased after all")
    DELETED = "data.deleted", _("had data deleted whose time was over")
    ERASED = "interview.erased", _("was erased")
    HELD = "hold.placed", _("is kept by a legal hold")
    HOLD_LIFTED = "hold.lifted", _("is kept by a legal hold no more")
    SUBMITTED = "interview.submitted", _("submitted the interview")
    PREPARED = "answer.prepared", _("had a recording made ready to play")
    TRANSCRIBED = "answer.transcribed", _("had an answer transcribed")
    CORRECTED = "answer.corrected", _("had a transcript corrected")
    ASSESSMENT_ASKED = "assessment.asked", _("is to be assessed again")
    ASSESSMENT_STARTED = "assessment.started", _("is being assessed")
    ASSESSED = "answer.assessed", _("had an answer assessed")
    SCORED = "interview.scored", _("has a result")
    DELAYED = "job.delayed", _("waits for another try")
    PARKED = "job.parked", _("needs a person")
    RESUMED = "job.resumed", _("was set going again")
    PAUSED = "work.paused", _("has work that is paused")
    UNPAUSED = "work.unpaused", _("has work that is paused no more")
    EXTENSION_ASKED = "extension.asked", _("asked for more time")
    EXTENDED = "extension.granted", _("was given more time")
    NOT_EXTENDED = "extension.declined", _("was not given more time")
    EXTENSION_TAKEN_BACK = "extension.taken_back", _("had more time taken back")
    MOVED = "interview.moved", _("has another deadline")
    ACCOMMODATION_ASKED = "accommodation.asked", _("asked for other conditions")
    ACCOMMODATED = "accommodation.changed", _("has other conditions")
    REVIEWED = "review.done", _("was reviewed")
    REVISED = "rating.revised", _("had a rating revised")
    NOTED = "note.changed", _("had a note written or changed")
    DECIDED = "decision.made", _("was decided about")
    DECISION_TAKEN_BACK = "decision.taken_back", _("had a decision taken back")
    EXPLAINED = "explanation.given", _("was given an explanation")
    SHARED = "share.made", _("was shared with somebody from outside")
    SHARE_ENDED = "share.ended", _("is shared with somebody from outside no more")
    SHARE_SEEN = "share.seen", _("was seen by somebody from outside")
    SHARE_COMMENTED = "share.commented", _("was commented on by somebody from outside")
    EXPORTED = "export.made", _("was exported")
    RULES = "rules.changed", _("A position was changed")
    PUBLISHED = "questions.published", _("Questions of a position were published")
    BACK = "site.back", _("This site was away, and is back; open deadlines were moved")
    REASSESSMENT = "reassessment.changed", _("Interviews of a position are assessed again together")
    OUTAGE = "provider.outage", _("A provider fails; its work waits")
    RECOVERED = "provider.recovered", _("A provider answers again")
    RIGHTS = "rights.changed", _("Who may see what has changed")


CONFIDENTIAL = frozenset({Kind.ACCOMMODATION_ASKED, Kind.ACCOMMODATED})
"""Reviewers do not even learn that these happened."""

LEAVING = frozenset({Kind.WITHDRAWN, Kind.ERASURE_CALLED_BACK, Kind.DELETED, Kind.ERASED})
"""By which an interview, or what there is to see of it, goes or comes back."""

CLOSING = frozenset({Kind.SUBMITTED, Kind.WITHDRAWN, Kind.ERASED})
"""After which the applicant can add nothing, in whichever of their tabs it was done."""

UNCHANGING = frozenset({Kind.SHARED, Kind.SHARE_ENDED, Kind.SHARE_SEEN, Kind.SHARE_COMMENTED, Kind.EXPORTED})
"""What changes nothing of the interview itself: people looked at it."""

NOT_FOR_OUTSIDE = CONFIDENTIAL | UNCHANGING
"""What changes nothing that somebody from outside sees of an interview."""

UNCOUNTED = NOT_FOR_OUTSIDE | {Kind.MAILED, Kind.PREPARED, Kind.NOTED}
"""What no page that counts a whole position counts."""

ENDS_SHARING = frozenset({Kind.SHARE_ENDED, Kind.WITHDRAWN, Kind.ERASED})

OF_ALL_POSITIONS = frozenset({Kind.RIGHTS, Kind.PUBLISHED})
"""What may change the page of any position, without a word of which."""

OF_ALL_WORK = frozenset({Kind.OUTAGE, Kind.RECOVERED, Kind.PAUSED, Kind.UNPAUSED})
"""What may be why some interview is not scored, without a word of that interview."""

OPERATIONAL = OF_ALL_WORK | {Kind.DELAYED, Kind.RECORDED, Kind.SUBMITTED}
"""What may change the notice of an outage or a pause: that it begins or ends, and how many interviews wait."""


class Head(models.Model):
    """The number of the newest event. One row, and its lock is what makes numbers visible in order."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    number = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name = _("number of the newest event")
        verbose_name_plural = _("number of the newest event")
        constraints: ClassVar = [models.CheckConstraint(condition=models.Q(id=1), name="head_is_one_row")]

    def __str__(self) -> str:
        return str(self.number)


class Event(models.Model):
    number = models.PositiveBigIntegerField(primary_key=True)
    kind = models.CharField(max_length=32, choices=Kind)
    interview = models.ForeignKey(
        "interviews.Interview",
        models.CASCADE,
        null=True,
        blank=True,
        db_index=False,  # the one below begins with it
        related_name="events",
        help_text="none: it concerns the whole site",
    )
    answer = models.ForeignKey("interviews.Answer", models.SET_NULL, null=True, blank=True, related_name="events")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering: ClassVar = ["number"]
        indexes: ClassVar = [models.Index(fields=["interview", "-number"], name="event_newest_of_interview")]

    def __str__(self) -> str:
        return f"{self.number} {self.kind}"


def head() -> int:
    return Head.objects.values_list("number", flat=True).first() or 0


def _next(count: int) -> range:
    """Takes so many numbers, and the lock. In one statement: everybody who writes waits for whoever holds it."""
    with transaction.get_connection().cursor() as cursor:
        take = f"UPDATE {Head._meta.db_table} SET number = number + %s WHERE id = 1 RETURNING number"  # noqa: S608 - ours
        cursor.execute(take, [count])
        row = cursor.fetchone()
    if row is None:
        Head.objects.get_or_create(pk=1)
        return _next(count)
    return range(int(row[0]) - count + 1, int(row[0]) + 1)


def record(
    kind: Kind, interview: Interview | None, *, answer: Answer | None = None, actor: User | None = None
) -> Event:
    """Write the event of a change, in the transaction of that change and as its last statement.

    The update locks the one row of Head until commit. Without that lock, number 9 can become visible after number 10,
    and a reader who stands at 10 never sees it.
    """
    [number] = _numbers(1)
    return Event.objects.create(number=number, kind=kind, interview=interview, answer=answer, actor=actor)


def record_all(kind: Kind, interviews: Sequence[Interview], *, actor: User | None = None) -> None:
    """The same of each of these, of which there is one at least, in two statements; `record` says when."""
    numbers = _numbers(len(interviews))
    Event.objects.bulk_create(
        Event(number=number, kind=kind, interview=interview, actor=actor)
        for number, interview in zip(numbers, interviews, strict=True)
    )


def _numbers(count: int) -> range:
    """They are told of once they are committed."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("record() belongs inside the transaction of the change that it describes")
    numbers = _next(count)

    def tell() -> None:
        event_recorded.send_robust(sender=Event, number=numbers[-1])

    transaction.on_commit(tell, robust=True)
    return numbers
