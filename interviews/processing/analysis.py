"""From transcripts to suggested levels and our arithmetic over them: one batch call for the whole interview."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_noop

from interviews.engines.analysis.base import Analyser, AnswerAssessment, AnswerBrief, CriterionAssessment
from interviews.engines.errors import CanaryChanged, UnusableOutput
from interviews.events import Kind, record
from interviews.models import Answer, Assessment, AssessmentRun, Criterion, Interview, Result, Transcript
from interviews.models.assessments import StoredQuote
from interviews.processing import engines, jobs, ledger, runs
from interviews.processing.advance import answers_with_words, is_to_be_assessed, locked
from interviews.processing.books import OpenBooks
from interviews.queries.rubrics import brief
from interviews.queries.words import words_at
from interviews.scoring.evidence import checked
from interviews.scoring.result import weighted_mean


def assess(claim: jobs.Claim, engine: Analyser | None = None) -> list[int]:
    """With the engine that the settings name, unless another is given.

    Stores each answer's levels the moment they are complete. A retry asks only for the rest. Where the canary has
    changed, the run is discarded, and a person decides whether another one begins.
    """
    with transaction.atomic():
        interview = locked(claim.interview_id)  # before the job's row, as where a job ends
        if not is_to_be_assessed(interview):  # switched off, paused or stopped meanwhile
            with jobs.ending(claim, None) as due:
                pass
            return due
        engine = engine or engines.analyser()
        with jobs.writing(claim):
            run = runs.begun(interview, engine)
            with_words = answers_with_words(interview)
            runs.copy_what_is_known(run, _unread(run, with_words).values(), engine)
            todo = _unread(run, with_words)
            if todo:
                record(Kind.ASSESSMENT_STARTED, interview)
    try:
        # Also where nothing is left to read: a changed canary may be the last thing that came before a crash.
        for assessed in _assessments(claim, run, briefs(run, with_words), set(todo), engine):
            with jobs.writing(claim):
                _store(run, todo[assessed.answer_id], assessed)
                record(Kind.ASSESSED, interview, answer=todo[assessed.answer_id])
            ledger.release_connection()
    except CanaryChanged as changed:
        with jobs.parking(claim, changed.message, changed.fault) as due:
            runs.discarded(run, changed.message)
        return due
    with jobs.ending(claim, Kind.SCORED) as due:
        compute_result(run)
        runs.done(run)
        Interview.objects.filter(pk=interview.pk, state=Interview.State.SUBMITTED).update(state=Interview.State.SCORED)
    return due


def _unread(run: AssessmentRun, answers: Sequence[Answer]) -> dict[str, Answer]:
    read = set(run.assessments.values_list("answer", flat=True))
    return {str(answer.pk): answer for answer in answers if answer.pk not in read}


def _assessments(
    claim: jobs.Claim, run: AssessmentRun, asked: list[AnswerBrief], todo: set[str], engine: Analyser
) -> Iterator[AnswerAssessment]:
    """For the answers `todo`: from what was paid for before, and by calls for the rest of them."""
    # Hashed over all answers, so that a retry that asks only for some finds what the first call brought.
    request = ledger.request_hash(engine.name, engine.model, engine.version, [asdict(brief) for brief in asked])
    rest = {brief.id: brief for brief in asked if brief.id in todo}
    count = len(rest)
    ledger.release_connection()
    for assessed in engine.assess(list(rest.values()), OpenBooks(claim, run, request)):
        _must_have_been_asked(assessed, rest.pop(assessed.answer_id, None))
        yield assessed
    if rest:
        raise UnusableOutput(f"The analysis left out {len(rest)} of {count} answers")


def _must_have_been_asked(assessed: AnswerAssessment, brief: AnswerBrief | None) -> None:
    """The engines promise it; here nothing is stored on trust."""
    if brief is None:
        raise UnusableOutput(gettext_noop("The analysis named an answer twice, or one that was not asked about"))
    named = sorted(criterion.criterion_id for criterion in assessed.criteria)
    if named != sorted(criterion.id for criterion in brief.criteria):
        raise UnusableOutput(gettext_noop("The analysis did not name each criterion of an answer exactly once"))


def compute_result(run: AssessmentRun) -> Result:
    result, _ = Result.objects.update_or_create(
        run=run, defaults={"interview_id": run.interview_id, **asdict(arithmetic(run))}
    )
    return result


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """The columns of a `Result`."""

    score: Decimal | None
    unscored_reason: str
    levels: int
    criteria: int


def arithmetic(run: AssessmentRun, at: datetime | None = None) -> Arithmetic:
    """Weighted mean over each answer's criteria that have a level. One rubric may serve several questions.

    What has no level is left out and counted, never taken as zero. `at`: by the transcripts of that moment.
    """
    asked = [(question, criterion) for question, criteria in _criteria(run).items() for criterion in criteria]
    levels = {
        (question, criterion): level
        for question, criterion, level in run.assessments.filter(level__isnull=False).values_list(
            "answer__question", "criterion", "level"
        )
    }
    score = weighted_mean((levels.get((question, criterion.pk)), criterion.weight) for question, criterion in asked)
    reason = "" if score is not None else _why_unscored(run, at, has_levels=bool(levels))
    return Arithmetic(score, reason, len(levels), len(asked))


def _why_unscored(run: AssessmentRun, at: datetime | None, *, has_levels: bool) -> str:
    if has_levels:
        return gettext_noop("the criteria that could be assessed all have weight zero")
    transcripts = Transcript.objects.filter(take__answer__interview=run.interview_id)
    if at is None:
        heard = [transcript.words for transcript in transcripts]
    else:
        heard = [words_at(transcript, at) for transcript in transcripts.filter(created_at__lte=at)]
    if not heard:
        return gettext_noop("no answer could be transcribed")
    if not any(heard):
        return gettext_noop("no speech was heard in any answer")
    return gettext_noop("no answer held enough evidence for a level")


def briefs(run: AssessmentRun, answers: Sequence[Answer]) -> list[AnswerBrief]:
    """All that an engine is given. The answers have transcripts."""
    return briefs_of(run, [(answer, [word["text"] for word in answer.take.transcript.words]) for answer in answers])


def briefs_of(run: AssessmentRun, answers: Iterable[tuple[Answer, Sequence[str]]]) -> list[AnswerBrief]:
    """Answers, each with the words that are to be read."""
    criteria = _criteria(run)
    return [
        AnswerBrief(
            id=str(answer.pk),
            question=answer.question.text,
            words=tuple(words),
            criteria=tuple(brief(criterion) for criterion in criteria[answer.question_id]),
        )
        for answer, words in answers
    ]


def _criteria(run: AssessmentRun) -> dict[int, list[Criterion]]:
    """By question."""
    questions = run.questions.prefetch_related("rubric__criteria")
    return {question.question_id: list(question.rubric.criteria.all()) for question in questions}


def _store(run: AssessmentRun, answer: Answer, assessed: AnswerAssessment) -> None:
    transcript = answer.take.transcript
    words = [word["text"] for word in transcript.words]
    for criterion in assessed.criteria:
        Assessment.objects.create(
            run=run,
            answer=answer,
            criterion_id=int(criterion.criterion_id),
            transcript_sha256=transcript.sha256,
            **asdict(suggestion(criterion, words)),
        )


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The columns of an `Assessment` that are read out of a reply."""

    level: int | None
    reason: str
    quotes: list[StoredQuote]
    samples: list[int | None]
    refused: int
    reply_id: int | None


def suggestion(assessed: CriterionAssessment, words: Sequence[str]) -> Suggestion:
    """What is left of what an engine says once its quotes were looked up."""
    quotes = [(quote.text, quote.first_word, quote.last_word) for quote in assessed.quotes]
    held = checked(assessed.level, assessed.reason, quotes, words)
    found = [StoredQuote(text=it.text, first_word=it.first_word, last_word=it.last_word) for it in held.evidence]
    return Suggestion(
        level=held.level,
        reason=held.reason,
        quotes=found,
        samples=list(assessed.samples) or [held.level],
        refused=assessed.refused + held.refused,
        reply_id=assessed.reply,
    )
