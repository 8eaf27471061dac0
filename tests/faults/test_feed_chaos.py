"""A short run of `python3 dev.py chaos --feed`: what brings news is killed and cut off, and no page misses any."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.processes import ROOT
from tests.programs import REDIS, need


@pytest.mark.timeout(300)
def test_every_page_shows_every_change_once_under_attack() -> None:
    need(*REDIS)
    need("initdb")
    done = subprocess.run(
        [sys.executable, "-m", "bench.chaos", "--feed", "--clients", "20", "--seconds", "15", "--seed", "1"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip(), done.stderr
    counted = json.loads(done.stdout.strip().splitlines()[-1])
    faults = ("kills", "stops", "flushes", "redis_restarts", "pubsub_kills", "nudges_swallowed", "drops", "reloads")
    assert all(counted.get(fault, 0) > 0 for fault in faults), f"not all was attacked: {counted}"
    assert counted["shown"] > 0, "nothing was to be seen: proves nothing"
    zeros = {name: counted[name] for name in ("missed", "duplicates_applied", "went_back")}
    assert zeros == dict.fromkeys(zeros, 0), done.stdout
    assert counted["heal_max_s"] <= 10, done.stdout
