from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from interviews.tasks import sweep


class Command(BaseCommand):
    help = (
        "Hint the work that no hint speaks of, once. Every worker does so by itself; this is for a timer beside them."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        sweep()
