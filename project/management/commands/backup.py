from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.template.defaultfilters import filesizeformat

from interviews.media.errors import BucketError
from project.backups.databases import DatabaseTrouble
from project.backups.making import NoRoom, delete_those_due, make


class Command(BaseCommand):
    help = (
        "Copy everything into a folder of its own in BACKUP_DIR, while the site runs, and delete those kept for "
        "BACKUP_DAYS. Exit status 1 where something is wrong."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            backup, added = make()
        except (DatabaseTrouble, NoRoom, BucketError, OSError) as error:
            raise CommandError(f"There is no new backup, and none was deleted. {error}") from error
        self.stdout.write(backup.place)
        self.stdout.write(f"{backup.files} files, {filesizeformat(backup.bytes)}; {added} of them are new or changed.")
        self.stdout.write(f"digest {backup.digest}")
        if backup.problem:
            self.stdout.write(self.style.ERROR(f"It was made, but {backup.problem}. No older backup was deleted."))
            sys.exit(1)
        for gone in delete_those_due():
            self.stdout.write(f"deleted {gone.place}")
