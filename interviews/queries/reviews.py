"""One interview as a reviewer sees it: what was asked, said, suggested, and why."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.utils.translation import gettext as _

from interviews.engines.catalogue import ANALYSERS
from interviews.models import (
    Answer,
    Assessment,
    Criterion,
    Interview,
    Job,
    Question,
    RubricVersion,
    Transcript,
)
from interviews.models.transcripts import WRITTEN
from interviews.queries import answered, provenance, spoken, stages, timelines
from interviews.queries.answered import Answered
from interviews.queries.machines import is_assessed, is_transcribed
from interviews.queries.players import PlayerView, player
from interviews.queries.reasons import told
from interviews.queries.runs import current, current_of
from interviews.queries.stages import DecisionView, RowView
from interviews.queries.words import today, words_read
from interviews.scoring.samples import agreed

if TYPE_CHECKING:
    from interviews.queries.facts import Counted


@dataclass(frozen=True, slots=True)
class QuoteView:
    """`start` as it was read; the words where it stands today, -1 where it was corrected away."""

    text: str
    start: float
    first_word: int
    last_word: int


@dataclass(frozen=True, slots=True)
class CriterionView:
    """`state` is waiting, assessed or insufficient; `levels` are (value, anchor).

    `samples`: the level of each reading, None for none; `spread`: levels between the lowest and the highest.
    """

    id: int
    name: str
    weight: int
    levels: list[tuple[int, str]]
    state: str
    level: int | None
    reason: str
    quotes: list[QuoteView]
    label: str
    samples: list[int | None]
    spread: int


@dataclass(frozen=True, slots=True)
class ReasonView:
    decision: DecisionView
    reason: str


@dataclass(frozen=True, slots=True)
class AnswerView:
    """One question and what was answered. Without an answer, `id` is built from the question and `take_id` is None.

    `criteria` are empty where they are not revealed to whom this is shown.
    """

    id: str
    number: int
    question: str
    take_id: UUID | None
    player: PlayerView | None
    media_erased_at: datetime | None  # its time was over; the same for its words
    words_erased_at: datetime | None
    is_written: bool
    timeline: timelines.TimelineView | None
    transcript: spoken.TranscriptView | None
    transcript_problem: str
    criteria: list[CriterionView]
    assessment_problem: str
    provenance: provenance.ProvenanceView | None
    awaits_transcript: bool
    awaits_levels: bool  # False where no machine may read


@dataclass(frozen=True, slots=True)
class ReviewView:
    """What a reviewer's page shows of one interview. `reasons` of its decisions, newest first, where `revealed`."""

    row: RowView
    answers: list[AnswerView]
    reasons: list[ReasonView]


def of(interview: Counted, *, revealed: bool) -> ReviewView:
    """`interview` comes from `stages.with_counts`."""
    shown = {interview.pk} if revealed else set()
    return of_each([interview], read([interview], shown), shown)[0]


def read(interviews: Sequence[Counted], revealed: Collection[UUID]) -> Answered:
    """What `of_each` tells. `revealed`: those whose levels are; unless they are, nothing suggested is even read."""
    counting = {it.pk: current(it.standing_runs) for it in interviews if it.pk in revealed}
    return answered.read(interviews, {pk: run for pk, run in counting.items() if run is not None})


def of_each(interviews: Sequence[Counted], said: Answered, revealed: Collection[UUID]) -> list[ReviewView]:
    """In their order, in as many queries as one."""
    return [
        ReviewView(
            stages.row(interview, revealed=interview.pk in revealed),
            _answers(
                interview,
                said,
                [it for it in interview.every_open_job if it.state == Job.State.PARKED],
                interview.pk in revealed,
            ),
            _reasons(interview, revealed),
        )
        for interview in interviews
    ]


def _reasons(interview: Counted, revealed: Collection[UUID]) -> list[ReasonView]:
    decided = interview.all_decisions if interview.pk in revealed else []
    return [ReasonView(stages.decision_view(decision), decision.reason) for decision in decided]


def answers(interview: Interview, *, revealed: bool) -> list[AnswerView]:
    """Unless `revealed`, nothing of what an engine suggested is even read."""
    said = answered.read([interview], current_of([interview.pk]) if revealed else {})
    parked = list(Job.objects.filter(interview=interview, state=Job.State.PARKED))
    return _answers(interview, said, parked, revealed)


