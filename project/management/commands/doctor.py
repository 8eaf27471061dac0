from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand

from project.doctor import examine


class Command(BaseCommand):
    help = "Examine everything that is needed, in plain words. Exit status 1 where something needs you."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        ill = 0
        for finding in examine():
            mark = self.style.SUCCESS("ok  ") if finding.is_well else self.style.ERROR("ILL ")
            self.stdout.write(f"{mark} {finding.subject:<14} {finding.words}")
            if not finding.is_well:
                ill += 1
                self.stdout.write(f"     {'':<14} -> {finding.next_step}")
        self.stdout.write("All is well." if not ill else f"{ill} of these need you.")
        if ill:
            sys.exit(1)
