"""The doctor's findings on what is kept: recordings, backups, the audit log, and what was to be deleted."""

from __future__ import annotations

import shutil
import tempfile
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from interviews.media.errors import BucketError
from interviews.models import Job, StoredFile, Unsealed
from interviews.processing.bucket import bucket as the_bucket
from interviews.queries import audit
from interviews.queries.backups import kept
from interviews.queries.retention import held_interviews, overdue

FREE_BYTES = 2 * 1024**3
MAY_BE_UNSEALED = timedelta(minutes=5)
BACKUP_MAY_BE_OLD = timedelta(hours=48)


def storage() -> tuple[str, str]:
    folder = Path(settings.MEDIA_DIR)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"written by the doctor")
    except OSError as error:
        return f"{folder} cannot be written: {error.strerror}", "Give this user the folder, or set DATA_DIR."
    free = shutil.disk_usage(folder).free
    words = f"writable, {free / 1024**3:.1f} GiB free"
    return words, "Make room: recordings need it." if free < FREE_BYTES else ""


def bucket() -> tuple[str, str]:
    stored = StoredFile.objects.exclude(stored_at=None).count()
    if not settings.S3_BUCKET:
        if stored:
            return f"{stored} files are in a bucket that is not set any more", "Set S3_BUCKET and the rest again."
        return "not used: recordings stay on this disk", ""
    try:
        the_bucket().check()
    except BucketError as error:
        return (
            f"{settings.S3_BUCKET}: {error.message}",
            "Check the S3_ variables and what the key may do. What is on this disk stays there meanwhile.",
        )
    waiting = Job.objects.filter(kind=Job.Kind.STORE, state__in=Job.OPEN).count()
    return (
        f"{settings.S3_BUCKET} is private and answers; {stored} files are in it, {waiting} recordings on their way",
        "",
    )


def backup() -> tuple[str, str]:
    newest = kept().exclude(made_at=None).first()
    if newest is None or newest.made_at is None:
        every_night = "Make one every night: manage.py backup; docs/operations.md."
        return "none was made", "" if settings.EMBEDDED else every_night
    age = timezone.now() - newest.made_at
    words = f"the newest was made {in_short(age)} ago, {newest.place}"
    if age > BACKUP_MAY_BE_OLD:
        return words, "Find out why no newer one was made, and make one: manage.py backup"
    if newest.problem:
        return f"{words}: {newest.problem}", "Look after the disk; older backups, which are kept, may have them."
    return words, ""


def audit_log() -> tuple[str, str]:
    """Not whether it is whole, which takes longer: `manage.py audit verify` says that."""
    head = audit.head()
    words = f"anchor {head}"
    since = timezone.now() - MAY_BE_UNSEALED
    if Unsealed.objects.filter(at__lt=since).exists() or audit.unsealed_events().filter(at__lt=since).exists():
        return f"{words}; what came later is not sealed", "Start a worker (see above), or run: python manage.py sweep"
    return words, ""


def erasures() -> tuple[str, str]:
    late = overdue(timezone.now()).count()
    if late:
        return (
            f"{late} were asked for more than two days ago, and are not done",
            "See in the admin why their jobs wait (kind erase). Some laws give you 30 days from the request.",
        )
    return f"none is late; {held_interviews().count()} interviews are kept by a legal hold", ""


def in_short(length: timedelta) -> str:
    seconds = int(length.total_seconds())
    return f"{seconds} s" if seconds < 120 else f"{seconds // 60} min" if seconds < 7200 else f"{seconds // 3600} h"
