"""A short run of `python3 dev.py chaos`: everything is killed and restarted under load, and nothing is lost."""

from __future__ import annotations

from tests.faults.attacking import attacked
from tests.programs import CHROMIUM, REDIS, need


def test_nothing_is_lost_doubled_or_paid_twice_under_attack() -> None:
    need(*REDIS)
    need("initdb")
    counted, done = attacked("bench.chaos", "--interviews", "15", "--seconds", "40")
    assert counted["kills"] > 0 and counted["interviews"] > 0, "nothing was attacked: proves nothing"
    zeros = {name: counted[name] for name in ("lost", "duplicate_results", "paid_twice", "reconcile")}
    assert zeros == dict.fromkeys(zeros, 0), done.stdout


def test_no_answer_is_lost_while_tabs_browsers_lines_and_the_server_die_under_its_recording() -> None:
    need(*CHROMIUM)
    counted, done = attacked("bench.recording", "--answers", "6", "--seconds", "90", "--lanes", "3")
    assert counted["recordings"] > counted["answers"] > 0, "nothing was killed in mid-answer: proves nothing"
    assert (counted["lost"], counted["digest_mismatch"]) == (0, 0), done.stdout
