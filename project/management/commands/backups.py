from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.template.defaultfilters import filesizeformat

from interviews.models import Backup
from interviews.queries.backups import kept
from project.backups.contents import Unusable, verify
from project.backups.making import delete


class Command(BaseCommand):
    help = "The backups that there are: list them, read one through, delete one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("act", choices=["list", "verify", "delete"])
        parser.add_argument("folder", nargs="?", type=Path, help="of a backup; its name alone means one in BACKUP_DIR")

    def handle(self, *args: Any, **options: Any) -> None:
        if (options["act"] == "list") == (options["folder"] is not None):
            raise CommandError("Name a folder to verify or delete, and none to list.")
        if options["act"] == "list":
            self._list()
            return
        folder = Path(settings.BACKUP_DIR, options["folder"]).resolve()
        backup = kept().filter(place=str(folder)).first()
        if options["act"] == "delete":
            if backup is None:
                raise CommandError(f"No backup at {folder} is known. See: manage.py backups list")
            delete(backup)
            self.stdout.write(f"deleted {folder}")
            return
        try:
            facts = verify(folder, backup.digest if backup else "")
        except Unusable as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"ok   {facts.files} files, {filesizeformat(facts.bytes)}: all as they were written")

    def _list(self) -> None:
        for backup in kept():
            self.stdout.write(f"{backup.place}  {_words(backup)}")


def _words(backup: Backup) -> str:
    if backup.made_at is None:
        return f"begun {backup.began_at:%Y-%m-%d %H:%M} UTC, not complete"
    problem = f", but {backup.problem}" if backup.problem else ""
    return f"{filesizeformat(backup.bytes)}, kept until {backup.delete_after:%Y-%m-%d}, {backup.digest[:12]}{problem}"
