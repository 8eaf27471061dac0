"""From this disk, where recordings arrive, to the bucket, where they stay; and back, where a job needs one again.

A file is written there, read back, compared by length and digest, and only then does its row say that it is there; the
copy on this disk goes after that. Each step may be done twice, by two workers at once, or not at all.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from time import sleep
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext_noop

from interviews.engines.errors import Busy, Permanent
from interviews.media.errors import BucketError
from interviews.models import Answer, Job, Rendition, Segment, StoredFile, Take
from interviews.models.storage import NOBODYS, key_of
from interviews.processing import jobs, unnamed
from interviews.processing.advance import locked
from interviews.processing.bucket import bucket
from interviews.processing.crashing import point
from interviews.processing.ledger import release_connection
from interviews.queries.files import loose

logger = logging.getLogger(__name__)

SETTLED_AFTER = timedelta(minutes=5)
"""After its end. Until then a take is mostly worked on, by jobs that read it from this disk."""
AT_ONCE, DELETED_AT_ONCE = 20, 1000
MAY_STILL_ARRIVE = timedelta(hours=6)
"""So long after it was begun, an upload may still end, by a worker that has lost its lease."""
READERS_LEAVE_SECONDS = 1.0
"""Whoever was told a moment ago that a file is on this disk still opens it."""
USED_BY = (Job.Kind.RENDER, Job.Kind.TRANSCRIBE)

Writing = Callable[[], AbstractContextManager[object]]


@dataclass(frozen=True, slots=True)
class File:
    """A finished file. `sha256`: what it has to be, where that is known. Without `length`: all of it."""

    path: Path
    of: Segment | Rendition | None = None
    length: int | None = None
    sha256: str = ""


def due() -> list[int]:
    """Opens the jobs of takes that are finished and on this disk, a few at a time. Returns their ids."""
    if not settings.S3_BUCKET:
        return []
    under_way = Job.objects.filter(kind=Job.Kind.STORE, state__in=[Job.State.QUEUED, Job.State.RUNNING])
    room = AT_ONCE - under_way.count()
    if room <= 0:
        return []
    settled = Take.objects.filter(
        Q(state=Take.State.FINISHED) | Exists(Answer.objects.filter(take=OuterRef("pk"))),
        ~Exists(_in_use(OuterRef("pk"))),
        ~Exists(Job.objects.filter(take=OuterRef("pk"), kind=Job.Kind.STORE, state__in=Job.OPEN)),
        Exists(Segment.objects.filter(take=OuterRef("pk"))),
        stored_at=None,
        question__isnull=False,
        finished_at__lt=Now() - SETTLED_AFTER,
    )
    opened = []
    for take in settled.order_by("finished_at")[:room]:
        with transaction.atomic():
            interview = locked(take.interview_id)
            if not Job.objects.filter(take=take, kind=Job.Kind.STORE, state__in=Job.OPEN).exists():
                opened.append(Job.objects.create(kind=Job.Kind.STORE, interview=interview, take=take).pk)
    return opened


def store(claim: jobs.Claim) -> list[int]:
    """All of one take. What is missing on this disk and in the bucket is waited for: a disk may come back."""
    take = Take.objects.filter(jobs=claim.job_id).first()
    if take is None:
        raise jobs.LeaseLost  # with the take the job is gone
    files = files_of(take)
    if not settings.S3_BUCKET or _in_use(take.pk).exists():
        with jobs.ending(claim, None) as opened:
            pass  # the sweep comes back to it
        return opened
    for file in files:
        keep(file, partial(jobs.writing, claim))
    point(claim.kind, "kept")
    with jobs.writing(claim):
        is_left_alone = not _in_use(take.pk).exists()
    if is_left_alone:
        release_connection()
        _drop(files)
    with jobs.ending(claim, None) as opened:
        let_go(take)  # what was made anew in the meantime
        if is_left_alone and files_of(take) == files:
            Take.objects.filter(pk=take.pk).update(stored_at=Now())
    return opened


def files_of(take: Take) -> list[File]:
    it = Rendition.objects.filter(take=take).first()
    files = [File(part.path, part, part.received, part.sha256) for part in take.segments.filter(received__gt=0)]
    if it is not None:
        files += [File(it.playable, it)] if it.mime_type else []
        files += [File(it.poster, it)] if it.has_poster else []
        files += [File(it.sound, it, sha256=it.sound_sha256)] if it.sound_sha256 else []
    return files


def keep(file: File, writing: Writing = transaction.atomic) -> None:
    """Has the file in the bucket, unless it is there. Raises Busy, Permanent, and what `writing` does."""
    key = key_of(file.path)
    if StoredFile.objects.filter(pk=key, stored_at__isnull=False).exists():
        return
    release_connection()
    length, sha256 = _measured(file)
    facts = {
        "segment": file.of if isinstance(file.of, Segment) else None,
        "rendition": file.of if isinstance(file.of, Rendition) else None,
        "bytes": length,
        "sha256": sha256,
    }
    with writing():
        if not _is_wanted(file):
            raise jobs.LeaseLost  # deleted a moment ago, with all that was to be done for it
        if not StoredFile.objects.filter(pk=key, stored_at=None).update(**facts):
            StoredFile.objects.get_or_create(pk=key, defaults=facts)
    release_connection()
    try:
        bucket().put(file.path, length, key)
        found = bucket().found(key)
    except BucketError as error:
        raise _away(error) from error
    except OSError as error:
        raise Busy(gettext_noop("The recording could not be read from this disk")) from error
    if found != (length, sha256):
        raise Busy(gettext_noop("The bucket has other bytes than it was sent"), retry_after=60)
    point(Job.Kind.STORE, "received")
    with writing():
        StoredFile.objects.filter(~NOBODYS, pk=key, stored_at=None, **facts).update(stored_at=Now())


def bring_back(take: Take, paths: Iterable[Path]) -> None:
    """Has these files of the take on this disk. Costs nothing where they are. Raises Busy."""
    missing = {key_of(path): path for path in paths if not path.is_file()}
    if not missing:
        return
    kept = list(StoredFile.objects.filter(pk__in=missing, stored_at__isnull=False).values_list("pk", "sha256"))
    if kept and settings.S3_BUCKET:
        Take.objects.filter(pk=take.pk).update(stored_at=None)  # so that they go again, when nobody needs them here
        release_connection()
        try:
            for key, sha256 in kept:
                bucket().fetch(key, missing[key], sha256)
        except BucketError as error:
            raise _away(error) from error


def let_go(take: Take) -> None:
    """Of what was made of the take, only the newest is wanted. In the caller's transaction."""
    for pk, version in Rendition.objects.filter(take=take).values_list("pk", "version"):
        older = StoredFile.objects.filter(rendition=pk).exclude(key__contains=f"/{version}/")
        older.update(rendition=None)


