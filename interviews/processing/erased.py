"""Who was erased, told apart from the database: a backup that is restored brings them back, and they are erased again.

An empty file in DATA_DIR/erased for each interview, named by its id.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import transaction

from interviews.events import Kind, record
from interviews.models import Interview
from interviews.queries.retention import ERASURE_GRACE

AT_ONCE = 500


def remember(interview_id: UUID) -> None:
    _folder().mkdir(parents=True, exist_ok=True)
    (_folder() / str(interview_id)).touch()


def forget(interview_id: UUID) -> None:
    (_folder() / str(interview_id)).unlink(missing_ok=True)


def are_back(now: datetime) -> None:
    """Those that are there again are due at once."""
    names = [path.name for path in _folder().iterdir() if _is_id(path.name)] if _folder().is_dir() else []
    for first in range(0, len(names), AT_ONCE):
        there = Interview.objects.filter(pk__in=names[first : first + AT_ONCE], erased_at=None, erasure_asked_at=None)
        for interview in there:
            with transaction.atomic():
                if there.filter(pk=interview.pk).update(erasure_asked_at=now - ERASURE_GRACE):
                    record(Kind.ERASURE_ASKED, interview)


def _is_id(name: str) -> bool:
    """Other programs leave files of their own in folders."""
    try:
        return str(UUID(name)) == name
    except ValueError:
        return False


def _folder() -> Path:
    return Path(settings.DATA_DIR) / "erased"
