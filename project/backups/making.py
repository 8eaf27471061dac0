"""Makes one backup: everything of one moment, in a folder of its own."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from interviews.media.errors import NotInBucket
from interviews.models import Backup, StoredFile
from interviews.processing.bucket import bucket
from interviews.queries import files
from interviews.queries.backups import kept
from project.backups import databases
from project.backups.contents import FACTS, MEDIA, SECRET_KEY, SUMS, Facts, Unusable, digest_of, facts_of, listed

UNFINISHED = ".partial"
BROKEN_OFF_AFTER = timedelta(days=1)
READ_BYTES = 1024 * 1024


class NoRoom(Exception):
    """Going on would take the disk that applicants record on."""


@dataclass(slots=True)
class Copied:
    """`folder` is the backup before, and `last` its digests. `added` counts the files below media that were copied."""

    folder: Path
    last: dict[str, str]
    sums: dict[str, str] = field(default_factory=dict)
    bytes: int = 0
    added: int = 0
    missing: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)


def make() -> tuple[Backup, int]:
    """And how many files had to be copied. What is wrong with it stands in its `problem`; it is a backup all the same.
    Raises DatabaseTrouble, NoRoom, BucketError, OSError; then there is none.

    A file that the last backup has too is linked to it, not copied; but it is read, so that damage is found.
    """
    root: Path = settings.BACKUP_DIR
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    _must_have_room(0)
    _clear_broken_off(root)
    copied = Copied(*_last())
    began_at = timezone.now()
    backup = Backup(began_at=began_at, delete_after=began_at + timedelta(days=settings.BACKUP_DAYS))
    folder = root / f"{began_at:%Y-%m-%dT%H-%M-%SZ}-{str(backup.pk)[:8]}"
    backup.place = str(folder)
    backup.save(force_insert=True)  # before the database is read: who is erased meanwhile may be in it
    with _unfinished(backup, folder) as made:
        kind, taken_at = databases.here(), timezone.now()
        with kind.dumped(made / kind.file):
            named = list(files.named())
            migrations = [f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations()]
        copied.sums[kind.file], copied.bytes = digest_of(made / kind.file), (made / kind.file).stat().st_size
        if (key := settings.DATA_DIR / SECRET_KEY).exists():
            copied.sums[SECRET_KEY] = _read(key, None, made / SECRET_KEY)
        keep(named, made, copied)
        (made / SUMS).write_text("".join(f"{digest}  {name}\n" for name, digest in copied.sums.items()), "utf-8")
        facts = Facts(
            id=backup.pk,
            site=settings.SITE_NAME,
            taken_at=taken_at,
            made_at=timezone.now(),
            delete_after=backup.delete_after,
            database=kind.file,
            files=len(copied.sums),
            bytes=copied.bytes,
            sums=digest_of(made / SUMS),
            migrations=sorted(migrations),
            missing=copied.missing,
            damaged=copied.damaged,
        )
        digest = facts.write(made)
    return note(folder, facts, digest), copied.added


def note(folder: Path, facts: Facts, digest: str) -> Backup:
    """Its row says what the folder says."""
    known = {"made_at": facts.made_at, "files": facts.files, "bytes": facts.bytes, "delete_after": facts.delete_after}
    stored, _is_new = Backup.objects.update_or_create(
        pk=facts.id, defaults={**known, "place": str(folder), "digest": digest, "problem": facts.problem}
    )
    return stored


def delete_those_due() -> list[Backup]:
    """Those in BACKUP_DIR that have been kept for as long as was said."""
    due = kept().filter(delete_after__lt=timezone.now()).exclude(made_at=None)
    gone = [backup for backup in due if Path(backup.place).parent == settings.BACKUP_DIR]
    for backup in gone:
        delete(backup)
    return gone


def delete(backup: Backup) -> None:
    """The folder, where it is still there, and then the word that it is."""
    folder = Path(backup.place)
    if folder.exists():
        shutil.rmtree(folder)
    Backup.objects.filter(pk=backup.pk, deleted_at=None).update(deleted_at=timezone.now())


@contextmanager
def _unfinished(backup: Backup, folder: Path) -> Iterator[Path]:
    """A folder that gets its name once everything in it is on disk. Nothing is left where that fails."""
    made = folder.with_name(folder.name + UNFINISHED)
    made.mkdir(mode=0o700)
    try:
        yield made
        write_out()
        made.rename(folder)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        Backup.objects.filter(pk=backup.pk).update(deleted_at=timezone.now())
        raise


def write_out() -> None:
    """Until everything is on the disk; Windows has no such call."""
    if hasattr(os, "sync"):
        os.sync()


def _clear_broken_off(root: Path) -> None:
    """What killed processes have left. One that is a day old is not being made any more."""
    for backup in kept().filter(made_at=None, began_at__lt=timezone.now() - BROKEN_OFF_AFTER):
        if Path(backup.place).parent == root:
            shutil.rmtree(backup.place + UNFINISHED, ignore_errors=True)
            delete(backup)


def folders() -> list[Path]:
    """The complete backups in BACKUP_DIR, the newest first."""
    found = (path.parent for path in settings.BACKUP_DIR.glob(f"*/{FACTS}"))
    return sorted((folder for folder in found if not folder.name.endswith(UNFINISHED)), reverse=True)


def _last() -> tuple[Path, dict[str, str]]:
    for folder in folders():
        try:
            return folder, {file.name: file.sha256 for file in listed(folder, facts_of(folder)[0])}
        except Unusable:
            continue
    return settings.BACKUP_DIR, {}


def keep(named: Iterable[files.Named], made: Path, copied: Copied) -> None:
    """What is not there any more was deleted since, or it is missing."""
    absent = [file.name for file in named if not _kept(file, made, copied)]
    if absent:
        still_named = {file.name for file in files.named()}
        copied.missing += [name for name in absent if name in still_named]


def _kept(file: files.Named, made: Path, copied: Copied) -> bool:
    name = f"{MEDIA}/{file.name}"
    source, target = Path(settings.MEDIA_DIR) / file.name, made / name
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    known = copied.last.get(name)
    try:
        digest = _read(source, file.length) if known else ""
        if not (known and digest == known and _linked(copied.folder / name, target)):
            digest = _read(source, file.length, target)
            copied.added += 1
    except FileNotFoundError:
        stored = StoredFile.objects.filter(pk=file.name, stored_at__isnull=False).first()
        if stored is None:
            return False
        digest = stored.sha256
        if digest != known or not _linked(copied.folder / name, target):
            try:
                bucket().fetch(stored.key, target, digest)
            except NotInBucket:
                return False
            copied.added += 1
    copied.sums[name] = digest
    size = target.stat().st_size
    copied.bytes += size
    if (file.sha256 and digest != file.sha256) or size < (file.length or 0):
        copied.damaged.append(file.name)
    return True


def _read(source: Path, length: int | None = None, target: Path | None = None) -> str:
    """The SHA-256 of so many bytes, which are copied on the way. Raises NoRoom, FileNotFoundError."""
    whole, left = hashlib.sha256(), source.stat().st_size if length is None else length
    if target:
        _must_have_room(left)
    with source.open("rb") as file, _written(target) as copy:
        while left and (data := file.read(min(left, READ_BYTES))):
            left -= len(data)
            whole.update(data)
            copy.write(data)
    return whole.hexdigest()


def _must_have_room(size: int) -> None:
    if shutil.disk_usage(settings.BACKUP_DIR).free < size + settings.MIN_FREE_DISK_BYTES:
        raise NoRoom(f"The disk of {settings.BACKUP_DIR} is nearly full. Make room, or set BACKUP_DIR to another one.")


@contextmanager
def _written(target: Path | None) -> Iterator[BinaryIO]:
    if target is None:
        with Path(os.devnull).open("wb") as nothing:
            yield nothing
    else:
        with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            yield file


def _linked(last: Path, target: Path) -> bool:
    """False where that file has gone, or the disk knows no links."""
    try:
        os.link(last, target)
    except OSError:
        return False
    return True
