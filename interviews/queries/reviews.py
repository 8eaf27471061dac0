"""One interview as a reviewer sees it: what was asked, said, suggested, and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from django.utils.translation import gettext as _

from interviews.engines.catalogue import ANALYSERS
from interviews.models import (
    Answer,
    Assessment,
    AssessmentRun,
    Criterion,
    Interview,
    Job,
    Question,
    RubricVersion,
    RunQuestion,
    Transcript,
)
from interviews.queries import provenance, spoken, stages, timelines
from interviews.queries.machines import is_assessed, is_transcribed
from interviews.queries.players import PlayerView, player
from interviews.queries.runs import current_of
from interviews.queries.stages import DecisionView, RowView
from interviews.queries.suggested import suggested
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
    return of_each([interview], {interview.pk} if revealed else ())[0]


def of_each(interviews: Sequence[Counted], revealed: Collection[UUID]) -> list[ReviewView]:
    """In their order, in as many queries as one. `revealed`: those whose levels are."""
    said = answers_of(interviews, revealed)
    return [
        ReviewView(
            stages.row(interview, revealed=interview.pk in revealed), said[interview.pk], _reasons(interview, revealed)
        )
        for interview in interviews
    ]


def _reasons(interview: Counted, revealed: Collection[UUID]) -> list[ReasonView]:
    decided = interview.all_decisions if interview.pk in revealed else []
    return [ReasonView(stages.decision_view(decision), decision.reason) for decision in decided]


def answers(interview: Interview, *, revealed: bool) -> list[AnswerView]:
    """Unless `revealed`, nothing of what an engine suggested is even read."""
    return answers_of([interview], {interview.pk} if revealed else ())[interview.pk]


def answers_of(interviews: Iterable[Interview], revealed: Collection[UUID]) -> dict[UUID, list[AnswerView]]:
    """The same, by interview."""
    interviews = list(interviews)
    shown = [interview.pk for interview in interviews if interview.pk in revealed]
    current = current_of(shown) if shown else {}
    given = {
        (answer.interview_id, answer.question_id): answer
        for answer in Answer.objects.filter(interview__in=interviews)
        .select_related("take__transcript", "take__rendition")
        .prefetch_related("take__segments", "take__transcript__corrections")
    }
    parked: dict[UUID | None, list[Job]] = defaultdict(list)
    for job in Job.objects.filter(interview__in=interviews, state=Job.State.PARKED):
        parked[job.interview_id].append(job)
    asked: dict[int, list[Question]] = defaultdict(list)
    for question in Question.objects.filter(
        question_set__in={interview.question_set_id for interview in interviews}
    ).prefetch_related("rubric__criteria", "rubric__rubric"):
        asked[question.question_set_id].append(question)
    read_against = (
        RunQuestion.objects.filter(run__in=current.values())
        .select_related("run")
        .prefetch_related("rubric__criteria", "rubric__rubric")
        if current
        else ()
    )
    rubrics: dict[tuple[UUID, int], RubricVersion | None] = {
        (interview.pk, question.pk): question.rubric
        for interview in interviews
        if interview.pk in revealed
        for question in asked[interview.question_set_id]
    }
    rubrics |= {(it.run.interview_id, it.question_id): it.rubric for it in read_against}
    by_answer: dict[int, dict[int, Assessment]] = {answer.pk: {} for answer in given.values()}
    for (answer_id, criterion_id), assessment in suggested(current.values()).items():
        by_answer[answer_id][criterion_id] = assessment
    return {
        interview.pk: [
            _answer(
                interview,
                question,
                rubrics.get((interview.pk, question.pk)),
                given.get((interview.pk, question.pk)),
                by_answer,
                parked[interview.pk],
                current.get(interview.pk),
            )
            for question in asked[interview.question_set_id]
        ]
        for interview in interviews
    }


def _answer(
    interview: Interview,
    question: Question,
    rubric: RubricVersion | None,
    answer: Answer | None,
    by_answer: Mapping[int, Mapping[int, Assessment]],
    parked: Sequence[Job],
    run: AssessmentRun | None,
) -> AnswerView:
    """`by_answer`: what was suggested, by answer and criterion."""
    label = _(ANALYSERS[run.engine].label) if run and run.engine in ANALYSERS else ""
    take = answer.take if answer else None
    transcript = getattr(take, "transcript", None)
    assessments = by_answer[answer.pk] if answer else {}
    criteria = [
        _criterion(criterion, assessments.get(criterion.pk), transcript, label)
        for criterion in (rubric.criteria.all() if rubric else ())
    ]
    plays = player(take, question.number, parked) if take and not take.text else None
    return AnswerView(
        id=f"{interview.pk}-{question.number}",
        number=question.number,
        question=question.text,
        take_id=take.pk if take else None,
        player=plays,
        is_written=bool(take and take.text),
        timeline=timelines.of(plays.seconds, transcript, criteria) if plays else None,
        transcript=spoken.view(interview, transcript, list(assessments.values())) if transcript else None,
        transcript_problem=next((job.problem for job in parked if take and job.take_id == take.pk), ""),
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
    return _("Not scored yet: %(problem)s.") % {"problem": problem} if problem else ""


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
    ]
