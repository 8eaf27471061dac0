"""Faults, one by one, as they come: the page "why is this not scored?" names the cause, and its next step mends it.

Where a person has to do something outside of this site, the page says what, the test does that, and then goes on as the
page says.
"""

from __future__ import annotations

import re
from functools import partial

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

from interviews.engines.analysis.gemini import Gemini
from interviews.engines.transcription.deepgram import Deepgram
from interviews.models import Job
from interviews.processing import leases
from interviews.processing.analysis import assess
from interviews.processing.transcription import transcribe
from tests.engines import work
from tests.fakes.deepgram import FakeDeepgram
from tests.fakes.gemini import FakeGemini
from tests.faults.why import machinery, people, providers, recordings
from tests.faults.why.site import Site
from tests.people import World, show_at_once


@pytest.fixture
def site(
    world: World,
    settings: Settings,
    deepgram: FakeDeepgram,
    gemini: FakeGemini,
    speech: bytes,
    monkeypatch: pytest.MonkeyPatch,
) -> Site:
    settings.TRANSCRIPTION_ENGINE, settings.ANALYSIS_ENGINE, settings.SENDS_MAIL = "deepgram", "gemini", True
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    show_at_once(world.position)
    root = Client()
    root.force_login(User.objects.create_superuser("root", "root@example.com", "-"))
    leases.pulse()
    made = Site(world, settings, deepgram, gemini, speech, root, monkeypatch)
    made.work = work() | {
        Job.Kind.TRANSCRIBE: partial(transcribe, engine=Deepgram("made-up", base_url=deepgram.base_url)),
        Job.Kind.ASSESS: partial(assess, engine=Gemini("made-up", "fake-1", base_url=gemini.base_url)),
    }
    return made


FAULTS = people.FAULTS | recordings.FAULTS | providers.FAULTS | machinery.FAULTS


@pytest.mark.leaves_loose_ends("some faults are left as they are, and one is an interview that nobody works on")
@pytest.mark.parametrize("name", FAULTS)
def test_the_page_names_the_cause_and_its_next_step_works(name: str, site: Site) -> None:
    fault = FAULTS[name]
    fault.seed(site)
    cause = site.cause()
    said = re.sub(r"\s+", " ", cause.get_text(" ", strip=True))
    assert cause["data-cause"] == fault.cause, said
    assert fault.words in said
    assert "Next step:" in said
    fault.elsewhere(site)
    if fault.pressed:
        site.press()
    else:
        assert cause.select_one("button") is None, said
    fault.then(site)


def test_there_are_thirty_and_more() -> None:
    assert len(FAULTS) >= 30
    assert len({fault.cause for fault in FAULTS.values()}) >= 30
