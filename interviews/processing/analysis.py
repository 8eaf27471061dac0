"""From transcripts to suggested levels and our arithmetic over them: one batch call for the whole interview."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

from interviews.engines.analysis.base import Analyser, AnswerAssessment, AnswerBrief, CriterionBrief
from interviews.engines.errors import CanaryChanged, UnusableOutput
from interviews.engines.keeping import Kept, Usage
from interviews.events import Kind, record
from interviews.models import Answer, Assessment, Criterion, Interview, Result
from interviews.processing import engines, jobs, ledger, providers
from interviews.processing.advance import answers_with_words
from interviews.scoring.evidence import checked
from interviews.scoring.result import weighted_mean


def assess(claim: jobs.Claim, engine: Analyser | None = None) -> list[int]:
    """With the engine that the settings name, unless another is given.

    Stores each answer's levels the moment they are complete. A retry asks only for the rest.
    """
    engine = engine or engines.analyser()
    interview = Interview.objects.get(pk=claim.interview_id)
    with_words = answers_with_words(interview)
    todo = {str(answer.pk): answer for answer in with_words if not answer.assessments.all()}
    if todo:
        with jobs.writing(claim):
            record(Kind.ASSESSMENT_STARTED, interview)
        try:
            for assessed in _assessments(claim, [_brief(answer) for answer in with_words], set(todo), engine):
                with jobs.writing(claim):
                    _store(todo[assessed.answer_id], assessed, engine.name, engine.model)
                    record(Kind.ASSESSED, interview, answer=todo[assessed.answer_id])
                ledger.release_connection()
        except CanaryChanged:
            with jobs.writing(claim):
                Assessment.objects.filter(answer__interview=interview).delete()
            raise
    with jobs.ending(claim, Kind.SCORED) as due:
        compute_result(interview)
        Interview.objects.filter(pk=interview.pk, state=Interview.State.SUBMITTED).update(state=Interview.State.SCORED)
    return due


def _assessments(
    claim: jobs.Claim, briefs: list[AnswerBrief], todo: set[str], engine: Analyser
) -> Iterator[AnswerAssessment]:
    """For the answers `todo`: from what was paid for before, and by calls for the rest of them."""
    # Hashed over all answers, so that a retry that asks only for some finds what the first call brought.
    request = ledger.request_hash(engine.name, engine.model, engine.version, [asdict(brief) for brief in briefs])
    rest = {brief.id: brief for brief in briefs if brief.id in todo}
    asked = len(rest)
    ledger.release_connection()
    for assessed in engine.assess(list(rest.values()), _Books(claim, engine.name, request)):
        _must_have_been_asked(assessed, rest.pop(assessed.answer_id, None))
        yield assessed
    if rest:
        raise UnusableOutput(f"The analysis left out {len(rest)} of {asked} answers")


@dataclass(frozen=True, slots=True)
class _Books:
    """The ledger of one question to one engine."""

    claim: jobs.Claim
    engine: str
    request: str

    def replies(self) -> list[Kept]:
        return ledger.replies(self.request)

    @contextmanager
    def calling(self) -> Iterator[None]:
        with providers.calling(self.engine):
            ledger.release_connection()
            yield

    def keeping(self) -> ledger.Keeper:
        return ledger.Keeper(self.claim.kind, self.claim.interview_id, self.engine, self.request)

    def used(self, usage: Usage) -> None:
        pass


def _must_have_been_asked(assessed: AnswerAssessment, brief: AnswerBrief | None) -> None:
    """The engines promise it; here nothing is stored on trust."""
    if brief is None:
        raise UnusableOutput("The analysis named an answer twice, or one that was not asked about")
    named = sorted(criterion.criterion_id for criterion in assessed.criteria)
    if named != sorted(criterion.id for criterion in brief.criteria):
        raise UnusableOutput("The analysis did not name each criterion of an answer exactly once")


def compute_result(interview: Interview) -> Result:
    """Weighted mean over the criteria that have a level. What has none is left out and counted, never taken as zero."""
    criteria = list(Criterion.objects.filter(question__question_set=interview.question_set_id))
    levels = dict(
        Assessment.objects.filter(answer__interview=interview, level__isnull=False).values_list("criterion", "level")
    )
    score = weighted_mean((levels.get(criterion.pk), criterion.weight) for criterion in criteria)
    result, _ = Result.objects.update_or_create(
        interview=interview,
        defaults={
            "score": score,
            "unscored_reason": "" if score is not None else _why_unscored(interview, bool(levels)),
            "levels": len(levels),
            "criteria": len(criteria),
        },
    )
    return result


def _why_unscored(interview: Interview, has_levels: bool) -> str:
    if has_levels:
        return "the criteria that could be assessed all have weight zero"
    transcripts = [
        answer.take.transcript
        for answer in Answer.objects.filter(interview=interview).select_related("take__transcript")
        if hasattr(answer.take, "transcript")
    ]
    if not transcripts:
        return "no answer could be transcribed"
    if not any(transcript.words for transcript in transcripts):
        return "no speech was heard in any answer"
    return "no answer held enough evidence for a level"


def _brief(answer: Answer) -> AnswerBrief:
    return AnswerBrief(
        id=str(answer.pk),
        question=answer.question.text,
        words=tuple(word["text"] for word in answer.take.transcript.words),
        criteria=tuple(
            CriterionBrief(
                id=str(criterion.pk),
                name=criterion.name,
                look_for=criterion.look_for,
                levels=criterion.levels,
            )
            for criterion in answer.question.criteria.all()
        ),
    )


def _store(answer: Answer, assessed: AnswerAssessment, engine: str, model: str) -> None:
    words = [word["text"] for word in answer.take.transcript.words]
    for criterion in assessed.criteria:
        quotes = [(quote.text, quote.first_word, quote.last_word) for quote in criterion.quotes]
        held = checked(criterion.level, criterion.reason, quotes, words)
        Assessment.objects.update_or_create(
            answer=answer,
            criterion_id=int(criterion.criterion_id),
            defaults={
                "level": held.level,
                "reason": held.reason,
                "quotes": [asdict(evidence) for evidence in held.evidence],
                "engine": engine,
                "model": model,
            },
        )
