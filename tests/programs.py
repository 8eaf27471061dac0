"""Programs that some tests need besides Python's packages."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

CANDIDATES = {
    "chromium": ("chromium", "chromium-browser", "google-chrome", "chrome"),
    "redis-server": ("redis-server", "valkey-server"),
    "initdb": ("initdb",),
    "postgres": ("postgres",),
    "createdb": ("createdb",),
}
# Debian keeps PostgreSQL's programs out of PATH, one folder a version.
FOLDERS = [
    *sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin")), reverse=True),
    "/Applications/Google Chrome.app/Contents/MacOS",
]


def need(program: str) -> str:
    """Its path. Where it is missing the test is skipped; with CI set, that is a failure."""
    for name in CANDIDATES[program]:
        found = shutil.which(name) or shutil.which(name, path=os.pathsep.join(FOLDERS))
        if found:
            return found
    if os.environ.get("CI"):
        pytest.fail(f"{program} is not installed, and CI runs every test")
    pytest.skip(f"{program} is not installed")
