"""What the audit log costs at a million entries: sealing what happened, and verifying all of it.

    python3 dev.py bench audit [--entries 1000000] [--postgresql]

On a database of its own, SQLite unless PostgreSQL is asked for. Half of what happened are events, which `verify`
compares with the entries that were made of them; half are looks. `sealed_per_s`: entries a second, by one sealer.
"""

from __future__ import annotations

import argparse
import tempfile
from contextlib import ExitStack
from pathlib import Path

from tests.processes import run
from tests.servers import PostgreSQL, Redis, services

RUN = """
import json, random, uuid
from time import perf_counter
from django.db import connection
from django.utils import timezone
from interviews.events import Event, Head, Kind
from interviews.models import Unsealed
from interviews.models.audit import Action
from interviews.processing.sealing import seal
from interviews.queries.audit import verify
half, now = {entries} // 2, timezone.now()
kinds, actions = [Kind.RIGHTS, Kind.RULES, Kind.BACK], [Action.REVIEW_SEEN, Action.RECORDING_PLAYED, Action.SIGNED_IN]
people = [uuid.uuid4() for _ in range(5000)]
for first in range(1, half + 1, 50_000):
    numbers = range(first, min(first + 50_000, half + 1))
    Event.objects.bulk_create((Event(number=n, kind=kinds[n % 3], at=now) for n in numbers), batch_size=5000)
    Unsealed.objects.bulk_create(
        (
            Unsealed(at=now, action=actions[n % 3], actor=n % 40, interview=random.choice(people), position=n % 30,
                     subject_type="take", subject_id=str(random.choice(people)))
            for n in numbers
        ),
        batch_size=5000,
    )
Head.objects.update_or_create(pk=1, defaults={{"number": half}})
began = perf_counter()
sealed = seal()
took = perf_counter() - began
began = perf_counter()
found = verify()
print(json.dumps({{
    "database": connection.vendor,
    "entries": found.entries,
    "problems": len(found.problems),
    "sealed_per_s": round(sealed / took),
    "verify_s": round(perf_counter() - began, 1),
}}))
"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="dev.py bench audit", description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--postgresql", action="store_true")
    asked = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        environment = {"DATA_DIR": str(folder / "data"), "LOG_LEVEL": "WARNING"}
        if asked.postgresql:
            postgresql, redis = PostgreSQL(), Redis(folder / "redis")
            environment |= services(stack.enter_context(postgresql), stack.enter_context(redis))
        run(environment, "manage.py", "migrate", "-v0")
        print(run(environment, "manage.py", "shell", "-v0", "-c", RUN.format(entries=asked.entries)).splitlines()[-1])


if __name__ == "__main__":
    main()
