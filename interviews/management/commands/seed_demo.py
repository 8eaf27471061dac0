from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from interviews.demo.seed import seed


class Command(BaseCommand):
    help = "Fill an empty database with the demo. Does nothing to one that has a position or an account."

    def handle(self, *args: Any, **options: Any) -> None:
        if seed():
            self.stdout.write("The demo is ready.")
