"""A short run of `python3 dev.py chaos`, as a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from tests.processes import ROOT


def attacked(*arguments: str) -> tuple[dict[str, Any], subprocess.CompletedProcess[str]]:
    """The figures that it counted, and all that it said."""
    done = subprocess.run(
        [sys.executable, "-m", *arguments, "--seed", "1"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip(), done.stderr
    return json.loads(done.stdout.strip().splitlines()[-1]), done
