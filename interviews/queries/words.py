"""A transcript as it was: people may correct it, and each assessment is of the words of its day."""

from __future__ import annotations

from datetime import datetime

from interviews.models import Answer, Transcript
from interviews.models.assessments import StoredQuote
from interviews.models.transcripts import StoredWord, sha256_of
from interviews.scoring.evidence import find


def words_read(transcript: Transcript, sha256: str) -> list[StoredWord] | None:
    """The words whose text has this digest; None where they never were this transcript's."""
    if transcript.sha256 == sha256:
        return list(transcript.words)
    earlier = [correction.before for correction in transcript.corrections.all()] if transcript.version > 1 else []
    return next((words for words in earlier if sha256_of(words) == sha256), None)


def words_of_any_take(answer: Answer, sha256: str) -> list[StoredWord] | None:
    """As `words_read`, of whichever take of its question counted when they were read."""
    takes = Transcript.objects.filter(take__interview=answer.interview_id, take__question=answer.question_id)
    found = (words_read(transcript, sha256) for transcript in takes.prefetch_related("corrections"))
    return next((words for words in found if words is not None), None)


def words_at(transcript: Transcript, at: datetime) -> list[StoredWord]:
    """As they stood at that moment."""
    later = [correction for correction in transcript.corrections.all() if correction.at > at]
    return list(later[0].before) if later else list(transcript.words)


def today(quote: StoredQuote, sha256: str, transcript: Transcript) -> tuple[int, int]:
    """Where a quote from the words with this digest stands now: its first and last word, both -1 for nowhere."""
    span = quote["first_word"], quote["last_word"]
    if transcript.sha256 == sha256:
        return span
    return find(quote["text"], [word["text"] for word in transcript.words], *span) or (-1, -1)
