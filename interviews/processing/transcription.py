"""From a recorded take to its transcript."""

from __future__ import annotations

from dataclasses import asdict

from interviews.engines.transcription.base import Transcriber
from interviews.events import Kind, record
from interviews.models import Answer, Result, Take, Transcript
from interviews.processing import engines, jobs
from interviews.processing.analysis import compute_result


def transcribe(claim: jobs.Claim, engine: Transcriber | None = None) -> list[int]:
    """With the engine that the settings name, unless another is given."""
    take = Take.objects.select_related("interview").get(jobs=claim.job_id)
    answer = Answer.objects.filter(take=take).first()
    if answer is None:
        # The applicant recorded again in the meantime: nobody will read this one.
        with jobs.ending(claim) as due:
            pass
        return due
    engine = engine or engines.transcriber()
    jobs.release_connection()
    transcription = engine.transcribe(take.path, take.mime_type)
    with jobs.ending(claim) as due:
        Transcript.objects.update_or_create(
            take=take,
            defaults={
                "words": [asdict(word) for word in transcription.words],
                "language": transcription.language,
                "engine": engine.name,
                "model": transcription.model,
            },
        )
        if not transcription.words and Result.objects.filter(interview=take.interview_id).exists():
            compute_result(take.interview)  # there is nothing to assess, but why there is no score has changed
        record(Kind.TRANSCRIBED, take.interview, answer=Answer.objects.filter(take=take).first())
    return due
