"""Derives what is stored about an interview again, from the replies that were kept, the words as they were then and the
rubrics of then, and says what differs. Calls nobody, changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field

from django.utils.module_loading import import_string

from interviews.engines.analysis.base import Analyser, AnswerBrief
from interviews.engines.catalogue import ANALYSERS, TRANSCRIBERS
from interviews.engines.errors import CanaryChanged, UnusableOutput
from interviews.engines.transcription.base import Transcriber
from interviews.models import Answer, Assessment, AssessmentRun, Interview, Result, Transcript
from interviews.models.transcripts import WRITTEN, Corrector, StoredWord, text_of
from interviews.processing import ledger
from interviews.processing.analysis import Suggestion, arithmetic, briefs_of, suggestion
from interviews.processing.books import ClosedBooks
from interviews.processing.correcting import corrected
from interviews.queries.words import words_at, words_of_any_take
from interviews.scoring.doubt import is_doubtful

COPIED = (
    "answer_id",
    "criterion_id",
    "level",
    "reason",
    "quotes",
    "samples",
    "refused",
    "transcript_sha256",
    "reply_id",
)


@dataclass(slots=True)
class Replayed:
    """`differences`: a sentence each, with ids and levels, never words that were said."""

    transcripts: int = 0
    runs: int = 0
    assessments: int = 0
    differences: list[str] = field(default_factory=list)


def replay(interview: Interview) -> Replayed:
    found = Replayed()
    for transcript in Transcript.objects.filter(take__interview=interview).select_related("take", "reply"):
        found.transcripts += 1
        found.differences += [f"transcript {transcript.pk}: {what}" for what in _transcript(transcript)]
    for run in interview.runs.order_by("number"):
        found.runs += 1
        found.assessments += run.assessments.count()
        found.differences += [f"run {run.number}: {what}" for what in _run(run)]
    return found


def _transcript(transcript: Transcript) -> Iterator[str]:
    chain = list(transcript.corrections.all())
    words: list[StoredWord] = chain[0].before if chain else transcript.words
    yield from _first_words(transcript, words)
    for correction in chain:
        by: Corrector = "applicant" if correction.by_applicant else "reviewer"
        if correction.before != words:
            yield f"correction {correction.pk} does not begin where the one before it ended"
        if correction.after != corrected(correction.before, text_of(correction.after), by):
            yield f"correction {correction.pk} gives other words"
        words = correction.after
    if transcript.words != words:
        yield "its words are not those of its last correction"
    if transcript.version != 1 + len(chain):
        yield f"its version is {transcript.version}, after {len(chain)} corrections"
    if transcript.doubtful != is_doubtful(word["confidence"] for word in transcript.words):
        yield f"doubtful is {transcript.doubtful}"


def _first_words(transcript: Transcript, words: list[StoredWord]) -> Iterator[str]:
    """A built-in engine keeps no reply; its words are what everything else is derived from."""
    if transcript.engine == WRITTEN:
        if text_of(words).split() != transcript.take.text.split():
            yield "its words are not those that were written"
        return
    info = TRANSCRIBERS.get(transcript.engine)
    if info is None or not info.sends_to:
        return
    if transcript.reply is None:
        yield f"the reply of {transcript.engine} that it was read from is gone"
        return
    engine: Transcriber = import_string(info.path)("", model=transcript.model)
    try:
        heard = engine.read(transcript.reply.reply)
    except (UnusableOutput, ValueError):
        yield f"reply {transcript.reply_id} cannot be read"
        return
    if [asdict(word) for word in heard.words] != words:
        yield f"reply {transcript.reply_id} gives other words"
    if heard.language != transcript.language:
        yield f"reply {transcript.reply_id} gives another language"


def _run(run: AssessmentRun) -> Iterator[str]:
    stored = list(run.assessments.select_related("copied_from__run", "reply", "answer__question"))
    yield from (what for it in stored if it.copied_from is not None for what in _copy(it, it.copied_from))
    own = [it for it in stored if it.copied_from is None]
    if own:
        engine = _engine(run)
        if engine is None:
            yield f"engine {run.engine} is none of this version's"
        else:
            yield from _assessments(run, engine, own)
    yield from _complete(run, stored)
    result = Result.objects.filter(run=run).first()
    if result is not None:
        derived = asdict(arithmetic(run, run.ended_at))
        held = {name: getattr(result, name) for name in derived}
        yield from (f"result: {name} is {held[name]}, derived {derived[name]}" for name in _unequal(held, derived))
    elif run.state == AssessmentRun.State.DONE:
        yield "it is done and has no result"


def _engine(run: AssessmentRun) -> Analyser | None:
    info = ANALYSERS.get(run.engine)
    if info is None:
        return None
    engine_class = import_string(info.path)
    made: Analyser = engine_class("", model=run.model, samples=run.samples) if info.sends_to else engine_class()
    return made


def _copy(copy: Assessment, original: Assessment) -> Iterator[str]:
    if any(getattr(copy, name) != getattr(original, name) for name in COPIED):
        yield f"{_named(copy)}: it differs from what it was copied from, in run {original.run.number}"


def _assessments(run: AssessmentRun, engine: Analyser, stored: Sequence[Assessment]) -> Iterator[str]:
    """Together what was one question: it names all that was asked."""
    asked = _briefs(run, stored)
    by_request: dict[str | None, list[Assessment]] = {}
    for it in stored:
        by_request.setdefault(it.reply.request_hash if it.reply else None, []).append(it)
    for request, read in by_request.items():
        wanted = {str(it.answer_id) for it in read}
        kept = ledger.replies(run.interview_id, request, run.ended_at) if request else []
        suggested: dict[tuple[str, str], Suggestion] = {}
        try:
            for assessed in engine.assess([brief for brief in asked if brief.id in wanted], ClosedBooks(run, kept)):
                words = next(brief.words for brief in asked if brief.id == assessed.answer_id)
                for criterion in assessed.criteria:
                    suggested[assessed.answer_id, criterion.criterion_id] = suggestion(criterion, words)
        except CanaryChanged:
            if run.state != AssessmentRun.State.DISCARDED:
                yield "its engine gave a level for what nobody can have said, and it stands"
            continue
        except UnusableOutput:
            pass  # what came before it was taken
        for it in read:
            yield from _differing(it, suggested.get((str(it.answer_id), str(it.criterion_id))))


def _differing(it: Assessment, suggested: Suggestion | None) -> Iterator[str]:
    if suggested is None:
        said = "what was kept does not say it" if it.reply_id else "the reply that it was read from is gone"
        yield f"{_named(it)}: {said}"
        return
    derived = asdict(suggested)
    held = {name: getattr(it, name) for name in derived}
    for name in _unequal(held, derived):
        is_figure = name not in ("reason", "quotes")
        yield f"{_named(it)}: {name} is " + (
            f"{held[name]}, derived {derived[name]}" if is_figure else "another than derived"
        )


def _briefs(run: AssessmentRun, stored: Sequence[Assessment]) -> list[AnswerBrief]:
    """Of all answers, since a reply may speak of them all, with the words that were read."""
    digests = {it.answer_id: it.transcript_sha256 for it in stored}
    answers = []
    for answer in Answer.objects.filter(interview=run.interview_id).select_related("question"):
        words = words_of_any_take(answer, digests[answer.pk]) if answer.pk in digests else []
        answers.append((answer, [word["text"] for word in words or []]))
    return briefs_of(run, answers)


def _complete(run: AssessmentRun, stored: Sequence[Assessment]) -> Iterator[str]:
    """Every answer is read on all its criteria or not at all, in the words of one of its takes and days."""
    criteria = {it.question_id: set(it.rubric.criteria.values_list("pk", flat=True)) for it in run.questions.all()}
    answers = Answer.objects.filter(interview=run.interview_id).select_related("take__transcript")
    for answer in answers.prefetch_related("take__transcript__corrections"):
        mine = [it for it in stored if it.answer_id == answer.pk]
        transcript = getattr(answer.take, "transcript", None)
        if mine and {it.criterion_id for it in mine} != criteria.get(answer.question_id):
            yield f"answer {answer.pk}: it is not assessed on the criteria of its rubric"
        for digest in {it.transcript_sha256 for it in mine}:
            if words_of_any_take(answer, digest) is None:
                yield f"answer {answer.pk}: the words that were read are in none of its transcripts"
        if not mine and transcript is not None and _was_heard(transcript, run):
            yield f"answer {answer.pk}: it is not assessed"


def _was_heard(transcript: Transcript, run: AssessmentRun) -> bool:
    """Whether it had words when the run was done."""
    if run.state != AssessmentRun.State.DONE or run.ended_at is None or transcript.created_at > run.ended_at:
        return False
    return bool(words_at(transcript, run.ended_at))


def _unequal(held: dict[str, object], derived: dict[str, object]) -> list[str]:
    return [name for name in derived if held[name] != derived[name]]


def _named(it: Assessment) -> str:
    return f"answer {it.answer_id}, criterion {it.criterion_id}"
