"""A backup: everything that the database names, of one moment, and nothing that cannot be trusted."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone
from pytest_django import Settings

from interviews.actions import answering
from interviews.actions.positions import new_version
from interviews.models import Backup, Segment
from interviews.processing import takes
from interviews.queries import backups, files
from project.backups import making
from project.backups.contents import FACTS, SUMS, Unusable, digest_of, facts_of, verify
from tests import people
from tests.people import World
from tests.programs import need


@pytest.fixture(autouse=True)
def _backups_of_its_own(settings: Settings, tmp_path: Path) -> None:
    settings.BACKUP_DIR = tmp_path / "backups"


@pytest.fixture
def media(settings: Settings) -> Path:
    return Path(settings.MEDIA_DIR)


def below(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def made() -> Path:
    backup, _added = making.make()
    assert backup.problem == ""
    return Path(backup.place)


def test_every_file_on_disk_is_named_by_a_row(submitted: World, media: Path, speech: bytes, settings: Settings) -> None:
    """Or the next backup lacks it: whoever adds a kind of file adds it to `queries/files.py`."""
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {**settings.STORAGES["default"], "OPTIONS": {"location": media}},
    }
    people.everything(submitted)
    question = new_version(submitted.question_set).questions.all()[0]
    question.prompt.save("x", ContentFile(speech), save=False)
    question.captions.save("x", ContentFile(b"WEBVTT\n"), save=True)
    names = [file.name for file in files.named()]
    assert sorted(names) == sorted(below(media))
    assert {name.partition("/")[0] for name in names} == {"takes", "renditions", "logos", "prompts"}


def test_a_backup_is_read_by_other_programs(submitted: World, media: Path) -> None:
    folder = made()
    assert below(folder / "media") == below(media)
    subprocess.run([need("sha256sum"), "--check", "--strict", "--quiet", SUMS], cwd=folder, check=True)
    with sqlite3.connect(folder / "database.sqlite3") as copy:
        assert copy.execute("SELECT count(*) FROM interviews_answer").fetchone() == (3,)
    copy.close()
    assert verify(folder).files == len((folder / SUMS).read_text().splitlines())
    assert folder.stat().st_mode & 0o77 == 0


def test_its_row_says_where_it_is_and_has_the_digest(submitted: World, settings: Settings) -> None:
    folder = made()
    backup = Backup.objects.get()
    assert (backup.place, backup.digest) == (str(folder), digest_of(folder / FACTS))
    assert backup.delete_after - backup.began_at == timedelta(days=settings.BACKUP_DAYS)
    verify(folder, backup.digest)
    with pytest.raises(Unusable, match="not the backup with this digest"):
        verify(folder, "0" * 64)


def test_what_has_not_changed_is_linked_to_the_backup_before(submitted: World, media: Path) -> None:
    first = made()
    backup, added = making.make()
    second = Path(backup.place)
    assert added == 0
    for name in below(media):
        assert (first / "media" / name).samefile(second / "media" / name)
    shutil.rmtree(first)
    verify(second)


def test_of_a_recording_that_still_arrives_it_has_what_counts(world: World, speech: bytes) -> None:
    answering.consent(world.interview, ai=True)
    world.interview.refresh_from_db()
    segment = people.sent(world.interview, world.questions[0], speech[:5000])
    with segment.path.open("ab") as file:
        file.write(b"on disk, and not acknowledged")
    folder = made()
    (copy,) = (folder / "media" / "takes").rglob(str(segment.pk))
    assert copy.read_bytes() == speech[:5000]


def test_what_was_deleted_since_is_not_missing(answered: World, settings: Settings) -> None:
    settings.BACKUP_DIR.mkdir()
    named = list(files.named())
    answer = answered.interview.answers.all()[0]
    takes.forget([answer.take])
    copied = making.Copied(Path(), {})
    target = Path(os.environ["DATA_DIR"]) / "copied"
    making.keep(named, target, copied)
    assert copied.missing == []
    assert 0 < len(copied.sums) < len(named)
    shutil.rmtree(target)


def test_a_lost_and_a_spoilt_recording_are_named_and_no_older_backup_is_deleted(
    submitted: World, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("backup")
    Backup.objects.update(delete_after=timezone.now() - timedelta(days=1))
    lost, spoilt, *_rest = Segment.objects.filter(take__state="finished")
    lost.path.unlink()
    data = bytearray(spoilt.path.read_bytes())
    data[100] ^= 1
    spoilt.path.write_bytes(data)
    with pytest.raises(SystemExit):
        call_command("backup")
    facts = verify(Path(Backup.objects.latest("began_at").place))
    assert (
        [name.rpartition("/")[2] for name in facts.missing],
        [name.rpartition("/")[2] for name in facts.damaged],
    ) == (
        [str(lost.pk)],
        [str(spoilt.pk)],
    )
    assert "No older backup was deleted" in capsys.readouterr().out
    assert backups.kept().count() == 2


def test_those_kept_for_long_enough_are_deleted_after_the_next_one(submitted: World) -> None:
    first = made()
    Backup.objects.update(delete_after=timezone.now() - timedelta(days=1))
    call_command("backup")
    assert not first.exists()
    assert Backup.objects.get(place=str(first)).deleted_at is not None
    assert Path(backups.kept().get().place).is_dir()


def test_a_disk_that_is_nearly_full_is_left_to_the_recordings(submitted: World, settings: Settings) -> None:
    settings.MIN_FREE_DISK_BYTES = 1 << 60
    with pytest.raises(CommandError, match="set BACKUP_DIR"):
        call_command("backup")
    assert list(settings.BACKUP_DIR.iterdir()) == []
    assert not backups.kept().exists()


def test_what_a_killed_backup_has_left_is_cleared_a_day_later(submitted: World, settings: Settings) -> None:
    place = settings.BACKUP_DIR / "2020-01-01T00-00-00Z-00000000"
    begun = Backup.objects.create(place=str(place), delete_after=timezone.now() + timedelta(days=14))
    left = place.with_name(f"{place.name}.partial")
    left.mkdir(parents=True)
    made()
    assert left.exists()
    Backup.objects.filter(pk=begun.pk).update(began_at=timezone.now() - timedelta(days=2))
    made()
    assert not left.exists()
    begun.refresh_from_db()
    assert begun.deleted_at is not None


def flip(folder: Path) -> None:
    path = next((folder / "media").rglob("playable"))
    data = path.read_bytes()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))


def lose(folder: Path) -> None:
    (folder / "database.sqlite3").unlink()


def link(folder: Path) -> None:
    path = folder / "database.sqlite3"
    path.rename(folder.parent / "elsewhere")
    path.symlink_to(folder.parent / "elsewhere")


def relist(folder: Path) -> None:
    (folder / SUMS).write_text((folder / SUMS).read_text() + "\n")


def lead_out(folder: Path) -> None:
    """With all digests made anew, as somebody would who means harm."""
    outside = folder.parent / "outside"
    outside.write_text("x")
    (folder / SUMS).write_text(f"{digest_of(outside)}  media/../../outside\n")
    said = json.loads((folder / FACTS).read_text())
    (folder / FACTS).write_text(json.dumps({**said, "sums": digest_of(folder / SUMS)}))


def spoil(folder: Path) -> None:
    (folder / FACTS).write_text("{")


def break_off(folder: Path) -> None:
    (folder / FACTS).unlink()


def from_the_future(folder: Path) -> None:
    said = json.loads((folder / FACTS).read_text())
    (folder / FACTS).write_text(json.dumps({**said, "format": 99}))


@pytest.mark.parametrize("harm", [flip, lose, link, relist, lead_out, spoil, break_off, from_the_future])
def test_a_backup_that_is_not_as_it_was_written_is_refused(submitted: World, harm: Callable[[Path], None]) -> None:
    folder = made()
    harm(folder)
    with pytest.raises(Unusable):
        verify(folder)
    with pytest.raises(CommandError):
        call_command("backups", "verify", folder.name)


def test_backups_are_listed_verified_and_deleted_by_name(submitted: World, capsys: pytest.CaptureFixture[str]) -> None:
    folder = made()
    call_command("backups", "list")
    assert str(folder) in capsys.readouterr().out
    call_command("backups", "verify", folder.name)
    assert f"{facts_of(folder)[0].files} files" in capsys.readouterr().out
    call_command("backups", "delete", folder.name)
    assert not folder.exists()
    with pytest.raises(CommandError, match="No backup"):
        call_command("backups", "delete", folder.name)
    for wrong in (["list", "x"], ["verify"], ["delete"]):
        with pytest.raises(CommandError, match="Name a folder"):
            call_command("backups", *wrong)


def test_erasure_learns_which_backups_still_hold_somebody(submitted: World) -> None:
    now = timezone.now()
    days = [
        Backup.objects.create(
            place=f"day {day}",
            began_at=now + timedelta(days=day),
            made_at=now + timedelta(days=day, hours=1),
            delete_after=now + timedelta(days=day + 14),
        )
        for day in range(5)
    ]
    being_made = Backup.objects.create(place="now", began_at=now, delete_after=now + timedelta(days=14))
    making.delete(days[2])
    known, erased = now + timedelta(days=1, minutes=30), now + timedelta(days=3, hours=12)
    assert set(backups.holding(known, erased)) == {days[1], days[3], being_made}
    assert set(backups.holding(known)) == {days[1], days[3], days[4], being_made}
    assert backups.held_until(known, erased) == days[3].delete_after
    assert backups.held_until(known + timedelta(days=9), known) == being_made.delete_after
    Backup.objects.filter(pk=being_made.pk).delete()
    assert backups.held_until(known + timedelta(days=9)) is None
