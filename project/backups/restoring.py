"""Puts a backup in place of what is here, after it has been read through; until then nothing is touched."""

from __future__ import annotations

import hashlib
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from interviews.events import head
from interviews.models import Backup, Interview, Position
from interviews.processing import erased
from interviews.processing.restored import settle
from interviews.queries import files
from project.backups import databases
from project.backups.contents import MEDIA, SECRET_KEY, Facts, Unusable, facts_of, listed, verify
from project.backups.making import folders, note, write_out


class Refused(Exception):
    """Why nothing was touched, and what to do."""


class HalfDone(Exception):
    """The database is the restored one, and something after it failed."""


@dataclass(frozen=True, slots=True)
class Restored:
    """`missing` names files below media that the database names and that the backup does not have. `erased_again` are
    in the backup, were erased since, and are to be erased again; None: nobody here knows who was."""

    facts: Facts
    made_again: int
    erased_again: int | None
    missing: list[str]


def restore(folder: Path, *, digest: str = "", replace: bool = False) -> Restored:
    """Raises Unusable, Refused, DatabaseTrouble, OSError; then what was here still is. Raises HalfDone."""
    facts = verify(folder, digest)
    kind = databases.here()
    _must_fit(facts, kind)
    if not replace and (there := _what_is_here()):
        raise Refused(
            f"This site is not empty: it has {there}. To give all of it up for what is in the backup, make a backup of"
            " it first, and add --replace."
        )
    if kind.others():
        raise Refused("The site is running: its database is in use. Stop web and worker, and try again.")
    known, head_before = (list(Backup.objects.all()), head()) if _has_tables() else ([], 0)
    arriving = Path(settings.MEDIA_DIR).with_name("media.arriving")
    shutil.rmtree(arriving, ignore_errors=True)
    try:
        _copy_media(folder, facts, arriving)
        write_out()
        kind.load(folder / facts.database)
    except BaseException:
        shutil.rmtree(arriving, ignore_errors=True)
        raise
    try:
        _put_in_place(arriving)
        _put_secret_key(folder)
        call_command("migrate", interactive=False, verbosity=0)
        _remember(known, folder)
        made_again = settle(_absent(), head_before)
        erased.take_along(folder)
        erased_again = erased.are_back(timezone.now()) if erased.is_known() else None
        return Restored(facts, made_again, erased_again, _absent())
    except Exception as error:
        raise HalfDone(f"The database is restored; then this failed: {error}. Run it again, with --replace.") from error


def _put_in_place(arriving: Path) -> None:
    media = Path(settings.MEDIA_DIR)
    before = media.with_name("media.before")
    shutil.rmtree(before, ignore_errors=True)
    if media.exists():
        media.rename(before)
    arriving.rename(media)
    shutil.rmtree(before, ignore_errors=True)


def _absent() -> list[str]:
    """What the database names and is not there."""
    return [file.name for file in files.named() if not (Path(settings.MEDIA_DIR) / file.name).is_file()]


def _must_fit(facts: Facts, kind: databases.Kind) -> None:
    if facts.database != kind.file:
        raise Refused(
            "The backup is of a site with PostgreSQL: set DATABASE_URL and REDIS_URL."
            if facts.database.endswith(".dump")
            else "The backup is of a site without PostgreSQL: it goes back where DATABASE_URL is not set."
        )
    unknown = set(facts.migrations) - {".".join(key) for key in MigrationLoader(None).disk_migrations}
    if unknown:
        raise Refused(
            f"The backup is of a newer version: this one does not know {', '.join(sorted(unknown)[:3])}. Upgrade first."
        )


def _what_is_here() -> str:
    """Blank: nothing that somebody would miss."""
    rows = {}
    if _has_tables():
        rows = {"positions": Position.objects.count(), "interviews": Interview.objects.count()}
    media = Path(settings.MEDIA_DIR)
    there = {**rows, "files": sum(path.is_file() for path in media.rglob("*")) if media.exists() else 0}
    return ", ".join(f"{count} {what}" for what, count in there.items() if count)


def _has_tables() -> bool:
    return Backup._meta.db_table in connection.introspection.table_names()


def _copy_media(folder: Path, facts: Facts, target: Path) -> None:
    """Once more held against the digests: what lies in place is what was read."""
    target.mkdir(mode=0o700, parents=True)
    for file in listed(folder, facts):
        if file.name.startswith(f"{MEDIA}/"):
            path = target / file.name.removeprefix(f"{MEDIA}/")
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            shutil.copyfile(folder / file.name, path)
            path.chmod(0o600)
            with path.open("rb") as copy:
                if hashlib.file_digest(copy, "sha256").hexdigest() != file.sha256:
                    raise Unusable(f"{file.name} changed while it was copied.")


def _put_secret_key(folder: Path) -> None:
    """So that what was made under it is still good. Read at the next start."""
    if settings.EMBEDDED and (folder / SECRET_KEY).exists():
        shutil.copyfile(folder / SECRET_KEY, settings.DATA_DIR / SECRET_KEY)


def _remember(known: list[Backup], restored: Path) -> None:
    """The backups that there are, which the restored database cannot all know: erasure asks for them."""
    for backup in known:
        Backup.objects.update_or_create(
            pk=backup.pk, defaults={field.name: getattr(backup, field.name) for field in Backup._meta.fields[1:]}
        )
    for folder in [restored, *folders()]:
        with suppress(Unusable):
            note(folder, *facts_of(folder))
