"""From a recorded take to its transcript."""

from __future__ import annotations

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_noop

from interviews.engines.errors import EngineError, FaultKind, Permanent, UnusableOutput
from interviews.engines.transcription.base import Transcriber, Transcription, Word
from interviews.events import Kind
from interviews.models import Answer, Take, Transcript
from interviews.models.transcripts import StoredWord
from interviews.processing import engines, jobs, ledger, providers, spending, storing
from interviews.processing.analysis import compute_result
from interviews.queries.machines import is_transcribed
from interviews.queries.runs import current_run
from interviews.scoring.doubt import is_doubtful


def transcribe(claim: jobs.Claim, engine: Transcriber | None = None) -> list[int]:
    """With the engine that the settings name, unless another is given."""
    counts = Exists(Answer.objects.filter(take=OuterRef("pk")))
    take = Take.objects.select_related("interview", "rendition").annotate(counts=counts).get(jobs=claim.job_id)
    if not take.counts or not is_transcribed(take.interview):
        # The applicant recorded again in the meantime, or the site's engine was switched off: nobody will read this.
        with jobs.ending(claim, None) as due:
            pass
        return due
    engine = engine or engines.transcriber()
    transcription, reply = _transcription(claim, take, engine)
    with jobs.ending(claim, Kind.TRANSCRIBED) as due:
        heard = Transcript(
            take=take,
            words=[_stored(word) for word in transcription.words],
            doubtful=is_doubtful(word.confidence for word in transcription.words),
            language=transcription.language,
            engine=engine.name,
            model=transcription.model,
            reply_id=reply,
        )
        # One statement; `update_or_create` makes six.
        Transcript.objects.bulk_create(
            [heard],
            update_conflicts=True,
            unique_fields=["take"],
            update_fields=["words", "doubtful", "language", "engine", "model", "reply"],
        )
        run = None if transcription.words else current_run(take.interview)
        if run is not None and hasattr(run, "result"):
            compute_result(run)  # there is nothing to assess, but why there is no score has changed
    return due


def _stored(word: Word) -> StoredWord:
    # By hand: for thousands of words `asdict` takes forty times as long.
    return {"text": word.text, "start": word.start, "end": word.end, "confidence": word.confidence}


def _transcription(claim: jobs.Claim, take: Take, engine: Transcriber) -> tuple[Transcription, int | None]:
    """From what was paid for before, else by a call. An engine is given the sound and nothing else.

    With the id of the reply that holds it, None where an engine on this machine made it.
    """
    rendition = take.rendition
    if not rendition.sound_sha256:
        raise Permanent(gettext_noop("There is no sound in this recording that can be decoded"), fault=FaultKind.SILENT)
    request = ledger.request_hash(engine.name, engine.model, rendition.sound_sha256)
    for reply in ledger.replies(take.interview_id, request):
        try:
            return engine.read(reply.text), reply.id
        except UnusableOutput:
            continue  # it was paid for and is no use; the next call may bring a better one
    storing.bring_back(take, [rendition.sound])
    if not rendition.sound.is_file():
        # Ours: it must not count against the provider.
        raise EngineError(gettext_noop("The sound of the recording could not be opened"), fault=FaultKind.SOUND)
    keep = ledger.Keeper(claim.kind, take.interview_id, engine.name, request, whole=True)
    try:
        with providers.asking(engine.name, take.interview_id):
            ledger.release_connection()
            transcription = engine.transcribe(rendition.sound, keep)
    finally:
        if keep.reply_id is not None:  # what was answered is paid for, also where it is no use
            spending.charge(take.interview_id, engine.name, engine.model, seconds=rendition.seconds)
    return transcription, keep.reply_id
