"""How one recording is played, and what is to be known of it, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from interviews.models import Job, Rendition, Take
from interviews.queries.reasons import told

SUFFIXES = {"video/mp4": "mp4", "audio/mp4": "m4a"}


@dataclass(frozen=True, slots=True)
class OriginalView:
    """One upload, byte for byte. `name`: what it is called when it is saved."""

    number: int
    url: str
    name: str


@dataclass(frozen=True, slots=True)
class PlayerView:
    """`url` is of what can be sought in or, until that is made, of what was received first. A player stays on an open
    page while `key` is the same."""

    key: str
    url: str
    poster_url: str
    has_picture: bool
    seconds: float | None
    originals: list[OriginalView]
    problem: str
    remarks: list[str]


def player(take: Take, question: int, parked: Sequence[Job]) -> PlayerView:
    """`parked`: the jobs of the interview that wait for a person. The take's segments and rendition are loaded."""
    segments = list(take.segments.all())
    originals = [
        OriginalView(
            segment.number,
            reverse("review-original", args=[take.interview_id, take.pk, segment.number]),
            f"answer-{question}-{segment.number}.{SUFFIXES.get(segment.mime_type, 'webm')}",
        )
        for segment in segments
        if segment.received
    ]
    url = originals[0].url if originals else ""
    mime_type = segments[0].mime_type if segments else ""
    rendition: Rendition | None = getattr(take, "rendition", None)
    problem = next((job.problem for job in parked if job.take_id == take.pk and job.kind == Job.Kind.RENDER), "")
    if rendition is None:
        return PlayerView(
            str(take.pk),
            url,
            "",
            not mime_type.startswith("audio/"),
            take.seconds,
            originals,
            _as_received(problem),
            [],
        )
    names = [take.interview_id, take.pk, rendition.version]
    if rendition.mime_type:
        url, mime_type = reverse("review-playable", args=names), rendition.mime_type
    return PlayerView(
        key=f"{take.pk} {rendition.version}",
        url=url,
        poster_url=reverse("review-poster", args=names) if rendition.has_poster else "",
        has_picture=not mime_type.startswith("audio/"),
        seconds=rendition.seconds,
        originals=originals,
        problem=_as_received(problem or rendition.problem),
        remarks=list(_remarks(rendition.findings)),
    )


def _as_received(problem: str) -> str:
    if not problem:
        return ""
    return _("It is played as it was received, and may not be sought in: %(problem)s.") % {
        "problem": told(problem).rstrip(".")
    }


def _remarks(findings: dict[str, Any]) -> Iterator[str]:
    """`findings` as in models.Rendition."""
    if findings.get("is_damaged"):
        yield _(
            "The stored file is not what arrived: it was damaged on this machine. Ask who runs this site for a backup."
        )
    for number in findings.get("unreadable", ()):
        yield _("Part %(number)s cannot be read and is left out here. It can be downloaded.") % {"number": number}
    for at in findings.get("joins", ()):
        yield _("The recording was interrupted and went on at %(at)s.") % {"at": _clock(at)}
    for at, length in findings.get("silences", ()):
        span = {"from": _clock(at), "to": _clock(at + length)}
        yield _("There is no sound from %(from)s to %(to)s: none was recorded, or it was lost.") % span
    for at in findings.get("repeated", ()):
        yield _("A piece at %(at)s was there twice or in the wrong order, and is left out here.") % {"at": _clock(at)}


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
