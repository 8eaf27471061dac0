from __future__ import annotations

import re
import sys
from argparse import ArgumentParser, ArgumentTypeError
from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand

from interviews.processing.sealing import seal
from interviews.queries.audit import Anchor, head, verify


def anchor(text: str) -> Anchor:
    found = re.fullmatch(r"(\d{1,18}):([0-9a-f]{64})", text, re.ASCII)
    if found is None:
        raise ArgumentTypeError(f"{text!r} is no anchor: write it as `audit head` prints it, NUMBER:HASH.")
    return Anchor(int(found[1]), found[2])


class Command(BaseCommand):
    help = (
        "The audit log. `head` seals what is left and prints its anchor, NUMBER:HASH: keep it where nobody who can "
        "alter the database can alter it too. `verify` reads all of the log and says what is not as it was sealed; "
        "exit status 1 where something is not."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("act", choices=["head", "verify"])
        parser.add_argument(
            *("--anchor", "--anchors"),
            nargs="+",
            default=[],
            type=anchor,
            metavar="NUMBER:HASH",
            help="that were printed earlier: the log must still hold each of them",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["act"] == "head":
            seal()
            self.stdout.write(str(head()))
            return
        began = monotonic()
        found = verify(options["anchor"])
        for sentence in found.problems:
            self.stdout.write(f"{self.style.ERROR('WRONG')} {sentence}")
        seconds = monotonic() - began
        verdict = "as they were sealed" if not found.problems else "read"
        self.stdout.write(f"{found.entries} entries {verdict}, in {seconds:.1f} s; head {found.head}")
        if found.problems:
            sys.exit(1)
