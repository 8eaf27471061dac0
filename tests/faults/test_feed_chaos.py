"""A short run of `python3 dev.py chaos --feed`: what brings news is killed and cut off, and no page misses any."""

from __future__ import annotations

from tests.faults.attacking import attacked
from tests.programs import REDIS, need


def test_every_page_shows_every_change_once_under_attack() -> None:
    need(*REDIS)
    need("initdb")
    counted, done = attacked("bench.chaos", "--feed", "--clients", "20", "--seconds", "30")
    faults = ("kills", "stops", "flushes", "redis_restarts", "pubsub_kills", "nudges_swallowed")
    assert all(counted.get(fault, 0) > 0 for fault in faults), f"not all was attacked: {counted}"
    assert counted.get("drops", 0) + counted.get("reloads", 0) > 0, f"no page ever left: {counted}"
    assert counted["shown"] > 0, "nothing was to be seen: proves nothing"
    zeros = {name: counted[name] for name in ("missed", "duplicates_applied", "went_back")}
    assert zeros == dict.fromkeys(zeros, 0), done.stdout
    assert counted["heal_max_s"] > 0, "no page had anything to make up for: proves nothing"
