from __future__ import annotations

import shutil
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Sum
from django.template.defaultfilters import filesizeformat

from interviews.engines.errors import Busy
from interviews.processing import storing
from project.backups import databases


class Command(BaseCommand):
    help = (
        "Bring all recordings from the bucket back to this disk, and delete them there. The site must be stopped; "
        "broken off, it goes on where it was."
    )
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.S3_BUCKET:
            raise CommandError("S3_BUCKET is not set. Leave the variables as they are until this is done.")
        if databases.here().others():
            raise CommandError("The site is running: its database is in use. Stop web and worker, and try again.")
        needed = storing.to_be_fetched().aggregate(bytes=Sum("bytes", default=0))["bytes"]
        settings.MEDIA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
        room = shutil.disk_usage(settings.MEDIA_DIR).free - settings.MIN_FREE_DISK_BYTES
        if needed > room:
            raise CommandError(
                f"It needs {filesizeformat(needed)}, and there is room for {filesizeformat(max(room, 0))} on this disk."
            )
        try:
            back = storing.leave()
        except (Busy, OSError) as error:
            raise CommandError(f"{error}. What is not on this disk yet is still in the bucket: try again.") from error
        self.stdout.write(f"{back} files are on this disk again, and nothing of this site is in the bucket.")
        self.stdout.write("Now unset S3_BUCKET and what begins with S3_, and start the site.")
