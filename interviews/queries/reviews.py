"""One interview as a reviewer sees it: what was asked, said, suggested, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from django.utils.translation import gettext as _

from interviews.engines.catalogue import ANALYSERS, TRANSCRIBERS
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
from interviews.queries import stages
from interviews.queries.players import PlayerView, player
from interviews.queries.runs import current_run
from interviews.queries.stages import DecisionView, RowView

if TYPE_CHECKING:
    from interviews.queries.stages import Counted


@dataclass(frozen=True, slots=True)
class WordView:
    """`start` in seconds; `cited` where a quote covers it."""

    index: int
    text: str
    start: float
    confidence: float | None
    cited: bool


@dataclass(frozen=True, slots=True)
class TranscriptView:
    words: list[WordView]
    label: str
    draft: bool
    language: str
    is_written: bool  # there is nothing to play: its words have no seconds


@dataclass(frozen=True, slots=True)
class QuoteView:
    text: str
    start: float
    first_word: int
    last_word: int


@dataclass(frozen=True, slots=True)
class CriterionView:
    """`state` is waiting, assessed or insufficient; `levels` are (value, anchor)."""

    id: int
    name: str
    weight: int
    levels: list[tuple[int, str]]
    state: str
    level: int | None
    reason: str
    quotes: list[QuoteView]
    label: str


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
    is_written: bool
    transcript: TranscriptView | None
    transcript_problem: str
    criteria: list[CriterionView]
    assessment_problem: str


@dataclass(frozen=True, slots=True)
class ReviewView:
    """What a reviewer's page shows of one interview. `reasons` of its decisions, newest first, where `revealed`."""

    row: RowView
    answers: list[AnswerView]
    reasons: list[ReasonView]


def of(interview: Counted, *, revealed: bool) -> ReviewView:
    """`interview` comes from `stages.with_counts`."""
    decided = interview.all_decisions if revealed else []
    reasons = [ReasonView(stages.decision_view(decision), decision.reason) for decision in decided]
    return ReviewView(stages.row(interview, revealed=revealed), answers(interview, revealed=revealed), reasons)


def answers(interview: Interview, *, revealed: bool) -> list[AnswerView]:
    """Unless `revealed`, nothing of what an engine suggested is even read."""
    run = current_run(interview) if revealed else None
    given = {
        answer.question_id: answer
        for answer in Answer.objects.filter(interview=interview)
        .select_related("take__transcript", "take__rendition")
        .prefetch_related("take__segments")
    }
    parked = list(Job.objects.filter(interview=interview, state=Job.State.PARKED))
    asked = Question.objects.filter(question_set=interview.question_set_id).prefetch_related("rubric__criteria")
    read_against = run.questions.prefetch_related("rubric__criteria") if run else ()
    rubrics = {it.pk: it.rubric for it in asked} | {it.question_id: it.rubric for it in read_against}
    suggested: dict[int, dict[int, Assessment]] = {answer.pk: {} for answer in given.values()}
    for assessment in run.assessments.all() if run else ():
        suggested[assessment.answer_id][assessment.criterion_id] = assessment
    label = _(ANALYSERS[run.engine].label) if run and run.engine in ANALYSERS else ""
    return [
        _answer(
            interview,
            question,
            rubrics[question.pk] if revealed else None,
            given.get(question.pk),
            suggested,
            label,
            parked,
        )
        for question in asked
    ]


def _answer(
    interview: Interview,
    question: Question,
    rubric: RubricVersion | None,
    answer: Answer | None,
    suggested: Mapping[int, Mapping[int, Assessment]],
    label: str,
    parked: Sequence[Job],
) -> AnswerView:
    """`suggested`: by answer and criterion; `label` says by whom."""
    take = answer.take if answer else None
    transcript = getattr(take, "transcript", None)
    assessments = suggested[answer.pk] if answer else {}
    criteria = list(rubric.criteria.all()) if rubric else []
    return AnswerView(
        id=f"{interview.pk}-{question.number}",
        number=question.number,
        question=question.text,
        take_id=take.pk if take else None,
        player=player(take, question.number, parked) if take and not take.text else None,
        is_written=bool(take and take.text),
        transcript=_transcript(transcript, list(assessments.values())) if transcript else None,
        transcript_problem=next((job.problem for job in parked if take and job.take_id == take.pk), ""),
        criteria=[_criterion(criterion, assessments.get(criterion.pk), transcript, label) for criterion in criteria],
        assessment_problem=_assessment_problem(interview, answer, transcript, bool(assessments), parked),
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
    problem = next((job.problem for job in parked if job.kind == Job.Kind.ASSESS), "")
    return _("Not scored yet: %(problem)s.") % {"problem": problem} if problem else ""


def _transcript(transcript: Transcript, assessments: list[Assessment]) -> TranscriptView:
    info = TRANSCRIBERS.get(transcript.engine)
    cited = {
        index
        for assessment in assessments
        for quote in assessment.quotes
        for index in range(quote["first_word"], quote["last_word"] + 1)
    }
    return TranscriptView(
        words=[
            WordView(index, word["text"], word["start"], word["confidence"], index in cited)
            for index, word in enumerate(transcript.words)
        ],
        label=_("Written by the applicant")
        if transcript.engine == WRITTEN
        else _(info.label)
        if info
        else transcript.engine,
        is_written=transcript.engine == WRITTEN,
        draft=info.draft if info else False,
        language=transcript.language,
    )


def _criterion(
    criterion: Criterion, assessment: Assessment | None, transcript: Transcript | None, label: str
) -> CriterionView:
    state = "waiting" if assessment is None else "insufficient" if assessment.level is None else "assessed"
    words = transcript.words if transcript else []
    return CriterionView(
        id=criterion.pk,
        name=criterion.name,
        weight=criterion.weight,
        levels=list(enumerate(criterion.levels, start=1)),
        state=state,
        level=assessment.level if assessment else None,
        reason=assessment.reason if assessment else "",
        quotes=[
            QuoteView(q["text"], words[q["first_word"]]["start"], q["first_word"], q["last_word"])
            for q in (assessment.quotes if assessment else [])
        ],
        label=label if assessment else "",
    )
