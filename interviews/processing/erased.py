"""Who was erased, told apart from the database: a backup that is restored brings them back, and they are erased again.

An empty file for each interview, named by its id, in DATA_DIR/erased; and once more beside the backups, which may be
all that is left when the disk of this machine is gone.
"""

from __future__ import annotations

import logging
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import transaction

from interviews.events import Kind, record
from interviews.models import Interview
from interviews.queries.retention import ERASURE_GRACE

logger = logging.getLogger(__name__)

FOLDER = "erased"
AT_ONCE = 500


def remember(interview_id: UUID) -> None:
    _note(_here(), str(interview_id))
    if settings.BACKUP_DIR.is_dir():
        try:
            _note(settings.BACKUP_DIR / FOLDER, str(interview_id))
        except OSError as error:  # tried again for a day, by `remove_stragglers`
            logger.warning("an erasure could not be noted beside the backups: %s", error.strerror)


def forget(interview_id: UUID) -> None:
    for folder in (_here(), settings.BACKUP_DIR / FOLDER):
        (folder / str(interview_id)).unlink(missing_ok=True)


def take_along(backup: Path) -> None:
    """What was noted beside a backup that is restored here."""
    for name in _names(backup.with_name(FOLDER)):
        _note(_here(), name)


def is_known() -> bool:
    """Whether anybody was ever erased, as far as this machine knows."""
    return bool(_names(_here()))


def are_back(now: datetime) -> int:
    """Those that are there again are due at once; how many those are."""
    names, back = _names(_here()), 0
    for first in range(0, len(names), AT_ONCE):
        there = Interview.objects.filter(pk__in=names[first : first + AT_ONCE], erased_at=None, erasure_asked_at=None)
        for interview in there:
            with transaction.atomic():
                if there.filter(pk=interview.pk).update(erasure_asked_at=now - ERASURE_GRACE):
                    record(Kind.ERASURE_ASKED, interview)
                    back += 1
    return back


def _note(folder: Path, name: str) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / name).touch()


def _names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if _is_id(path.name)] if folder.is_dir() else []


def _is_id(name: str) -> bool:
    """Other programs leave files of their own in folders."""
    try:
        return str(UUID(name)) == name
    except ValueError:
        return False


def _here() -> Path:
    return Path(settings.DATA_DIR) / FOLDER
