"""Kill, flush and restart everything under load, and count what was lost.

    python3 dev.py chaos [--seed N] [--interviews 500] [--seconds 300]
    python3 dev.py chaos --feed [--seed N] [--clients 200] [--seconds 80]   open pages; see chaos_parts/feed.py

Starts a Redis, a PostgreSQL, two web processes, three workers and stand-ins for both providers; processes are forked
from one that has the imports, or half of the machine would read programs again after each kill. Applicants take
part over HTTP while an adversary kills workers (SIGKILL, SIGTERM) and web processes (SIGKILL), flushes and restarts
Redis, restarts PostgreSQL and upsets the providers, in an order that the seed decides. It stops after two thirds of
the time; then the run waits until all is settled, counts, and prints one line of JSON last. Exit status 1 where a count
that must be 0 is not, where an interview did not get through, or where rescue_p95_s is above 35.

- kills: signals to workers and web processes. flushes, redis_restarts, db_restarts: what they say.
- lost: submitted interviews without a complete result (every answer transcribed and assessed on every criterion, the
  interview scored), and acknowledged takes whose bytes on disk differ from the acknowledged digest.
- duplicate_results: subjects with more than one result, transcript or assessment of a criterion; interviews with
  more than one "scored" event, and answers with more than one "transcribed" or "assessed".
- paid_twice: transcriptions that were asked for although the ledger held a usable reply, or that it holds twice;
  answers whose assessment is complete in more than one reply in the ledger.
- reconcile: interviews/queries/operations.py; 0 where nothing has a loose end.
- rescue: seconds from the moment at which a worker with a job in hand got SIGKILL, until the job was claimed again.
- requests_repeated: requests that a provider had answered in full before. A worker that is killed while it waits, or
  between the reply's arrival and its keeping, has to ask again; the provider counts both.
- spared: times at which a worker was not killed outright because it held a job that had lost two workers already; a
  third loss parks a job by design.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import shutil
import signal
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from threading import Thread
from typing import Any

import psycopg

from bench.chaos_parts import feed
from bench.chaos_parts.adversary import ON_JOBS, Adversary
from bench.chaos_parts.applicants import Applicants
from bench.chaos_parts.providers import MoodyDeepgram, MoodyGemini
from bench.chaos_parts.site import Site

MUST_BE_ZERO = ("lost", "duplicate_results", "paid_twice", "reconcile")
RESCUE_P95_SECONDS = 35
LEASE_AND_SWEEP_SECONDS = 45
SETTLES_WITHIN_SECONDS = 150
UNDER_WAY = """
SELECT (SELECT count(*) FROM interviews_interview WHERE state = 'submitted'),
       (SELECT count(*) FROM interviews_interview WHERE state = 'scored'),
       (SELECT count(*) FROM interviews_job WHERE state IN ('queued', 'running'))
