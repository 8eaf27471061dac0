"""Transcripts that may be corrected, and what was corrected in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone

from interviews.models import Answer, Correction, Interview, Transcript
from interviews.models.transcripts import WRITTEN
from interviews.scoring.corrections import Side, difference

APPLICANT_DAYS = 14
"""From the submit on: as long as an applicant is told, by default, that an answer may take."""


@dataclass(frozen=True, slots=True)
class CorrectionView:
    by_applicant: bool
    by: str  # the account of a reviewer; "" where it is gone
    at: datetime
    difference: list[tuple[Side, str]]


@dataclass(frozen=True, slots=True)
class CorrectableView:
    """`transcript` is None where there is none yet; `is_written`: the applicant's own text, which stays as it is."""

    take_id: UUID
    number: int
    question: str
    has_transcript: bool
    is_written: bool
    text: str
    language: str
    version: int
    corrections: list[CorrectionView]


def applicant_may_correct_until(interview: Interview) -> datetime | None:
    """None where it is not for the applicant to correct: before the submit, after withdrawing or a decision."""
    if interview.submitted_at is None or interview.withdrawn_at is not None or interview.transcripts_erased_at:
        return None
    if interview.decisions.exists():
        return None
    return interview.submitted_at + timedelta(days=APPLICANT_DAYS)


def applicant_may_correct(interview: Interview) -> bool:
    until = applicant_may_correct_until(interview)
    return until is not None and timezone.now() < until


def correctable(interview: Interview) -> list[CorrectableView]:
    answers = Answer.objects.filter(interview=interview).select_related("question", "take__transcript")
    return [view(answer) for answer in answers.prefetch_related("take__transcript__corrections__actor")]


def view(answer: Answer) -> CorrectableView:
    transcript: Transcript | None = getattr(answer.take, "transcript", None)
    return CorrectableView(
        take_id=answer.take_id,
        number=answer.question.number,
        question=answer.question.text,
        has_transcript=transcript is not None,
        is_written=transcript is not None and transcript.engine == WRITTEN,
        text=transcript.text if transcript else "",
        language=transcript.language if transcript else "",
        version=transcript.version if transcript else 0,
        corrections=[_correction(it) for it in transcript.corrections.all()] if transcript else [],
    )


def _correction(it: Correction) -> CorrectionView:
    before, after = ([word["text"] for word in words] for words in (it.before, it.after))
    return CorrectionView(
        it.by_applicant, it.actor.get_username() if it.actor else "", it.at, difference(before, after)
    )
