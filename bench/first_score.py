"""From pressing Submit to the first score on an open page, to the last, and beside it waiting for the whole response.

    python3 dev.py bench first-score [--seconds 60] [--answers 5]

A site as `dev.py run` starts it, with a Gemini of our own that takes its time, spread over its answers as a model
writes them. The submit is a posted form, the page a socket that follows what a review page follows, and a score is
there when the frame with its level has been read. `whole_s` is the same for a Gemini that sends all it has written at
the end of the same time.
"""

from __future__ import annotations

import argparse
import asyncio
import html
import json
import re
import tempfile
import time
import urllib.request
from pathlib import Path

from websockets.sync.client import connect
from websockets.sync.connection import Connection
from websockets.typing import Origin

from bench.submit import submit
from tests.fakes.gemini import FakeGemini
from tests.processes import Site, run

SCORED = re.compile(r'<template data-replace="(assessment-[\w-]+)">.*?</template>', re.DOTALL)


def main() -> None:
    parser = argparse.ArgumentParser(prog="dev.py bench first-score", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="how long the analysis takes")
    parser.add_argument("--answers", type=int, default=5)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        FakeGemini(analysis_seconds=options.seconds) as gemini,
    ):
        site = Site(Path(folder), GEMINI_API_KEY="made-up", GEMINI_BASE_URL=gemini.base_url, LOG_LEVEL="WARNING")
        site.prepare()
        rows = ("-m", "tests.with_django", "bench.bare.rows", "scores", "2", str(options.answers))
        made = json.loads(run(site.environment, *rows))
        site.start()
        try:
            streamed, at_once = made["interviews"]
            first, last = arrivals(site, streamed, made["watcher"], options)
            gemini.in_one_piece = True
            whole, _ = arrivals(site, at_once, made["watcher"], options)
        finally:
            site.server.stop()
    print(f"first score {first:.1f} s, last {last:.1f} s; with the whole response first {whole:.1f} s after the submit")
    figures = {"first_s": round(first, 2), "last_s": round(last, 2), "whole_s": round(whole, 2)}
    print(json.dumps({"bench": "first-score", "answers": options.answers, **figures}))


def arrivals(site: Site, submitted: list[str], watcher: str, options: argparse.Namespace) -> tuple[float, float]:
    """Seconds from the submit until the first and the last answer has its levels on the page.

    `submitted`: the interview and its applicant's session.
    """
    interview, applicant = submitted
    scored: dict[str, float] = {}
    with opened(site, interview, watcher) as page:
        began = time.perf_counter()
        asyncio.run(submit(site.port, interview, applicant))
        while len(scored) < options.answers:
            frame = json.loads(page.recv(options.seconds + 60))
            for found in SCORED.finditer(frame.get("html", "")):
                if 'data-state="assessed"' in found[0]:
                    scored.setdefault(found[1], time.perf_counter() - began)
    return min(scored.values()), max(scored.values())


def opened(site: Site, interview: str, session: str) -> Connection:
    """What the review page follows, from where it stands."""
    cookie = {"Cookie": f"sessionid={session}"}
    address = f"{site.address}/hr-dashboard/results/{interview}/review/"
    with urllib.request.urlopen(urllib.request.Request(address, headers=cookie), timeout=30) as reply:
        found = re.search(r'data-topics="([^"]*)" data-after="(\d+)"', reply.read().decode())
    if found is None:
        raise RuntimeError("the review page has no place in the feed")
    page = connect(f"ws://127.0.0.1:{site.port}/ws/feed/", additional_headers=cookie, origin=Origin(site.address))
    page.send(json.dumps({"topics": json.loads(html.unescape(found[1])), "after": int(found[2])}))
    return page


if __name__ == "__main__":
    main()
