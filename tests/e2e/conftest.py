from __future__ import annotations

import json
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import pytest
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from interviews.demo.seed import FOLDER, Access
from tests.e2e.browsers import chromium_arguments
from tests.e2e.pages import RESULTS, sign_in, watched
from tests.fakes.deepgram import FakeDeepgram
from tests.fakes.gemini import FakeGemini
from tests.invited import invite
from tests.processes import Site
from tests.programs import CHROMIUM, need

ANALYSIS_SECONDS = 12.0

expect.set_options(timeout=30_000)  # what is right on an idle machine is right on a busy one, only later


@dataclass
class Running:
    site: Site
    demo: Access
    engines: str


@pytest.fixture(params=["local", "fakes"])
def running(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Running]:
    """The product with the demo, with the built-in engines and again with both providers' stand-ins."""
    settings: dict[str, str] = {}
    with FakeDeepgram() as deepgram, FakeGemini(analysis_seconds=ANALYSIS_SECONDS) as gemini:
        if request.param == "fakes":
            settings = {
                "DEEPGRAM_API_KEY": "made-up",
                "DEEPGRAM_BASE_URL": deepgram.base_url,
                "GEMINI_API_KEY": "made-up",
                "GEMINI_BASE_URL": gemini.base_url,
            }
        with Site(tmp_path / "site", **settings) as site:
            demo = Access(**json.loads(site.demo_text))
            yield Running(site, demo, request.param)


@dataclass
class Invitations:
    """A site, and links into it that nobody has opened yet."""

    site: Site
    links: list[str]


@pytest.fixture(scope="session")
def invitations(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Invitations]:
    """Shared by the tests of recording, which need no more of a site than that it takes what they send."""
    with FakeDeepgram() as deepgram:
        settings = {"DEEPGRAM_API_KEY": "made-up", "DEEPGRAM_BASE_URL": deepgram.base_url}
        with Site(tmp_path_factory.mktemp("recording"), **settings) as site:
            yield Invitations(site, invite(site, 40))


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The product with the demo and the built-in engines, shared by tests that leave the demo's own people alone."""
    with Site(tmp_path_factory.mktemp("demo") / "site") as site:
        yield Running(site, Access(**json.loads(site.demo_text)), "local")


@pytest.fixture
def hr_page(chromium: Browser, demo: Running) -> Iterator[Page]:
    for page in watched(chromium):
        sign_in(page, demo.site, "hr", demo.demo.hr_password, RESULTS)
        yield page


@pytest.fixture
def own_demo(tmp_path: Path) -> Iterator[Running]:
    """The same for one test alone, which may review the demo's people."""
    with Site(tmp_path / "site") as site:
        yield Running(site, Access(**json.loads(site.demo_text)), "local")


@pytest.fixture(scope="session")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A WAV file of spoken sentences, as Chromium's fake microphone wants it."""
    path = tmp_path_factory.mktemp("speech") / "spoken.wav"
    resampler = av.AudioResampler(format="s16", layout="mono", rate=48000)
    with av.open(str(FOLDER / "mara-okafor" / "1.webm")) as media, wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48000)
        for frame in media.decode(audio=0):
            for piece in resampler.resample(frame):
                file.writeframes(bytes(piece.planes[0])[: piece.samples * 2])
    return path


@pytest.fixture
def playwright() -> Iterator[Playwright]:
    """Not shared between tests: while it runs, this thread counts as asynchronous, and Django keeps it from rows."""
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture
def chromium(playwright: Playwright, spoken: Path) -> Iterator[Browser]:
    """The system's Chromium, with a made-up camera and a microphone that speaks."""
    arguments = chromium_arguments(None, spoken)
    browser = playwright.chromium.launch(executable_path=need(*CHROMIUM), args=arguments)
    yield browser
    browser.close()


@pytest.fixture
def applicant(chromium: Browser) -> Iterator[Page]:
    yield from watched(chromium, 390, 844)


@pytest.fixture
def hr(chromium: Browser, running: Running) -> Iterator[Page]:
    for page in watched(chromium):
        sign_in(page, running.site, "hr", running.demo.hr_password, RESULTS)
        yield page
