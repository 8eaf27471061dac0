"""A worker dies while it moves a recording to the bucket: another one finishes, and at no moment is it nowhere."""

from __future__ import annotations

import hashlib
import signal
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.db.models.functions import Now
from pytest_django import Settings

from interviews.models import Job, StoredFile, Take
from tests.buckets import S3
from tests.engines import Assesses, Hears, work_through
from tests.people import World
from tests.processes import Process, wait_until


@pytest.mark.parametrize("place", ["claimed", "writing", "received", "writing:8", "kept", "ended"])
def test_a_worker_that_dies_is_followed_by_one_that_finishes(
    submitted: World, worker: Callable[..., Process], settings: Settings, s3: S3, place: str
) -> None:
    work_through(submitted.interview, Hears(), Assesses())
    folder = Path(settings.MEDIA_DIR)
    before = {it.relative_to(folder).as_posix(): it.read_bytes() for it in folder.rglob("*") if it.is_file()}
    Take.objects.update(finished_at=Now() - timedelta(days=1))
    dying = worker(CRASH_AT=f"store.{place}", **s3.variables).child
    assert dying is not None
    wait_until(lambda: dying.poll() is not None, f"the worker comes past store.{place}")
    assert dying.poll() == -signal.SIGKILL
    stored = set(StoredFile.objects.filter(stored_at__isnull=False).values_list("pk", flat=True))
    for key, content in before.items():
        is_here = (folder / key).is_file() and (folder / key).read_bytes() == content
        assert is_here or (key in stored and s3.content(key) == content), key
    assert s3.names() <= set(StoredFile.objects.values_list("pk", flat=True))

    past = Now() - timedelta(seconds=1)
    Job.objects.filter(state=Job.State.RUNNING).update(lease_until=past, hinted_at=None)
    Job.objects.filter(state=Job.State.QUEUED).update(run_after=past, hinted_at=None)
    finishing = worker(**s3.variables)
    wait_until(lambda: not Take.objects.filter(stored_at=None).exists(), "all recordings are moved")
    finishing.stop()

    assert {key: s3.content(key) for key in s3.names()} == before
    assert not [it for it in folder.rglob("*") if it.is_file()]
    for row in StoredFile.objects.all():
        assert row.sha256 == hashlib.sha256(before[row.key]).hexdigest()
    assert not Job.objects.exclude(state=Job.State.DONE).exists()
