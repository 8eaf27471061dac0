from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from interviews.models.erasures import DataClass
from interviews.processing.erasing import open_those_due, remove_tombstones
from interviews.queries import retention
from interviews.tasks import hint

DAYS_AT_MOST = 36500


class Command(BaseCommand):
    help = (
        "Open the jobs that delete what is kept no longer. Every worker does so by itself; this is for a timer beside "
        "them, and, with --dry-run, to see what would be deleted."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="delete nothing, and say what would be")
        parser.add_argument("--days", type=int, default=0, help="with --dry-run: what will be over in so many days")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        if not options["dry_run"]:
            opened, may_be_more = open_those_due(now)
            hint(opened, always=True)
            tombstones = remove_tombstones(now)
            rest = "; the workers open the rest" if may_be_more else ""
            self.stdout.write(f"{len(opened)} jobs opened, {tombstones} tombstones removed{rest}.")
            return
        if not 0 <= options["days"] <= DAYS_AT_MOST:
            raise CommandError(f"--days takes 0 to {DAYS_AT_MOST}.")
        at = now + timedelta(days=options["days"])
        over = retention.over(at)
        for rule in retention.rules():
            found = over[DataClass(rule.name)]
            kept = f"{rule.days} days" if rule.days else "no rule"
            self.stdout.write(f"{rule.name} ({kept}; {rule.basis})")
            self.stdout.write(f"  to be deleted by {at:%Y-%m-%d %H:%M} UTC: {found.count()}")
            for pk, title in found.values_list("pk", "question_set__position__title"):
                self.stdout.write(f"  {pk}  {title}")
        self.stdout.write(f"Held, and left alone: {retention.held_interviews().count()}")
