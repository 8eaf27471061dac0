"""What has to be set right once a backup was put back in place of the database."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import PurePosixPath

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest

from interviews.events import Head, Kind, record
from interviews.models import Job, Rendition, Session, StoredFile, Take
from interviews.processing.advance import locked

LEAP = 1_000_000
"""Of the events' numbers: beyond what any open page has heard, so that none takes a new event for one it knows."""


def settle(absent: Collection[str], head_before: int) -> int:
    """`absent` names files below MEDIA_DIR that are not there. What was made of recordings is made again; returns how
    often. Every session ends, since some had ended when the backup was put back, and every open page is read again.
    What is on this disk now is moved to the bucket anew, where it may have been deleted since."""
    Session.objects.all().delete()
    with transaction.atomic():
        StoredFile.objects.exclude(pk__in=absent).delete()
        Take.objects.filter(stored_at__isnull=False).update(stored_at=None)
        absent = set(absent) - set(StoredFile.objects.filter(pk__in=absent).values_list("pk", flat=True))
        Head.objects.filter(pk=1).update(number=Greatest(F("number"), head_before) + LEAP)
        record(Kind.BACK, None)
    versions = {path.parts[3] for path in map(PurePosixPath, absent) if path.parts[0] == "renditions"}
    lost = Rendition.objects.filter(version__in=versions).select_related("take")
    for rendition in lost:
        _make_again(rendition)
    return len(lost)


def _make_again(rendition: Rendition) -> None:
    take = rendition.take
    with transaction.atomic():
        interview = locked(take.interview_id)
        rendition.delete()
        if not Job.objects.filter(kind=Job.Kind.RENDER, take=take, state__in=Job.OPEN).exists():
            Job.objects.create(kind=Job.Kind.RENDER, interview=interview, take=take)