def _answers(interview: Interview, said: Answered, parked: Sequence[Job], revealed: bool) -> list[AnswerView]:
    found = []
    for question in said.questions[interview.question_set_id]:
        place = interview.pk, question.pk
        rubric = said.read_against.get(place) or question.rubric if revealed else None
        found.append(_answer(interview, question, rubric, said.given.get(place), said, parked))
    return found


def _answer(
    interview: Interview,
    question: Question,
    rubric: RubricVersion | None,
    answer: Answer | None,
    said: Answered,
    parked: Sequence[Job],
) -> AnswerView:
    """`rubric`: by which its levels are told, where they are."""
    run = said.runs.get(interview.pk)
    label = _(ANALYSERS[run.engine].label) if run and run.engine in ANALYSERS else ""
    take = answer.take if answer else None
    transcript = getattr(take, "transcript", None)
    assessments = said.of_answer(answer) if answer else {}
    criteria = [
        _criterion(criterion, assessments.get(criterion.pk), transcript, label)
        for criterion in (said.criteria[rubric.pk] if rubric else ())
    ]
    is_written = bool(take and (take.text or (transcript and transcript.engine == WRITTEN)))
    is_there = take is not None and not is_written and interview.media_erased_at is None
    plays = player(take, question.number, parked) if take and is_there else None
    return AnswerView(
        id=f"{interview.pk}-{question.number}",
        number=question.number,
        question=question.text,
        take_id=take.pk if take else None,
        player=plays,
        media_erased_at=interview.media_erased_at,
        words_erased_at=interview.transcripts_erased_at,
        is_written=is_written,
        timeline=timelines.of(plays.seconds, transcript, criteria) if plays else None,
        transcript=spoken.view(interview, transcript, list(assessments.values())) if transcript else None,
        transcript_problem=told(next((job.problem for job in parked if take and job.take_id == take.pk), "")),
        criteria=criteria,
        assessment_problem=_assessment_problem(interview, answer, transcript, bool(assessments), parked),
        awaits_transcript=is_transcribed(interview),
        awaits_levels=is_assessed(interview),
        provenance=provenance.of(run, rubric, transcript, list(assessments.values())) if run else None,
    )


def _assessment_problem(
    interview: Interview,
    answer: Answer | None,
    transcript: Transcript | None,
    assessed: bool,
    parked: Sequence[Job],
) -> str:
    if answer is None or assessed:
        return ""
    if transcript is None:
        if any(job.take_id == answer.take_id for job in parked):
            return _("Not scored: there is no transcript to assess.")
        return ""
    if not transcript.words:
        return _("Not scored: no speech was heard in this answer.")
    if interview.state == Interview.State.SCORED:  # it is; what is parked is another run
        return ""
    problem = next((job.problem for job in parked if job.kind == Job.Kind.ASSESS), "")
    return _("Not scored yet: %(problem)s.") % {"problem": told(problem)} if problem else ""


def _criterion(
    criterion: Criterion, assessment: Assessment | None, transcript: Transcript | None, label: str
) -> CriterionView:
    state = "waiting" if assessment is None else "insufficient" if assessment.level is None else "assessed"
    return CriterionView(
        id=criterion.pk,
        name=criterion.name,
        weight=criterion.weight,
        levels=list(enumerate(criterion.levels, start=1)),
        state=state,
        level=assessment.level if assessment else None,
        reason=assessment.reason if assessment else "",
        quotes=_quotes(assessment, transcript) if assessment and transcript else [],
        label=label if assessment else "",
        samples=assessment.samples if assessment else [],
        spread=agreed(assessment.samples).spread or 0 if assessment and assessment.samples else 0,
    )


def _quotes(assessment: Assessment, transcript: Transcript) -> list[QuoteView]:
    words = words_read(transcript, assessment.transcript_sha256) or transcript.words
    return [
        QuoteView(
            quote["text"], words[quote["first_word"]]["start"], *today(quote, assessment.transcript_sha256, transcript)
        )
        for quote in assessment.quotes
        if quote["text"]  # none is left where the words were deleted
    ]