"""


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="dev.py chaos", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--feed", action="store_true", help="attack what brings news to open pages")
    parser.add_argument("--interviews", type=int, default=500)
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--seconds", type=int)
    parser.add_argument("--keep", action="store_true", help="keep the logs of a good run too")
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped by SIGTERM"))  # so that what was started is stopped too
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)
    print(f"seed {chosen.seed}")
    folder = Path(tempfile.mkdtemp(prefix="greenroom-chaos-"))
    try:
        if chosen.feed:
            figures = feed.run(folder, chosen.seed, chosen.clients, chosen.seconds or 80)
            good = feed.is_good(figures)
        else:
            figures = run(folder, chosen.seed, chosen.interviews, chosen.seconds or 300)
            good = is_good(figures, chosen.interviews)
    except BaseException:
        print(f"The logs are in {folder}")
        raise
    if good and not chosen.keep:
        shutil.rmtree(folder, ignore_errors=True)
    else:
        print(f"The logs are in {folder}")
    print(json.dumps(figures))
    return 0 if good else 1


def run(folder: Path, seed: int, interviews: int, seconds: int) -> dict[str, Any]:
    began = time.monotonic()
    with ExitStack() as stack:
        deepgram = stack.enter_context(MoodyDeepgram(seed))
        gemini = stack.enter_context(MoodyGemini(seed))
        providers = {
            "DEEPGRAM_API_KEY": "made-up",
            "DEEPGRAM_BASE_URL": deepgram.base_url,
            "GEMINI_API_KEY": "made-up",
            "GEMINI_BASE_URL": gemini.base_url,
        }
        site = stack.enter_context(Site(folder, providers))
        seeded = site.rows("seed", str(interviews))
        site.start()
        window = max(seconds * 0.25, min(seconds * 0.67, seconds - LEASE_AND_SWEEP_SECONDS))
        print(f"ready after {time.monotonic() - began:.1f} s; the adversary has {window:.0f} s")
        adversary = Adversary(site, ON_JOBS, seed, window, [deepgram.temper, gemini.temper])
        stack.callback(adversary.stop)
        applicants = Applicants(site.ports, seeded["invitations"], seeded["questions"], window * 0.95)
        stack.callback(applicants.over.set)
        attack = Thread(target=adversary.run, daemon=True)
        driving = time.monotonic()
        applicants.start()
        attack.start()
        while attack.is_alive() or not applicants.is_done:
            attack.join(1)
            time.sleep(1)
            tell(site, driving, adversary)
            if adversary.faults:
                raise adversary.faults[0]
            if time.monotonic() - driving > seconds + SETTLES_WITHIN_SECONDS:
                break
        driven = time.monotonic() - driving
        settle(site, driving, adversary)
        told = applicants.told
        for problem in told.problems:
            print(f"did not get through: {problem}")
        known = folder / "known.json"
        kills = [[kill.process, kill.at] for kill in adversary.kills if kill.hard]
        known.write_text(json.dumps({**asdict(told), "kills": kills, "arrivals": deepgram.temper.arrivals}))
        counted = site.rows("count", str(known))
        for detail in counted.pop("details"):
            print(f"to look into: {detail}")
        return {
            "chaos": "jobs",
            "seed": seed,
            "interviews": len(told.submitted),
            "kills": len(adversary.kills),
            "flushes": adversary.done["flush"],
            "redis_restarts": adversary.done["restart redis"],
            "db_restarts": adversary.done["restart database"],
            **counted,
            "spared": adversary.spared,
            "requests": sum(map(len, (deepgram.requests, gemini.requests))),
            "requests_repeated": deepgram.temper.repeated + gemini.temper.repeated,
            "http_retries": told.retries,
            "driven_s": round(driven, 1),
            "wall_s": round(time.monotonic() - began, 1),
        }


def settle(site: Site, driving: float, adversary: Adversary) -> None:
    """Waits until nothing is under way."""
    until = time.monotonic() + SETTLES_WITHIN_SECONDS
    while time.monotonic() < until:
        submitted, _scored, under_way = tell(site, driving, adversary) or (1, 0, 1)
        if not submitted and not under_way:
            return
        time.sleep(1)


def tell(site: Site, driving: float, adversary: Adversary) -> tuple[int, int, int] | None:
    try:
        [(submitted, scored, under_way)] = site.asked(UNDER_WAY)
    except psycopg.OperationalError:
        return None
    print(
        f"{time.monotonic() - driving:5.0f} s: {submitted} submitted, {scored} scored, {under_way} jobs open; "
        f"{len(adversary.kills)} kills"
    )
    return submitted, scored, under_way


def is_good(figures: dict[str, Any], interviews: int) -> bool:
    return (
        figures["interviews"] == interviews
        and not any(figures[name] for name in MUST_BE_ZERO)
        and figures["rescue_p95_s"] <= RESCUE_P95_SECONDS
    )


if __name__ == "__main__":
    sys.exit(main())
