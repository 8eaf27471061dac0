"""From a recorded take to its transcript."""

from __future__ import annotations

from dataclasses import asdict

from interviews.engines.errors import EngineError, Permanent, UnusableOutput
from interviews.engines.transcription.base import Transcriber, Transcription
from interviews.events import Kind
from interviews.models import Answer, Result, Take, Transcript
from interviews.processing import engines, jobs, ledger, providers
from interviews.processing.analysis import compute_result


def transcribe(claim: jobs.Claim, engine: Transcriber | None = None) -> list[int]:
    """With the engine that the settings name, unless another is given."""
    take = Take.objects.select_related("interview", "rendition").get(jobs=claim.job_id)
    if not Answer.objects.filter(take=take).exists():
        # The applicant recorded again in the meantime: nobody will read this one.
        with jobs.ending(claim, None) as due:
            pass
        return due
    transcription = _transcription(claim, take, engine or engines.transcriber())
    with jobs.ending(claim, Kind.TRANSCRIBED) as due:
        Transcript.objects.update_or_create(
            take=take,
            defaults={
                "words": [asdict(word) for word in transcription.words],
                "language": transcription.language,
                "engine": (engine or engines.transcriber()).name,
                "model": transcription.model,
            },
        )
        if not transcription.words and Result.objects.filter(interview=take.interview_id).exists():
            compute_result(take.interview)  # there is nothing to assess, but why there is no score has changed
    return due


def _transcription(claim: jobs.Claim, take: Take, engine: Transcriber) -> Transcription:
    """From what was paid for before, else by a call. An engine is given the sound and nothing else."""
    rendition = take.rendition
    if not rendition.sound_sha256:
        raise Permanent("There is no sound in this recording that can be decoded")
    request = ledger.request_hash(engine.name, engine.model, rendition.sound_sha256)
    for reply in ledger.replies(request):
        try:
            return engine.read(reply.text)
        except UnusableOutput:
            continue  # it was paid for and is no use; the next call may bring a better one
    if not rendition.sound.is_file():
        raise EngineError(
            "The sound of the recording could not be opened"
        )  # ours: it must not count against the provider
    keep = ledger.Keeper(claim.kind, take.interview_id, engine.name, request)
    with providers.calling(engine.name):
        ledger.release_connection()
        return engine.transcribe(rendition.sound, keep)
