"""Kill tabs, browsers and the server while answers are recorded over a bad line, and count what was lost.

    python3 dev.py chaos --recording [--seed N] [--answers 100] [--seconds 450] [--lanes 4]

Some Chromiums with made-up cameras, each a process with a profile of its own, record answers of a few seconds side by
side. Each answer meets a fault that the seed chooses: its tab crashes, its browser is killed, its line is cut, carries
64 kbit/s, or loses and stalls; and every 20 s the server is killed (SIGKILL) under all of them. The run ends when all
answers are saved or the time is over, and prints one line of JSON last. Exit status 1 where a count that must be 0 is
not, where fewer answers were saved than asked for, or where media_lost_p95_s is above 2.5.

- answers: that the server has stored as such.
- lost: answers that were begun and are not stored, or whose recordings the server has without their last slices.
- media_lost_s: of one answer, the seconds between each recording's start and its stop (or the kill that ended it) in
  which no picture of the camera's is in what the server has, by the counter on the pictures. It includes what the
  camera takes to deliver its first.
- digest_mismatch: recordings whose bytes on the server are not the slices that the browser's recorder gave, in their
  order, by SHA-256 of each as an observer in the page took it; and takes whose stored SHA-256 is not their files'.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import random
import shutil
import signal
import sqlite3
import statistics
import sys
import tempfile
import threading
import time
import wave
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from playwright.sync_api import Error, sync_playwright

from bench.recording_parts.lane import Answer, Lane
from tests.e2e.camera import write_camera
from tests.fakes.deepgram import FakeDeepgram
from tests.invited import invite
from tests.processes import Site

QUESTIONS = 3
SERVER_LIVES_SECONDS = 20.0
MEDIA_LOST_P95_SECONDS = 2.5
MUST_BE_ZERO = ("lost", "digest_mismatch")


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="dev.py chaos --recording", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--recording", action="store_true", help="this one, not the attack on the jobs")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--answers", type=int, default=100)
    parser.add_argument("--seconds", type=int, default=450, help="no answer is begun after that")
    parser.add_argument("--lanes", type=int, default=4, help="browsers at once")
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped by SIGTERM"))  # so that what was started is stopped too
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)
    print(f"seed {chosen.seed}")
    folder = Path(tempfile.mkdtemp(prefix="greenroom-recording-"))
    figures = run(folder, chosen.seed, chosen.answers, chosen.seconds, chosen.lanes)
    good = (
        figures["answers"] >= chosen.answers
        and not any(figures[name] for name in MUST_BE_ZERO)
        and figures["media_lost_p95_s"] <= MEDIA_LOST_P95_SECONDS
    )
    if good:
        shutil.rmtree(folder, ignore_errors=True)
    else:
        print(f"The logs and recordings are in {folder}")
    print(json.dumps(figures))
    return 0 if good else 1


def run(folder: Path, seed: int, wanted: int, seconds: float, lanes: int) -> dict[str, Any]:
    began = time.monotonic()
    camera, microphone = folder / "camera.y4m", folder / "tone.wav"
    write_camera(camera)
    write_noise(microphone)
    with ExitStack() as stack:
        deepgram = stack.enter_context(FakeDeepgram())
        settings = {"DEEPGRAM_API_KEY": "made-up", "DEEPGRAM_BASE_URL": deepgram.base_url}
        site = stack.enter_context(Site(folder / "site", **settings))
        links = invite(site, -(-wanted // QUESTIONS) + lanes)
        over = threading.Event()
        stack.callback(over.set)
        work = Work(links, wanted, time.monotonic() + seconds)
        kills: list[float] = []
        killer = threading.Thread(target=kill_server, args=(site, over, kills), daemon=True)
        threads = [
            threading.Thread(
                target=drive, args=(folder / f"lane-{number}", seed + number, site, camera, microphone, work)
            )
            for number in range(lanes)
        ]
        for thread in (*threads, killer):
            thread.start()
        stack.callback(work.stop)
        for thread in threads:
            thread.join()
        over.set()
        killer.join()
        site.server.stop(signal.SIGKILL)  # nothing that it might still do counts
        answers = work.done
        stored, differing = look(site.folder, [answer.interview for answer in answers])
    lost_seconds = [answer.media_lost_s for answer in answers if answer.saved]
    return {
        "chaos": "recording",
        "seed": seed,
        "answers": stored,
        "lost": sum(not answer.is_whole for answer in answers) + max(0, sum(a.saved for a in answers) - stored),
        "media_lost_p95_s": round(percentile(lost_seconds, 0.95), 2),
        "media_lost_p50_s": round(percentile(lost_seconds, 0.5), 2),
        "media_lost_max_s": round(max(lost_seconds, default=0), 2),
        "digest_mismatch": differing + sum(answer.mismatches for answer in answers),
        "faults": dict(Counter(answer.fault for answer in answers)),
        "recordings": sum(answer.recordings for answer in answers),
        "server_kills": len(kills),
        "recorded_s": round(sum(answer.recorded_s for answer in answers)),
        "wall_s": round(time.monotonic() - began, 1),
    }


class Work:
    """What there is to do, shared by the lanes."""

    def __init__(self, links: list[str], wanted: int, until: float) -> None:
        self.done: list[Answer] = []
        self._links, self._left, self._until = links, wanted, until
        self._lock = threading.Lock()
        self.lanes: list[Lane] = []

    def stop(self) -> None:
        """Where the run is broken off: no browser stays behind."""
        self._left = 0
        for lane in self.lanes:
            lane.kill()

    def next_link(self) -> str | None:
        with self._lock:
            return self._links.pop() if self._links and self._left > 0 and time.monotonic() < self._until else None

    def may_begin(self) -> bool:
        """One more answer; it counts as begun."""
        with self._lock:
            self._left -= 1
            return self._left >= 0 and time.monotonic() < self._until

    def told(self, answer: Answer) -> None:
        with self._lock:
            self.done.append(answer)
        print(answer.line)


def drive(folder: Path, seed: int, site: Site, camera: Path, microphone: Path, work: Work) -> None:
    with sync_playwright() as playwright, Lane(playwright, folder, seed, site, camera, microphone) as lane:
        work.lanes.append(lane)
        while (link := work.next_link()) is not None:
            try:
                lane.sit_down(link)
                for _ in range(QUESTIONS):
                    if not work.may_begin():
                        return
                    work.told(lane.answer())
            except (Error, AssertionError, TimeoutError) as error:
                work.told(lane.gave_up(str(error).splitlines()[0]))


def kill_server(site: Site, over: threading.Event, kills: list[float]) -> None:
    while not over.wait(SERVER_LIVES_SECONDS):
        kills.append(time.time())
        site.restart(signal.SIGKILL)


def look(folder: Path, interviews: list[str]) -> tuple[int, int]:
    """How many answers are stored, and how many of their takes' digests are not their files'."""
    with sqlite3.connect(f"file:{folder / 'greenroom.sqlite3'}?mode=ro", uri=True) as database:
        rows = database.execute(
            "SELECT take.interview_id, take.id, take.sha256, segment.id FROM interviews_answer answer"
            " JOIN interviews_take take ON take.id = answer.take_id"
            " JOIN interviews_segment segment ON segment.take_id = take.id ORDER BY take.id, segment.number"
        ).fetchall()
    wanted = {interview.replace("-", "") for interview in interviews}
    takes: dict[tuple[str, str, str], list[str]] = {}
    for interview, take, sha256, segment in rows:
        if interview in wanted:
            takes.setdefault((interview, take, sha256), []).append(segment)
    differing = 0
    for (interview, take, sha256), segments in takes.items():
        digest = hashlib.sha256()
        for segment in segments:
            digest.update(
                (folder / "media" / "takes" / dashed(interview) / dashed(take) / dashed(segment)).read_bytes()
            )
        differing += digest.hexdigest() != sha256
    return len(takes), differing


def dashed(identifier: str) -> str:
    return "-".join((identifier[:8], identifier[8:12], identifier[12:16], identifier[16:20], identifier[20:]))


def write_noise(path: Path) -> None:
    """What the made-up microphones hear: ten seconds of noise, as loud as speech."""
    rng = random.Random(0)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48000)
        file.writeframes(
            b"".join(rng.randrange(-3000, 3000).to_bytes(2, "little", signed=True) for _ in range(480_000))
        )


def percentile(values: list[float], share: float) -> float:
    if len(values) < 2:
        return max(values, default=0.0)
    return statistics.quantiles(values, n=100, method="inclusive")[round(100 * share) - 1]


if __name__ == "__main__":
    sys.exit(main())
