"""`python3 dev.py chaos --feed`: open pages, while everything that brings them news is attacked.

Two web processes, a Redis and a PostgreSQL. Pages of results follow one position or two; most hang up every few seconds
and come back with their number, some sleep for long, some stay. Something happens ten times a second: links, withdrawn
invitations, consents, new interviews, and now and then a change of who may see a position. Meanwhile web processes are
killed (SIGKILL) and stopped (SIGTERM), Redis is flushed and restarted and its listeners are cut off, and a fifth of all
nudges is swallowed on the wire. At the end every page is compared with itself fetched anew.

- missed: changes that a page which followed the position never showed, rows in which a page differs at the end from the
  same page fetched anew, and pages that were turned away. went_back: rows that showed an older state after a newer one.
  out_of_order: pages whose rows stand in another order at the end than on the page fetched anew.
- duplicates_applied: frames whose changes the page had been given before.
- heal: seconds from a change's commit until a page showed it; for a page without a line, from its return, which is the
  call that was answered.
- kills, stops: SIGKILL and SIGTERM to web processes. The other faults: what they say.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
import time
from collections import Counter
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

from bench.chaos_parts.adversary import ON_THE_FEED, Adversary
from bench.chaos_parts.pages import Log, Page, fetch
from bench.chaos_parts.site import Site
from bench.chaos_parts.swallower import Swallower
from tests.processes import ROOT, wait_until

HAPPENS_PER_SECOND = 10
SWALLOWED_SHARE = 0.2
SETTLES_WITHIN_SECONDS = 30.0
HEALS_WITHIN_SECONDS = 10.0


def run(folder: Path, seed: int, clients: int, seconds: int) -> dict[str, Any]:
    began = time.monotonic()
    with ExitStack() as stack:
        site = stack.enter_context(Site(folder, {}, workers=0))
        sessions = json.loads(site.run("-m", "tests.with_django", "bench.chaos_parts.happenings", "seed", str(clients)))
        site.start()
        adversary = Adversary(site, ON_THE_FEED, seed, seconds)
        stack.callback(adversary.stop)
        figures = asyncio.run(attacked(site, adversary, sessions, seed))
    return {"chaos": "feed", "seed": seed, "clients": clients, **figures, "wall_s": round(time.monotonic() - began, 1)}


def is_good(figures: dict[str, Any]) -> bool:
    zeros = ("missed", "duplicates_applied", "went_back", "out_of_order")
    return not any(figures[name] for name in zeros) and 0 < figures["heal_max_s"] <= HEALS_WITHIN_SECONDS


async def attacked(site: Site, adversary: Adversary, sessions: list[str], seed: int) -> dict[str, Any]:
    rng = random.Random(seed)
    swallower = Swallower(site.redis.port, SWALLOWED_SHARE, rng)
    log = (site.folder / "happenings.log").open("wb")
    happenings = await asyncio.create_subprocess_exec(
        *(
            sys.executable,
            "-m",
            "tests.with_django",
            "bench.chaos_parts.happenings",
            "go",
            str(seed),
            str(HAPPENS_PER_SECOND),
        ),
        env={**os.environ, **site.environment, "REDIS_URL": await swallower.start()},
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=log,
    )
    log.close()
    assert happenings.stdin is not None and happenings.stdout is not None  # noqa: S101 - pipes
    pages = [
        Page(session, site.ports, random.Random(f"{seed} {number}"), stays=number % 4 == 0, sleeps=number % 10 == 1)
        for number, session in enumerate(sessions)
    ]
    await asyncio.gather(*(page.open() for page in pages))
    living = [asyncio.create_task(page.live()) for page in pages]
    events: list[dict[str, Any]] = []
    hearing = asyncio.create_task(_hear(happenings.stdout, events))
    try:
        await asyncio.to_thread(adversary.run)
        if adversary.faults:
            raise adversary.faults[0]
        happenings.stdin.close()
        await happenings.wait()
        await hearing
        print(f"{len(events)} changes; the pages have {SETTLES_WITHIN_SECONDS:.0f} s to settle")
        await asyncio.to_thread(
            wait_until, lambda: all(web.is_ready for web in site.webs), "web processes are up again"
        )
        for page in pages:
            page.is_calm.set()
        differing = await _settled(site, pages)
    finally:
        for task in (*living, hearing):
            task.cancel()
        swallower.stop()
        if happenings.returncode is None:
            happenings.kill()
    return _figures(adversary, swallower, pages, events, differing)


async def _hear(stream: asyncio.StreamReader, events: list[dict[str, Any]]) -> None:
    while line := await stream.readline():
        event = json.loads(line)
        events.append({**event, "shows": datetime.fromisoformat(event["shows"])})


async def _settled(site: Site, pages: list[Page]) -> list[str]:
    """Where pages still differ from themselves fetched anew, when all had time to come back."""
    until = time.monotonic() + SETTLES_WITHIN_SECONDS
    waiting = list(pages)
    differing: list[str] = []
    while waiting:
        differing, still = [], []
        for page in waiting:
            if found := await _differences(site, page):
                differing += found
                still.append(page)
        waiting = still
        if time.monotonic() > until:
            break
        await asyncio.sleep(0.5)
    return differing


async def _differences(site: Site, page: Page) -> list[str]:
    fresh = await asyncio.to_thread(fetch, site.ports[0], page.session)
    if fresh is None:
        raise RuntimeError("a web process is away although nobody attacks")
    found = [key for key in fresh.rows.keys() | page.rows.keys() if fresh.rows.get(key) != page.rows.get(key)]
    page.is_in_order = list(fresh.rows) == list(page.rows)
    if _followed(fresh.topics) != _followed(page.topics):
        found.append("other topics")
    return found


def _followed(topics: frozenset[str]) -> set[str]:
    """Without the names of rows: those of newcomers are told when the page is fetched anew."""
    return {topic for topic in topics if not topic.startswith("listed:")}


def _figures(
    adversary: Adversary, swallower: Swallower, pages: list[Page], events: list[dict[str, Any]], differing: list[str]
) -> dict[str, Any]:
    counts: Counter[str] = Counter()
    healed: list[tuple[float, float]] = []  # and when it was committed
    unseen = refused = 0
    for page in pages:
        counts += page.log.counts
        for event in events:
            seconds = _healed(page.log, event)
            if seconds is None:
                unseen += 1
                print(f"never shown: {event}")
            elif seconds >= 0:
                healed.append((seconds, event["committed_at"]))
        for problem in page.log.problems:
            refused += 1
            print(f"turned away: {problem}")
    for difference in differing[:20]:
        print(f"differs at the end: {difference}")
    for seconds, committed_at in sorted(healed)[-3:]:
        print(f"slowest: {seconds:.1f} s, of {committed_at - adversary.began:.0f} s")
    heals = sorted(seconds for seconds, _committed_at in healed)
    return {
        "missed": unseen + len(differing) + refused,
        "duplicates_applied": counts.pop("duplicates", 0),
        "went_back": counts.pop("went back", 0),
        "out_of_order": sum(not page.is_in_order for page in pages),
        "heal_max_s": round(heals[-1], 2) if heals else 0.0,
        "heal_p50_s": round(heals[len(heals) // 2], 3) if heals else 0.0,
        "heal_p99_s": round(heals[int(len(heals) * 0.99)], 3) if heals else 0.0,
        "changes": len(events),
        "shown": len(heals),
        "kills": sum(kill.hard for kill in adversary.kills),
        "stops": sum(not kill.hard for kill in adversary.kills),
        "flushes": adversary.done["flush"],
        "redis_restarts": adversary.done["restart redis"],
        "pubsub_kills": adversary.done["kill pubsub"],
        "nudges": swallower.passed + swallower.swallowed,
        "nudges_swallowed": swallower.swallowed,
        **{name.replace(" ", "_"): number for name, number in sorted(counts.items())},
    }


NOT_FOLLOWED = -1.0


def _healed(log: Log, event: dict[str, Any]) -> float | None:
    """Seconds; None where it was never shown; NOT_FOLLOWED where the page did not follow it, or did so no longer."""
    committed_at: float = event["committed_at"]
    position = event["position"]
    place = sum(at <= committed_at for at, _topics in log.followed)
    if not place or position not in log.followed[place - 1][1]:
        return NOT_FOLLOWED
    stopped_at = next((at for at, topics in log.followed[place:] if position not in topics), None)
    shown = log.shown.get(event["interview"], [])
    at = next((at for at, changed_at in shown if changed_at >= event["shows"]), None)
    if at is None or (stopped_at is not None and at > stopped_at):
        return None if stopped_at is None else NOT_FOLLOWED
    returned_at = max((back for _lost, back in log.away if back <= at), default=committed_at)
    return max(0.0, at - max(committed_at, returned_at))
