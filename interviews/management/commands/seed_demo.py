from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from interviews.demo.seed import seed


class Command(BaseCommand):
    help = "Fill an empty database with the demo. Does nothing to one that has a position or an account."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.EMBEDDED:
            raise CommandError(
                "The demo is for trying out in one process; it is not put into a site with DATABASE_URL."
            )
        if seed():
            self.stdout.write("The demo is ready.")
