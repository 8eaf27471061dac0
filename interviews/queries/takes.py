"""Takes that were begun and not finished: how much of each is safe, and how to go on with it."""

from __future__ import annotations

from typing import TypedDict

from django.db.models import Prefetch
from django.urls import reverse

from interviews.models import Interview, Segment, Take


class UnfinishedSegment(TypedDict):
    """`received` bytes of it are on disk for good. Only the last one of a take is `open`."""

    segment: str
    number: int
    url: str
    received: int
    mime_type: str
    open: bool


class Unfinished(TypedDict):
    """For the page's script. `seconds`: safe up to there, as the recorder told, None where it told nothing;
    `last_bytes_at`: ISO 8601, UTC."""

    take: str
    question: int
    number: int
    state: str
    writer_is_set: bool
    bytes: int
    seconds: float | None
    last_bytes_at: str
    finish: str
    claim: str
    segments: list[UnfinishedSegment]


def unfinished(interview: Interview) -> list[Unfinished]:
    """Those with something in them, oldest first. One that counted as the answer is ended, however it was."""
    takes = Take.objects.filter(
        interview=interview, question__isnull=False, state__in=Take.RECEIVING, jobs__isnull=True
    ).order_by("created_at")
    found = [
        unfinished_take(take)
        for take in takes.prefetch_related(Prefetch("segments", Segment.objects.order_by("number")))
    ]
    return [take for take in found if take["bytes"]]


def unfinished_take(take: Take) -> Unfinished:
    segments = list(take.segments.all())
    address = [take.interview_id, take.pk]
    return Unfinished(
        take=str(take.pk),
        question=take.question_id or 0,
        number=take.number,
        state=take.state,
        writer_is_set=bool(take.writer),
        bytes=sum(segment.received for segment in segments),
        seconds=next((it.seconds for it in reversed(segments) if it.seconds is not None), None),
        last_bytes_at=max((it.appended_at for it in segments), default=take.created_at).isoformat(),
        finish=reverse("take-finish", args=address),
        claim=reverse("take-claim", args=address),
        segments=[
            UnfinishedSegment(
                segment=str(it.pk),
                number=it.number,
                url=reverse("upload", args=[take.interview_id, it.pk]),
                received=it.received,
                mime_type=it.mime_type,
                open=it is segments[-1],
            )
            for it in segments
        ],
    )
