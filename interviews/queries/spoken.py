"""A transcript as a reviewer sees it: its words, and what is to be known about each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from django.urls import reverse
from django.utils.translation import gettext as _

from interviews.engines.catalogue import TRANSCRIBERS
from interviews.models import (
    Assessment,
    Interview,
    Transcript,
)
from interviews.models.transcripts import WRITTEN
from interviews.queries.words import today
from interviews.scoring import instructions
from interviews.scoring.doubt import is_low


@dataclass(frozen=True, slots=True)
class WordView:
    """`start` in seconds; `cited` where a quote covers it; `percent`: the confidence where it is low, else None.

    `to_grader`: "begins" or "goes on" where it speaks to whoever grades, else "".
    """

    index: int
    text: str
    start: float
    percent: int | None
    cited: bool
    corrected_by: str
    to_grader: str

    @property
    def is_plain(self) -> bool:
        """There is nothing to be known about it, as of most: they are drawn for a third of what it costs to ask."""
        return not (self.cited or self.corrected_by or self.to_grader) and self.percent is None


@dataclass(frozen=True, slots=True)
class TranscriptView:
    words: list[WordView]
    label: str
    draft: bool
    language: str
    is_written: bool  # there is nothing to play: its words have no seconds
    doubtful: bool
    to_grader: bool  # some of its words speak to whoever grades
    low: int  # words that were recognised with low confidence
    version: int
    url: str  # where it is corrected
    captions_url: str  # "" where there is nothing to show them on


def view(interview: Interview, transcript: Transcript, assessments: list[Assessment]) -> TranscriptView:
    info = TRANSCRIBERS.get(transcript.engine)
    cited = {
        index
        for assessment in assessments
        for quote in assessment.quotes
        for first, last in [today(quote, assessment.transcript_sha256, transcript)]
        for index in range(first, last + 1)
        if first >= 0
    }
    to_grader = _to_grader(tuple(word["text"] for word in transcript.words))
    return TranscriptView(
        words=[
            WordView(
                index,
                word["text"],
                word["start"],
                _percent(word["confidence"]),
                index in cited,
                word.get("corrected_by", ""),
                to_grader.get(index, ""),
            )
            for index, word in enumerate(transcript.words)
        ],
        doubtful=transcript.doubtful,
        to_grader=bool(to_grader),
        low=sum(is_low(word["confidence"]) for word in transcript.words),
        version=transcript.version,
        url=reverse("transcript", args=[interview.pk, transcript.take_id]),
        captions_url=""
        if transcript.engine == WRITTEN or not transcript.words
        else reverse("review-captions", args=[interview.pk, transcript.take_id, transcript.version]),
        label=_("Written by the applicant")
        if transcript.engine == WRITTEN
        else _(info.label)
        if info
        else transcript.engine,
        is_written=transcript.engine == WRITTEN,
        draft=info.draft if info else False,
        language=transcript.language,
    )


@lru_cache(maxsize=256)
def _to_grader(words: tuple[str, ...]) -> dict[int, str]:
    """By position. Remembered: a transcript is drawn with each event of its interview."""
    return {
        index: "goes on" if index > span.first_word else "begins"
        for span in instructions.spans(words)
        for index in range(span.first_word, span.last_word + 1)
    }


def _percent(confidence: float | None) -> int | None:
    return round(confidence * 100) if confidence is not None and is_low(confidence) else None
