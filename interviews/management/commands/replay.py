from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from interviews.models import Interview
from interviews.processing.replay import replay


class Command(BaseCommand):
    help = (
        "Derive transcripts, levels, quotes and results again from the replies that were kept, and compare. "
        "Calls nobody, changes nothing. Exit status 1 where something differs."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("interview", nargs="*", type=UUID)
        parser.add_argument("--all", action="store_true", help="every interview that was submitted")

    def handle(self, *args: Any, **options: Any) -> None:
        asked: list[UUID] = options["interview"]
        if bool(asked) == options["all"]:
            raise CommandError("Name interviews, or --all.")
        interviews = Interview.objects.order_by("created_at", "pk")
        chosen = interviews.filter(submitted_at__isnull=False) if options["all"] else interviews.filter(pk__in=asked)
        unknown = set(asked) - set(chosen.values_list("pk", flat=True))
        if unknown:
            raise CommandError(f"There is no interview {', '.join(sorted(map(str, unknown)))}.")
        differ = 0
        for interview in chosen.iterator():
            found = replay(interview)
            mark = self.style.ERROR("DIFFERS") if found.differences else self.style.SUCCESS("ok     ")
            self.stdout.write(
                f"{mark} {interview.pk} {found.transcripts} transcripts, {found.runs} runs, "
                f"{found.assessments} assessments"
            )
            for sentence in found.differences:
                self.stdout.write(f"        {sentence}")
            differ += bool(found.differences)
        if differ:
            self.stdout.write(f"{differ} interviews differ.")
            sys.exit(1)
