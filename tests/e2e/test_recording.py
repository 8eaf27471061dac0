"""A browser or a connection that dies in mid-answer costs no more than a moment. More faults: bench/recording.py."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median

import pytest
from playwright.sync_api import Playwright, expect

from tests.e2e.browsers import ChromiumProcess
from tests.e2e.camera import keyframes, write_camera
from tests.e2e.conftest import Invitations
from tests.e2e.line import Line
from tests.e2e.recording_applicant import RecordingApplicant
from tests.e2e.witness import Verdict, Witness
from tests.processes import Site

MOST_LOST_SECONDS = 4.0
"""One slice of two seconds, and what the encoder and the disk hold back."""


@dataclass
class Scene:
    site: Site
    line: Line
    link: str
    browser: ChromiumProcess
    witness: Witness

    def applicant(self) -> RecordingApplicant:
        """In the browser as it is now: started, or started again."""
        context = self.browser.start()
        self.witness.watch(context)
        return RecordingApplicant(context, self.line.address, self.link)

    def verdicts(self) -> list[Verdict]:
        """Of each recording, in the order in which they began."""
        recordings = sorted(self.witness.recordings.values(), key=lambda it: it.started_at)
        return [self.witness.verdict(it, self.files()) for it in recordings if it.slices]

    def files(self) -> list[Path]:
        """The segments that the server has."""
        interview = self.link.split("/")[2]
        return [path for path in (self.site.folder / "media" / "takes" / interview).rglob("*") if path.is_file()]


@pytest.fixture(scope="session")
def camera(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("camera") / "counter.y4m"
    write_camera(path)
    return path


@pytest.fixture
def scene(
    playwright: Playwright, tmp_path: Path, camera: Path, spoken: Path, invitations: Invitations
) -> Iterator[Scene]:
    site, links = invitations.site, invitations.links
    with Line(site.port) as line, ChromiumProcess(playwright, tmp_path / "profile", camera, spoken) as browser:
        yield Scene(site, line, links.pop(), browser, Witness())


def go_on(applicant: RecordingApplicant) -> None:
    """After the page was lost: continues the answer that was cut short."""
    applicant.open()
    expect(applicant.page.locator("#resume-words")).to_contain_text("cut short")
    applicant.check_devices()
    expect(applicant.page.locator("#pause-next")).to_contain_text("cut short")
    applicant.show_question()
    expect(applicant.question.locator("[data-resume-words]")).to_contain_text(
        re.compile(r"Your answer up to 0:[0-5]\d is safe")
    )
    applicant.press("continue")
    applicant.in_phase("recording")


def whole(verdict: Verdict) -> None:
    assert verdict.matches
    assert verdict.has_all_slices
    assert verdict.lost_seconds <= MOST_LOST_SECONDS


def test_a_browser_that_is_killed_in_mid_answer_costs_a_moment_and_the_answer_goes_on(scene: Scene) -> None:
    applicant = scene.applicant()
    applicant.open()
    applicant.begin()
    applicant.saved_up_to(4)
    scene.line.cut()  # so that the newest slices are on this device alone
    applicant.page.wait_for_timeout(3000)
    killed_at = time.time()  # it may take a while to end all its processes
    scene.browser.kill()
    scene.witness.killed(killed_at)
    scene.line.mend()

    again = scene.applicant()
    go_on(again)
    again.saved_up_to(9)
    again.press("stop")
    again.wholly_saved()
    again.nothing_kept()

    before, after = scene.verdicts()
    assert before.matches
    assert before.lost_seconds <= MOST_LOST_SECONDS
    whole(after)


def test_a_page_that_goes_after_the_end_of_an_answer_loses_nothing_of_it(scene: Scene) -> None:
    applicant = scene.applicant()
    applicant.open()
    applicant.begin()
    applicant.saved_up_to(2)
    scene.line.cut()
    applicant.page.wait_for_timeout(3000)
    applicant.press("stop")
    applicant.all_kept()
    scene.browser.kill()
    scene.line.mend()

    again = scene.applicant()
    again.open()
    expect(again.page.locator("#resume-words")).to_contain_text("1 of 3 answers are saved")
    [verdict] = scene.verdicts()
    whole(verdict)
    [recording] = scene.files()
    found = keyframes(recording)
    assert len(found) > 3, "a reviewer who clicks on a word waits for what was recorded since the last of these"
    assert median(later - sooner for sooner, later in pairwise(found)) < 2  # one may be late on a busy machine


@pytest.mark.parametrize("trouble", ["cut", "64 kbit/s"])
def test_an_answer_is_recorded_through_trouble_and_saved_afterwards(scene: Scene, trouble: str) -> None:
    applicant = scene.applicant()
    if trouble == "64 kbit/s":
        scene.line.bits_per_second = 64_000
    applicant.open()
    applicant.begin(warned_of="only your voice" if trouble == "64 kbit/s" else "")
    if trouble == "cut":
        applicant.saved_up_to(2)
        scene.line.cut()
        expect(applicant.question.locator("[data-upload]")).to_have_attribute("data-state", "retrying-kept")
    applicant.page.wait_for_timeout(4000)
    applicant.press("stop")
    if trouble == "cut":
        scene.line.mend()
    applicant.wholly_saved()
    [recording] = scene.witness.recordings.values()
    [verdict] = scene.verdicts()
    assert verdict.matches
    assert verdict.has_all_slices
    if trouble == "64 kbit/s":
        assert recording.type.startswith("audio/"), "a picture does not fit through this line"
    else:
        assert verdict.lost_seconds <= MOST_LOST_SECONDS
