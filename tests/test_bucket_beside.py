"""What else knows of recordings knows of those that are in the bucket: backups, erasure and its certificate."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from interviews.exports.own import entries
from interviews.models import Erasure, Job, StoredFile, Take
from interviews.processing import jobs, storing
from interviews.processing.bucket import bucket
from interviews.processing.erasing import erase, open_those_due
from interviews.processing.restored import settle
from interviews.processing.storing import store
from interviews.queries.erasures import certificate
from interviews.queries.retention import ERASURE_GRACE
from project.backups import making
from tests.buckets import S3
from tests.engines import Assesses, Hears, work_through
from tests.people import World


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3]:
    with S3(tmp_path_factory.mktemp("s3")) as s3:
        yield s3


@pytest.fixture
def moved(
    server: S3, submitted: World, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[World]:
    """A scored interview of which no file is on this disk any more."""
    server.empty()
    for name, value in server.variables.items():
        setattr(settings, name, value)
    settings.BACKUP_DIR = tmp_path / "backups"
    bucket.cache_clear()
    monkeypatch.setattr(storing, "READERS_LEAVE_SECONDS", 0.0)
    work_through(submitted.interview, Hears(), Assesses())
    Take.objects.update(finished_at=timezone.now() - timedelta(days=1))
    for pk in storing.due():
        jobs.run(pk, {Job.Kind.STORE: store})
    assert list(Path(settings.MEDIA_DIR).rglob("*.*")) == []
    yield submitted
    bucket.cache_clear()


def test_a_backup_holds_them_and_the_next_links_to_it(moved: World) -> None:
    backup, added = making.make()
    there = {path.relative_to(Path(backup.place) / "media").as_posix() for path in _files(Path(backup.place) / "media")}
    assert there == set(StoredFile.objects.values_list("pk", flat=True))
    assert (backup.problem, added) == ("", len(there))

    again, added = making.make()
    assert (again.problem, added) == ("", 0)


def test_what_a_backup_brought_back_to_this_disk_is_moved_anew(moved: World) -> None:
    kept = StoredFile.objects.earliest("key").pk

    assert settle({kept}, 0) == 0

    assert list(StoredFile.objects.values_list("pk", flat=True)) == [kept]
    assert not Take.objects.filter(stored_at__isnull=False).exists()


def test_erasure_reaches_the_bucket_and_its_certificate_names_the_backups_that_hold_them(
    moved: World, server: S3
) -> None:
    backup, _added = making.make()
    interview = moved.interview
    interview.erasure_asked_at = interview.withdrawn_at = timezone.now() - ERASURE_GRACE
    interview.save(update_fields=["erasure_asked_at", "withdrawn_at"])

    opened, _more = open_those_due(timezone.now())
    for pk in opened:
        jobs.run(pk, {Job.Kind.ERASE: erase})

    assert server.names() == set()
    assert Erasure.objects.get().interview == interview
    told = certificate(interview)
    assert told is not None
    assert [(it.name, it.until) for it in told.backups] == [(Path(backup.place).name, backup.delete_after)]
    assert Path(backup.place).name in told.text


def test_applicants_download_them_with_all_else_that_is_held(moved: World, speech: bytes) -> None:
    told = {entry.name: b"".join(entry.pieces) for entry in entries(moved.interview, timezone.now())}
    assert [content for name, content in told.items() if name.startswith("recordings/")] == [speech] * 3


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
