"""Every file below MEDIA_DIR that the database names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from interviews.models import Position, Question, Rendition, Segment, Take


@dataclass(frozen=True, slots=True)
class Named:
    """`name` is relative to MEDIA_DIR, with slashes. Only the first `length` bytes count; None: all there are.
    `sha256` is of them, in hexadecimal; blank: not known."""

    name: str
    length: int | None = None
    sha256: str = ""


def named() -> Iterator[Named]:
    for segment in Segment.objects.filter(received__gt=0).select_related("take").iterator():
        digest = segment.sha256 if segment.take.state == Take.State.FINISHED else ""  # of fewer bytes, where more came
        yield Named(_name(segment.path), segment.received, digest)
    for rendition in Rendition.objects.select_related("take").iterator():
        if rendition.mime_type:
            yield Named(_name(rendition.playable))
        if rendition.has_poster:
            yield Named(_name(rendition.poster))
        if rendition.sound_sha256:
            yield Named(_name(rendition.sound), None, rendition.sound_sha256)
    yield from map(Named, sorted(loose()))


def loose() -> set[str]:
    """Of logos, prompts and captions: they are of no take, and rows that were copied name the same ones."""
    names = {f"logos/{logo}.png" for logo in Position.objects.exclude(logo=None).values_list("logo", flat=True)}
    pairs = Question.objects.exclude(prompt="", captions="").values_list("prompt", "captions")
    return names.union(*pairs) - {""}


def _name(path: Path) -> str:
    return path.relative_to(settings.MEDIA_DIR).as_posix()
