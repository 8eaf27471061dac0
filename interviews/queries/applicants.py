"""What an applicant's pages show. Nothing here reads a level, a score or a reviewer."""

from __future__ import annotations

import json
import math
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import Prefetch
from django.utils.translation import gettext as _

from interviews.engines.catalogue import ANALYSERS, TRANSCRIBERS, EngineInfo
from interviews.models import Accommodation, Answer, Draft, Interview, Question, Redo, Take
from interviews.models.needs import arranged_for
from interviews.models.redos import open_alone
from interviews.queries.machines import is_transcribed
from interviews.queries.redos import asked

SECONDS_BETWEEN_QUESTIONS = 30
SENTENCE_SECONDS = 15
"""After the time for an answer is up, so that a sentence can be ended."""


@dataclass(frozen=True, slots=True)
class TakeView:
    """`sha256` in hexadecimal."""

    id: UUID
    bytes: int
    seconds: float | None
    sha256: str
    received_at: datetime | None
    mime_type: str
    text: str  # of a written answer


@dataclass(frozen=True, slots=True)
class QuestionView:
    """For this applicant: `think_seconds` 0 is no clock, `answer_seconds` 0 no limit; `expected_seconds` is a guess."""

    id: int
    number: int | None
    text: str
    prompt_type: str  # media type of what asks the question besides the text; "" where nothing does
    has_captions: bool
    shows_captions: bool
    think_seconds: int
    answer_seconds: int
    expected_seconds: int
    takes_allowed: int
    takes_left: int
    takes: list[TakeView]  # complete, oldest first
    answer: TakeView | None
    is_asked_again: bool
    is_closed: bool  # was submitted, and others were asked for again
    draft: str
    draft_version: int

    @property
    def takes_for_script(self) -> str:
        """JSON, as static/js/takes.js wants it."""
        return json.dumps(
            [
                {"id": str(take.id), "number": number, "seconds": take.seconds, "bytes": take.bytes}
                | {"counts": take == self.answer, "text": take.text}
                for number, take in enumerate(self.takes, start=1)
            ]
        )


@dataclass(frozen=True, slots=True)
class Again:
    """What was asked of this question once more."""

    more_takes: int
    is_asked: bool
    is_closed: bool


@dataclass(frozen=True, slots=True)
class EngineView:
    label: str
    is_local: bool
    sends_to: str


@dataclass(frozen=True, slots=True)
class ProgressView:
    stage: str
    transcribed: int
    total: int
    words: str
    submitted_at: datetime | None


def questions(interview: Interview) -> list[QuestionView]:
    takes = Prefetch(
        "recordings",
        Take.objects.filter(interview=interview, state=Take.State.FINISHED).select_related("answer"),
        to_attr="finished",
    )
    arranged = arranged_for(interview)
    redos = Counter(Redo.objects.filter(interview=interview).values_list("question", flat=True))
    again = {redo.question_id for redo in asked(interview)}
    alone = open_alone(interview)
    drafts = {draft.question_id: draft for draft in Draft.objects.filter(interview=interview)}
    return [
        _question(
            question,
            arranged,
            drafts.get(question.pk),
            Again(redos[question.pk], question.pk in again, bool(alone) and question.pk not in alone),
        )
        for question in Question.objects.filter(question_set=interview.question_set_id).prefetch_related(takes)
    ]


def practice(interview: Interview) -> QuestionView | None:
    """None where there is none. Its conditions are those of the interview."""
    if not interview.question_set.practice:
        return None
    question = Question(text=_("What did you do yesterday evening?"), think_seconds=20, answer_seconds=40, takes=1)
    question.finished = []  # type: ignore[attr-defined] # as the prefetch above would
    return replace(_question(question, arranged_for(interview), None, Again(0, False, False)), id=0)


def minutes(asked: list[QuestionView]) -> int:
    """About how long the whole interview takes, in minutes."""
    seconds = sum(question.expected_seconds + SECONDS_BETWEEN_QUESTIONS for question in asked)
    return math.ceil(seconds / 60)


def engine_views() -> tuple[EngineView | None, EngineView | None]:
    """Who transcribes, and who suggests levels; None where the site has no engine for it."""
    return _engine(TRANSCRIBERS.get(settings.TRANSCRIPTION_ENGINE)), _engine(ANALYSERS.get(settings.ANALYSIS_ENGINE))


def progress(interview: Interview) -> ProgressView:
    answers = Answer.objects.filter(interview=interview)
    total = answers.count()
    transcribed = answers.filter(take__transcript__isnull=False).count()
    if interview.erased_at is not None:
        stage, words = "erased", _("Everything that was kept of this interview was erased.")
    elif interview.withdrawn_at is not None:
        stage, words = "withdrawn", _("You withdrew this interview. It is not considered any more.")
    elif not interview.is_submitted:
        stage, words = "reopened", _("Your interview is open again. Go on to read why.")
    elif interview.state == Interview.State.SCORED:
        stage, words = "done", _("Everything is ready for the people who will review it.")
    elif not is_transcribed(interview):
        stage, words = "received", _("Received. Your answers are being made ready to be watched.")
    elif transcribed < total:
        stage = "transcribing" if transcribed else "received"
        words = (
            _("Received. Transcribed %(done)s of %(total)s.") % {"done": transcribed, "total": total}
            if transcribed
            else _("Received. Your answers are being transcribed.")
        )
    else:
        stage, words = (
            "assessing",
            _("Transcribed %(total)s of %(total)s. Being prepared for review.") % {"total": total},
        )
    return ProgressView(stage, transcribed, total, words, interview.submitted_at)


def _question(question: Question, arranged: Accommodation, draft: Draft | None, again: Again) -> QuestionView:
    finished: list[Take] = question.finished  # type: ignore[attr-defined] # prefetched
    allowed = arranged.takes(question) + again.more_takes
    left = max(0, allowed - sum(not take.text for take in finished))
    counting = next((take for take in finished if hasattr(take, "answer")), None)
    return QuestionView(
        id=question.pk,
        number=question.number,
        text=question.text,
        prompt_type=question.prompt_type if question.prompt else "",
        has_captions=bool(question.captions),
        shows_captions=arranged.captions,
        think_seconds=arranged.think_seconds(question),
        answer_seconds=arranged.answer_seconds(question),
        expected_seconds=(arranged.think_seconds(question) or question.think_seconds)
        + (arranged.answer_seconds(question) or question.answer_seconds),
        takes_allowed=allowed,
        takes_left=0 if again.is_closed else left,
        takes=[take_view(take) for take in finished],
        draft=draft.text if draft else "",
        draft_version=draft.version if draft else 0,
        answer=take_view(counting) if counting else None,
        is_asked_again=again.is_asked,
        is_closed=again.is_closed,
    )


def take_view(take: Take) -> TakeView:
    return TakeView(take.pk, take.bytes or 0, take.seconds, take.sha256, take.finished_at, take.mime_type, take.text)


def _engine(info: EngineInfo | None) -> EngineView | None:
    return EngineView(_(info.label), not info.sends_to, info.sends_to) if info else None
