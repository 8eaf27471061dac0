"""From a take as it arrived to what is played, looked at and transcribed."""

from __future__ import annotations

import hashlib
import logging
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from interviews.engines.errors import EngineError, FaultKind, Permanent, RetryLater
from interviews.events import Kind
from interviews.media.durable import DamagedFile
from interviews.media.errors import MediaError, Passing
from interviews.media.making import Made, Original, make
from interviews.models import Answer, Rendition, Segment, Take
from interviews.models.renditions import renditions_of
from interviews.processing import jobs, storing, takes
from interviews.processing.crashing import point
from interviews.processing.ledger import release_connection

logger = logging.getLogger(__name__)

Maker = Callable[[Sequence[Original], Path], Made]
FINDINGS = ("joins", "unreadable", "silences", "repeated")


def render(claim: jobs.Claim, maker: Maker = make) -> list[int]:
    """A failure here costs no answer: the originals are never touched, and people can play and download them."""
    take = Take.objects.select_related("interview").get(jobs=claim.job_id)
    if not Answer.objects.filter(take=take).exists():
        # The applicant chose another recording in the meantime: nobody will see this one.
        with jobs.ending(claim, None) as due:
            pass
        return due
    segments = list(take.segments.prefetch_related("pieces"))
    versions = renditions_of(take)
    current = str(Rendition.objects.filter(take=take).values_list("version", flat=True).first())
    _clear(versions, keep=current)  # a lost worker may have left something behind
    storing.bring_back(take, [segment.path for segment in segments if segment.received])
    release_connection()
    folder = versions / str(claim.token)
    try:
        is_damaged = _is_damaged(segments)
        folder.mkdir(mode=0o700, parents=True)
        made = maker([Original(segment.path, segment.received) for segment in segments], folder)
        sound = _digest(folder / "sound.wav") if made.has_sound else ""
    except (MediaError, OSError) as error:
        _clear(versions, keep=current)
        raise _classed(error) from error
    point(claim.kind, "received")
    facts = asdict(made)
    with jobs.ending(claim, Kind.PREPARED) as due:
        Rendition.objects.update_or_create(
            take=take,
            defaults={
                "version": claim.token,
                "seconds": made.seconds,
                "mime_type": made.mime_type,
                "has_poster": made.has_poster,
                "sound_sha256": sound,
                "findings": {name: facts[name] for name in FINDINGS} | {"is_damaged": is_damaged},
                "problem": made.problem,
                "made_at": timezone.now(),
            },
        )
        storing.let_go(take)
        transaction.on_commit(lambda: _clear(versions, keep=str(claim.token)), robust=True)
    return due


def _classed(error: MediaError | OSError) -> EngineError:
    if isinstance(error, Passing):
        return RetryLater(error.message.rstrip("."), fault=FaultKind.OURS)
    if isinstance(error, MediaError):
        return Permanent(error.message.rstrip("."), fault=FaultKind.UNREADABLE)
    return RetryLater(
        gettext_noop("The recording could not be read, or what is made of it not be stored"), fault=FaultKind.FILE
    )


def _is_damaged(segments: Sequence[Segment]) -> bool:
    """Whether a file is no longer what arrived. What can be made of it is made all the same, and people are told."""
    try:
        takes.contents(segments)
    except DamagedFile:
        logger.error("take %s is damaged on disk", segments[0].take_id)
        if not all(segment.path.is_file() for segment in segments if segment.received):
            raise FileNotFoundError from None  # the disk may come back
        return True
    return False


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _clear(versions: Path, keep: str) -> None:
    for folder in versions.iterdir() if versions.is_dir() else ():
        if folder.name != keep:
            shutil.rmtree(folder, ignore_errors=True)
