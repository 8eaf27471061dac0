from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from interviews.processing import erased
from project.backups.contents import Unusable
from project.backups.databases import DatabaseTrouble
from project.backups.restoring import HalfDone, Refused, restore


class Command(BaseCommand):
    help = (
        "Put a backup in place of everything that is here. It is read through first; the site must be stopped, and "
        "empty unless --replace. Exit status 1 where recordings are missing afterwards."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="of a backup; its name alone means one in BACKUP_DIR")
        parser.add_argument("--digest", default="", help="that the backup must have")
        parser.add_argument("--replace", action="store_true", help="give up all that this site holds")

    def handle(self, *args: Any, **options: Any) -> None:
        folder = Path(settings.BACKUP_DIR, options["folder"]).resolve()
        try:
            restored = restore(folder, digest=options["digest"], replace=options["replace"])
        except (Unusable, Refused, DatabaseTrouble, OSError) as error:
            raise CommandError(f"Nothing was changed. {error}") from error
        except HalfDone as error:
            raise CommandError(str(error)) from error
        facts = restored.facts
        self.stdout.write(f"{facts.site} is as it was at {facts.taken_at:%Y-%m-%d %H:%M} UTC: {facts.files} files.")
        self.stdout.write("Everybody has to sign in again, and applicants to open their links.")
        if restored.erased_again is None:
            self.stdout.write(
                self.style.WARNING(
                    "Nothing here tells who was erased after that. If anybody was, on the machine that this backup is "
                    f"of, they are back: bring the folder {erased.FOLDER} of its DATA_DIR to {settings.DATA_DIR} "
                    "before you start the site, and workers erase them again."
                )
            )
        elif restored.erased_again:
            self.stdout.write(
                f"{restored.erased_again} who were erased after that are back, out of consideration, and erased again "
                "within minutes of the start."
            )
        if restored.made_again:
            self.stdout.write(f"{restored.made_again} recordings are made ready to play again.")
        if restored.missing:
            self.stdout.write(self.style.ERROR(f"{len(restored.missing)} files were not in the backup:"))
            for name in restored.missing:
                self.stdout.write(f"  {name}")
            sys.exit(1)
