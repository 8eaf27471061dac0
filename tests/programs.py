"""Programs that some tests need besides Python's packages."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from development import installing

installing.add_places_to_path()
CHROMIUM = installing.CHROMIUM
REDIS = installing.PROGRAMS["Redis"][0]


def need(*names: str) -> str:
    """The path of the first of them. Where all are missing the test is skipped; with CI set, that is a failure."""
    for name in names:
        if found := shutil.which(name):
            return found
    if os.environ.get("CI"):
        pytest.fail(f"{names[0]} is not installed, and CI runs every test")
    pytest.skip(f"{names[0]} is not installed")


def of_venv(name: str) -> str:
    """What a package of requirements-dev.txt has brought, or else what the machine has."""
    return need(str(Path(sys.executable).with_name(name)), name)


def npm_packages() -> Path:
    """The folder of what tests/package-lock.json names, installed by npm when that file has changed."""
    folder = Path(__file__).parent
    npm = need("npm")
    wanted, installed = folder / "package-lock.json", folder / "node_modules" / ".package-lock.json"
    with alone(wanted):
        if not installed.exists() or installed.stat().st_mtime < wanted.stat().st_mtime:
            subprocess.run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder, check=True)
    return folder / "node_modules"


@contextmanager
def alone(file: Path) -> Iterator[None]:
    """Of all processes that want to do something with this file, one at a time."""
    with file.open() as opened:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield
