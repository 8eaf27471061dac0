"""One browser that records answer after answer, and what happens to each."""

from __future__ import annotations

import random
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from playwright.sync_api import Error, Playwright

from tests.e2e.browsers import ChromiumProcess, crash
from tests.e2e.line import Line
from tests.e2e.recording_applicant import RecordingApplicant
from tests.e2e.witness import Verdict, Witness
from tests.processes import Site

FAULTS = ("none", "tab", "browser", "cut", "slow", "lossy")
WEIGHTS = (1, 3, 2, 2, 1, 2)
OPENS_WITHIN_SECONDS = 60.0
SAVED_WITHIN_MS = 90_000


@dataclass(frozen=True, slots=True)
class Answer:
    interview: str
    fault: str
    verdicts: tuple[Verdict, ...]
    saved: bool
    problem: str = ""

    @property
    def is_whole(self) -> bool:
        """The last recording ended with the answer: nothing of it may be missing."""
        return self.saved and bool(self.verdicts) and self.verdicts[-1].has_all_slices

    @property
    def mismatches(self) -> int:
        return sum(not verdict.matches for verdict in self.verdicts)

    @property
    def media_lost_s(self) -> float:
        return sum(verdict.lost_seconds for verdict in self.verdicts)

    @property
    def recorded_s(self) -> float:
        return sum(verdict.recorded_seconds for verdict in self.verdicts)

    @property
    def recordings(self) -> int:
        return len(self.verdicts)

    @property
    def line(self) -> str:
        how = "saved" if self.is_whole else f"NOT SAVED {self.problem}"
        return (
            f"{self.interview[:8]} {self.fault:8} {self.recorded_s:5.1f} s in {self.recordings}, "
            f"lost {self.media_lost_s:4.2f} s, {how}"
        )


class Lane:
    def __init__(
        self, playwright: Playwright, folder: Path, seed: int, site: Site, camera: Path, microphone: Path
    ) -> None:
        self.site = site
        self._rng = random.Random(seed)
        self._witness = Witness()
        self._line = Line(site.port, seed)
        self._browser = ChromiumProcess(playwright, folder, camera, microphone)
        self._stack = ExitStack()
        self._applicant: RecordingApplicant | None = None
        self._link = ""
        self._fault = ""
        self._known: set[str] = set()

    def __enter__(self) -> Self:
        self._stack.enter_context(self._line)
        self._stack.enter_context(self._browser)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def kill(self) -> None:
        self._browser.kill()

    def sit_down(self, link: str) -> None:
        """A new applicant, at this browser."""
        self._link = link
        self._known = set(self._witness.recordings)
        self._to_check()
        self._here.check_devices()

    def answer(self) -> Answer:
        """To the next question, with one fault. Raises playwright's Error where the page does not let one go on."""
        rng = self._rng
        self._fault = rng.choices(FAULTS, WEIGHTS)[0]
        self._known = set(self._witness.recordings)
        self._here.show_question()
        self._here.press("start")
        self._here.in_phase("recording")
        self._wait(rng.uniform(1, 4))
        if self._fault in ("tab", "browser"):
            self._kill()
            self._wait(rng.uniform(1, 2.5))
        elif self._fault == "cut":
            self._line.cut()
        elif self._fault == "slow":
            self._line.bits_per_second = 64_000
        elif self._fault == "lossy":
            self._line.loss = 0.1
        self._wait(rng.uniform(0.5, 2))
        self._here.press("stop")
        self._wait(rng.uniform(0, 1))
        self._line.mend()
        self._here.wholly_saved(SAVED_WITHIN_MS)
        answer = self._told(saved=True)
        self._here.press("keep")
        return answer

    def gave_up(self, why: str) -> Answer:
        """The page did not let the applicant go on: what there is, and a new browser for the next one."""
        self._line.mend()
        if self._applicant is not None:
            with suppress(Error):
                why = f"{why}: {' '.join(self._applicant.page.locator('main').inner_text(timeout=2000).split())[:300]}"
        self._browser.kill()
        self._witness.killed(time.time())
        self._applicant = None
        return self._told(saved=False, problem=why)

    @property
    def _here(self) -> RecordingApplicant:
        if self._applicant is None:
            raise RuntimeError("nobody sits here")
        return self._applicant

    def _kill(self) -> None:
        if self._rng.random() < 0.5:
            # What was recorded last is on the device alone then.
            self._line.cut()
            self._wait(self._rng.uniform(0, 2))
        if self._fault == "tab":
            crash(self._here.page)
        else:
            self._browser.kill()
            self._applicant = None
        self._witness.killed(time.time())
        self._line.mend()
        self._to_check()
        self._here.check_devices()
        self._here.show_question()
        self._here.continue_or_start(SAVED_WITHIN_MS)
        self._here.in_phase("recording")

    def _to_check(self) -> None:
        """Opens the link, again and again while the server is away, as people do."""
        until = time.monotonic() + OPENS_WITHIN_SECONDS
        while True:
            try:
                if self._applicant is None:
                    context = self._browser.start()
                    self._witness.watch(context)
                else:
                    context = self._applicant.context
                self._applicant = RecordingApplicant(context, self._line.address, self._link)
                self._applicant.open()
                return
            except (Error, AssertionError):
                if time.monotonic() > until:
                    raise
                time.sleep(0.5)

    def _wait(self, seconds: float) -> None:
        self._here.page.wait_for_timeout(1000 * seconds)

    def _told(self, saved: bool, problem: str = "") -> Answer:
        interview = self._link.split("/")[2]
        segments = [path for path in (self.site.folder / "media" / "takes" / interview).rglob("*") if path.is_file()]
        recordings = [it for key, it in self._witness.recordings.items() if key not in self._known]
        verdicts = [self._witness.verdict(it, segments) for it in sorted(recordings, key=lambda it: it.started_at)]
        return Answer(interview, self._fault, tuple(verdicts), saved, problem)
