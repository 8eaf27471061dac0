"""What is measured, as it is deployed: PostgreSQL and Redis of its own, migrated, and the settings of its processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.processes import ROOT
from tests.servers import PostgreSQL, Redis, services


@dataclass(frozen=True)
class Deployment:
    folder: Path
    postgresql: PostgreSQL
    redis: Redis
    environment: dict[str, str]

    def run(self, *arguments: str, told: str = "") -> str:
        """What a program of ours printed that was told this; what it complains of is seen at once."""
        done = subprocess.run(
            [sys.executable, *arguments],
            env={**os.environ, **self.environment},
            cwd=ROOT,
            check=True,
            stdout=subprocess.PIPE,
            input=told,
            text=True,
        )
        return done.stdout

    def made_by(self, module: str, *arguments: str, told: str = "") -> Any:
        """What a module of ours says of the rows that it made or read."""
        return json.loads(self.run("-m", "tests.with_django", module, *arguments, told=told))


@contextmanager
def deployment(*, postgresql: PostgreSQL | None = None, **settings: str) -> Iterator[Deployment]:
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name,
        Redis(Path(name) / "redis") as redis,
        postgresql or PostgreSQL() as rows,
    ):
        environment = {"DATA_DIR": str(Path(name) / "data"), "LOG_LEVEL": "WARNING", **services(rows, redis)}
        made = Deployment(Path(name), rows, redis, environment | settings)
        made.run("manage.py", "collectstatic", "--noinput", "-v0")
        made.run("manage.py", "migrate", "-v0")
        yield made
