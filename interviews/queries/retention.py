"""How long what is kept of an interview is kept, and of which the time is over.

The clock of an interview begins with its submit or, where there is none, with its end: the withdrawal, the end of the
invitation, the deadline. It is derived each time, so a deadline that is moved moves it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Case, DateTimeField, Exists, F, OuterRef, Q, QuerySet, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from interviews.models import Draft, Hold, Interview, Position, ProviderReply, Rendition, Segment, Take
from interviews.models.erasures import DataClass

ERASURE_GRACE = timedelta(hours=24)
"""In which an erasure that was asked for can be called back."""

_SUBMITTED = Q(state__in=[Interview.State.SUBMITTED, Interview.State.SCORED])
_BEGINS = Case(
    When(_SUBMITTED, then=F("submitted_at")),
    default=Coalesce("withdrawn_at", "revoked_at", "deadline"),
    output_field=DateTimeField(),
)


@dataclass(frozen=True, slots=True)
class Rule:
    """`days` after the clock of the interview began; None: no rule. `basis`: why it may be kept until then."""

    name: str
    words: str
    days: int | None
    basis: str


def rules(position: Position | None = None) -> list[Rule]:
    """Of the site, or of one position, which may have a time of its own for recordings."""
    own = {DataClass.MEDIA: position.retention_days} if position is not None and position.retention_days else {}
    return [
        Rule(it.value, str(it.label), own.get(it) or settings.RETENTION_DAYS[it.value] or None, _basis(it))
        for it in DataClass
    ]


def media_days(position: Position) -> int | None:
    """What an applicant is told of the recordings."""
    return position.retention_days or settings.RETENTION_DAYS[DataClass.MEDIA] or None


def begins(interview: Interview) -> datetime:
    """The clock of one interview, as `_BEGINS`."""
    if interview.is_submitted and interview.submitted_at is not None:
        return interview.submitted_at
    return interview.withdrawn_at or interview.revoked_at or interview.deadline


@dataclass(frozen=True, slots=True)
class Kept:
    """`until` is None where no rule ends it."""

    words: str
    basis: str
    until: datetime | None


def kept(interview: Interview) -> list[Kept]:
    """What is kept of one interview, why, and until when. Nothing of a person outlives the record of whose it is."""
    found = {rule.name: rule for rule in rules(interview.position)}
    begun = begins(interview)
    longest = found[DataClass.SCORES].days
    told = []
    for rule in found.values():
        bounds = {rule.days, longest} if rule.name != DataClass.AUDIT else {rule.days}
        days = min((it for it in bounds if it is not None), default=None)
        until = None if days is None else begun + timedelta(days=days)
        if interview.erasure_asked_at is not None and rule.name != DataClass.AUDIT:
            asked = interview.erasure_asked_at + ERASURE_GRACE
            until = asked if until is None else min(until, asked)
        told.append(Kept(rule.words, rule.basis, until))
    return told


def over(now: datetime) -> dict[DataClass, QuerySet[Interview]]:
    """The interviews of which this class is to be deleted now, those under a hold left out."""
    free = Interview.objects.filter(~held()).alias(begins=_BEGINS).order_by("pk")
    mine = {"interview": OuterRef("pk")}
    recorded = Exists(Segment.objects.filter(take__interview=OuterRef("pk"))) | Exists(
        Rendition.objects.filter(take__interview=OuterRef("pk"))
    )
    said = (
        Exists(Take.objects.filter(Q(transcript__isnull=False) | ~Q(text=""), **mine))
        | Exists(Draft.objects.filter(**mine))
        | Exists(ProviderReply.objects.filter(**mine))
    )
    asked = Q(erasure_asked_at__lte=now - ERASURE_GRACE)
    return {
        DataClass.MEDIA: free.filter(_media_over(now), recorded, media_erased_at=None),
        DataClass.TRANSCRIPTS: free.filter(_over(DataClass.TRANSCRIPTS, now), said, transcripts_erased_at=None),
        DataClass.SCORES: free.filter(asked | _over(DataClass.SCORES, now), erased_at=None),
        DataClass.AUDIT: free.filter(_over(DataClass.AUDIT, now), erased_at__isnull=False),
    }


def held() -> Exists:
    return Exists(Hold.objects.filter(interview=OuterRef("pk"), lifted_at=None))


def held_interviews() -> QuerySet[Interview]:
    return Interview.objects.filter(held())


def overdue(now: datetime) -> QuerySet[Interview]:
    """Asked for so long ago that something must be in the way."""
    return Interview.objects.filter(~held(), erasure_asked_at__lte=now - 2 * ERASURE_GRACE, erased_at=None)


def standing_hold(interview: Interview) -> Hold | None:
    return Hold.objects.filter(interview=interview, lifted_at=None).first()


def _over(data_class: DataClass, now: datetime) -> Q:
    days = settings.RETENTION_DAYS[data_class]
    return Q(begins__lte=now - timedelta(days=days)) if days else Q(pk__in=[])


def _media_over(now: datetime) -> Q:
    """By the days of the position, of which there are few different ones."""
    own = Position.objects.filter(retention_days__isnull=False).order_by().values_list("retention_days", flat=True)
    found = _over(DataClass.MEDIA, now) & Q(question_set__position__retention_days=None)
    for days in filter(None, own.distinct()):
        found |= Q(question_set__position__retention_days=days, begins__lte=now - timedelta(days=days))
    return found


def _basis(data_class: DataClass) -> str:
    usual: Mapping[str, str] = {
        DataClass.MEDIA: _(
            "It is recorded with your agreement, so that people can decide (GDPR Art. 6(1)(a) and (b))."
        ),
        DataClass.TRANSCRIPTS: _("They show what was said when it was judged (GDPR Art. 6(1)(b) and (f))."),
        DataClass.SCORES: _("A claim about the selection can still be made or answered (GDPR Art. 6(1)(c) and (f))."),
        DataClass.AUDIT: _("How the selection went must be shown without naming anybody (GDPR Art. 5(2))."),
    }
    return settings.RETENTION_BASIS[data_class] or usual[data_class]
