"""Under which conditions one applicant answers: until when, with how much time, and what was asked for."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from interviews.models import Accommodation, Downtime, ExtensionRequest, Interview
from interviews.models.needs import arranged_for, grace_ends
from interviews.queries.applicants import QuestionView, practice, questions


@dataclass(frozen=True, slots=True)
class TermsView:
    """`extension` is the state of the newest request for more time, "" without one; `arranged` and `wishes` are words.

    `is_over`: the deadline has passed; `is_closed`: the grace after it, too. `for_script` is JSON, as
    static/js/terms.js wants it.
    """

    interview_id: UUID
    deadline: datetime
    away_minutes: int  # in which the site could not be reached while this interview was open
    is_over: bool
    grace_ends: datetime
    is_closed: bool
    extension: str
    extension_at: datetime | None
    arranged: list[str]
    wishes: list[str]
    wishes_at: datetime | None
    wishes_answered_at: datetime | None
    words: str
    for_script: str
    host: str
    contact: str


@dataclass(frozen=True, slots=True)
class AccommodationView:
    """For those who may arrange it. `version` changes with every change."""

    interview_id: UUID
    applicant: str
    position: str
    is_open: bool
    wishes: list[str]
    note: str
    asked_at: datetime | None
    answered_at: datetime | None
    row: Accommodation
    times: list[tuple[int, str]]
    version: str


def terms(interview: Interview) -> TermsView:
    arranged = arranged_for(interview)
    newest = ExtensionRequest.objects.filter(interview=interview).first()
    in_words = _arranged(arranged)
    now, ends = timezone.now(), grace_ends(interview)
    return TermsView(
        interview_id=interview.pk,
        deadline=interview.deadline,
        away_minutes=_away(interview) // timedelta(minutes=1),
        is_over=interview.deadline < now,
        grace_ends=ends,
        is_closed=ends < now,
        extension=newest.state if newest else "",
        extension_at=(newest.answered_at or newest.asked_at) if newest else None,
        arranged=in_words,
        wishes=arranged.wished(),
        wishes_at=arranged.asked_at,
        wishes_answered_at=arranged.answered_at,
        words=" ".join([*_news(interview, newest), *(f"{line}." for line in in_words)]),
        for_script=_for_script(arranged, [*questions(interview), *filter(None, [practice(interview)])]),
        host=interview.position.host,
        contact=interview.position.contact,
    )


def accommodations(interviews: QuerySet[Interview]) -> list[AccommodationView]:
    """What was asked for or arranged in these interviews, until they are submitted; open wishes first."""
    rows = Accommodation.objects.filter(
        interview__in=interviews, interview__submitted_at__isnull=True, interview__revoked_at__isnull=True
    ).select_related("interview__applicant", "interview__question_set__position")
    return sorted(map(_accommodation, rows), key=lambda view: not view.is_open)


def _accommodation(row: Accommodation) -> AccommodationView:
    return AccommodationView(
        interview_id=row.interview_id,
        applicant=row.interview.applicant.name,
        position=row.interview.position.title,
        is_open=row.is_open,
        wishes=row.wished(),
        note=row.note,
        asked_at=row.asked_at,
        answered_at=row.answered_at,
        row=row,
        times=[(value, str(label)) for value, label in Accommodation.Time.choices],
        version=row.changed_at.isoformat(),
    )


def _away(interview: Interview) -> timedelta:
    downtimes = Downtime.objects.filter(ended_at__gt=interview.created_at, began_at__lt=interview.deadline)
    return sum((downtime.ended_at - downtime.began_at for downtime in downtimes), timedelta())


def _arranged(row: Accommodation) -> list[str]:
    lines = []
    if row.time_percent != Accommodation.Time.USUAL:
        lines.append(str(Accommodation.Time(row.time_percent).label))
    if row.extra_takes:
        lines.append(_("%(count)s more recordings for each question") % {"count": row.extra_takes})
    if row.audio_only:
        lines.append(_("Sound only, without your picture"))
    if row.written:
        lines.append(_("You may write your answers instead of speaking"))
    if row.captions:
        lines.append(_("Captions are shown with videos"))
    return lines


def _news(interview: Interview, newest: ExtensionRequest | None) -> list[str]:
    if newest is None or newest.state == ExtensionRequest.State.ASKED:
        return []
    if newest.state == ExtensionRequest.State.DECLINED:
        return [_("Your request for more time was declined.")]
    return [_("You were given more time, until %(deadline)s UTC.") % {"deadline": f"{interview.deadline:%d %b, %H:%M}"}]


def _for_script(arranged: Accommodation, asked: list[QuestionView]) -> str:
    return json.dumps(
        {
            "audioOnly": arranged.audio_only,
            "written": arranged.written,
            "captions": arranged.captions,
            "questions": {
                str(question.id): {
                    "thinkSeconds": question.think_seconds,
                    "answerSeconds": question.answer_seconds,
                    "expectedSeconds": question.expected_seconds,
                    "takesLeft": question.takes_left,
                    "isAskedAgain": question.is_asked_again,
                    "isClosed": question.is_closed,
                }
                for question in asked
            },
        }
    )