def remove(interview_id: UUID) -> None:
    """All that the bucket has of one interview, now; the rows that it is of may be there or not. Raises Busy."""
    mine = Q(key__startswith=f"takes/{interview_id}/") | Q(key__startswith=f"renditions/{interview_id}/")
    _delete(StoredFile.objects.filter(mine))


def tidy() -> None:
    """Deletes from the bucket what belongs to nobody, and moves there what belongs to no take. Raises Busy."""
    if not settings.S3_BUCKET:
        return
    _delete(StoredFile.objects.filter(NOBODYS))
    _delete(StoredFile.objects.filter(pk__in=unnamed.in_bucket()))
    for path in _loose():
        keep(File(path))
        _drop([File(path)])


def to_be_fetched() -> QuerySet[StoredFile]:
    """What a site that leaves the bucket needs room for."""
    return StoredFile.objects.filter(~NOBODYS, stored_at__isnull=False)


def leave() -> int:
    """All of it to this disk, compared, and then out of the bucket; how many files that were.

    Nobody may work meanwhile. Broken off, it goes on where it was. Raises Busy; then that file is still in the bucket.
    """
    Take.objects.filter(stored_at__isnull=False).update(stored_at=None)
    back = 0
    try:
        for key in list(StoredFile.objects.values_list("pk", flat=True)):
            file, path = StoredFile.objects.get(pk=key), Path(settings.MEDIA_DIR) / key
            if to_be_fetched().filter(pk=key).exists():
                if not _is_here(path, file):
                    bucket().fetch(key, path, file.sha256)
                back += 1
            bucket().delete(key)
            file.delete()
    except BucketError as error:
        raise _away(error) from error
    return back


def _is_here(path: Path, file: StoredFile) -> bool:
    try:
        return _measured(File(path, length=file.bytes, sha256=file.sha256)) == (file.bytes, file.sha256)
    except (Busy, Permanent):
        return False


def _delete(files: QuerySet[StoredFile]) -> None:
    """From the bucket, and then the rows; what may still arrive is deleted again, until it cannot any more."""
    for key in list(files.values_list("pk", flat=True)[:DELETED_AT_ONCE]):
        release_connection()
        try:
            bucket().delete(key)
        except BucketError as error:
            raise _away(error) from error
        has_arrived = Q(stored_at__isnull=False) | Q(began_at__lt=Now() - MAY_STILL_ARRIVE)
        files.filter(has_arrived, pk=key).delete()


def _loose() -> list[Path]:
    """Prompts, captions and logos on this disk."""
    folder = Path(settings.MEDIA_DIR)
    return [folder / name for name in sorted(loose()) if (folder / name).is_file()][:AT_ONCE]


def _drop(files: Iterable[File]) -> None:
    """The copies on this disk."""
    keys = {key_of(file.path): file.path for file in files}
    stored = list(StoredFile.objects.filter(pk__in=keys, stored_at__isnull=False).values_list("pk", flat=True))
    release_connection()
    sleep(READERS_LEAVE_SECONDS)
    for key in stored:
        keys[key].unlink(missing_ok=True)


def _is_wanted(file: File) -> bool:
    if isinstance(file.of, Segment):
        return Segment.objects.filter(pk=file.of.pk).exists()
    return file.of is None or Rendition.objects.filter(pk=file.of.pk).exists()


def _measured(file: File) -> tuple[int, str]:
    """Length and digest. Raises Busy where it cannot be read, Permanent where it is not what it has to be."""
    digest, left = hashlib.sha256(), file.length
    length = 0
    try:
        with file.path.open("rb") as opened:
            while data := opened.read(1 << 20 if left is None else min(1 << 20, left)):
                digest.update(data)
                length += len(data)
                left = None if left is None else left - len(data)
    except OSError as error:
        raise Busy(gettext_noop("The recording could not be read from this disk")) from error
    if left or (file.sha256 and digest.hexdigest() != file.sha256):
        raise Permanent(
            gettext_noop("The file on this disk is not what arrived; it stays here, and is not moved to the bucket")
        )
    return length, digest.hexdigest()


def _in_use(take: Any) -> QuerySet[Job]:
    """The jobs that read the take's files from this disk."""
    return Job.objects.filter(take=take, kind__in=USED_BY, state__in=[Job.State.QUEUED, Job.State.RUNNING])


def _away(error: BucketError) -> Busy:
    """It costs no attempt: nothing is wrong with the recording, and it is safe where it is."""
    logger.warning("bucket: %s", error.message)
    return Busy(f"The bucket for recordings cannot be used: {error.message}")
