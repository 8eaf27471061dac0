"""A site that keeps its recordings in the tests' bucket, and what is due to be moved there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db.models.functions import Now
from pytest_django import Settings

from interviews.models import Job, Take
from interviews.processing import jobs, storing
from interviews.processing.bucket import bucket
from interviews.processing.storing import store
from tests.buckets import S3
from tests.people import World

LONG_AGO = timedelta(days=30)


@pytest.fixture
def s3(s3: S3, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3]:
    """And a site that uses it."""
    use(settings, s3.variables)
    monkeypatch.setattr(storing, "READERS_LEAVE_SECONDS", 0.0)
    yield s3
    bucket.cache_clear()


def use(settings: Settings, variables: dict[str, str]) -> None:
    for name, value in variables.items():
        setattr(settings, name, value)
    bucket.cache_clear()


def settled(take: Take | None = None) -> None:
    """As if it had ended long enough ago."""
    ended = Take.objects.filter(finished_at__isnull=False)
    (ended.filter(pk=take.pk) if take else ended).update(finished_at=Now() - LONG_AGO)


def moved(world: World) -> list[Job]:
    """All that is due to be moved is, as far as it goes: what became of the jobs."""
    settled()
    opened = storing.due()
    for pk in opened:
        assert jobs.run(pk, {Job.Kind.STORE: store}) == []
    return list(Job.objects.filter(pk__in=opened).order_by("pk"))


def on_disk(settings: Settings) -> set[str]:
    folder = Path(settings.MEDIA_DIR)
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
