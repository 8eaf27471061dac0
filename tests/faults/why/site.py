"""The place where something is broken and mended: Bo's interview, and the page that says why it is not scored."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from bs4.element import Tag
from django.contrib.auth.models import User
from django.db.models.functions import Now
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from interviews.actions import answering
from interviews.models import Interview, Job, Message, Result, Take
from interviews.processing import jobs
from interviews.processing.due import ENDED_LEASE
from interviews.tasks import WORK, sweep
from tests.engines import due
from tests.fakes.deepgram import FakeDeepgram
from tests.fakes.gemini import FakeGemini
from tests.fakes.wire import Behaviour
from tests.people import World, record_answer


def status(status: int) -> Behaviour:
    return Behaviour("status", status=status)


@dataclass
class Site:
    """Bo's interview, everything that may go wrong with it, and somebody who looks at it as root."""

    world: World
    settings: Settings
    deepgram: FakeDeepgram
    gemini: FakeGemini
    speech: bytes
    root: Client
    monkeypatch: pytest.MonkeyPatch
    saved: list[tuple[Path, bytes]] = field(default_factory=list)
    work: dict[str, jobs.Work] = field(default_factory=dict)

    @property
    def interview(self) -> Interview:
        return Interview.objects.get(pk=self.world.interview.pk)

    @property
    def operator(self) -> User:
        return User.objects.get(username="root")

    @property
    def address(self) -> str:
        return f"/hr-dashboard/results/{self.world.interview.pk}/why/"

    def agree(self, *, ai: bool = True) -> None:
        answering.consent(self.world.interview, ai=ai)
        self.world.interview.refresh_from_db()

    def record(self, question: int, media: bytes | None = None) -> None:
        media = media or self.speech
        record_answer(self.interview, self.world.questions[question], media, hashlib.sha256(media).hexdigest())

    def submit(self, *, ai: bool = True) -> None:
        self.agree(ai=ai)
        for question in range(len(self.world.questions)):
            self.record(question)
        self.run(Job.Kind.RENDER)
        answering.submit(self.interview)

    def run(self, *kinds: Job.Kind, rounds: int = 1, of: dict[str, jobs.Work] | None = None) -> None:
        """What is due of these kinds (or of all), whatever it was told to wait, and what becomes due by it."""
        for _ in range(rounds):
            machines = [kind for kind in Job.Kind if kind != Job.Kind.MAIL]
            waiting = Job.objects.filter(state=Job.State.QUEUED, kind__in=kinds or machines)
            waiting.exclude(over_budget=True).update(run_after=Now())
            for pk in due(self.interview):
                if waiting.filter(pk=pk).exists():
                    jobs.run(pk, of or self.work)

    def finish(self) -> None:
        for pk in list(Job.objects.filter(ENDED_LEASE).values_list("pk", flat=True)):
            jobs.run(pk, self.work)
        sweep()
        self.run(rounds=6)

    def page(self) -> BeautifulSoup:
        reply = self.root.get(self.address)
        assert reply.status_code == 200
        return BeautifulSoup(reply.content, "html.parser")

    def cause(self) -> Tag:
        found = self.page().select_one("[data-cause]")
        assert isinstance(found, Tag)
        return found

    def press(self) -> None:
        """The first button of the first cause."""
        button = self.cause().select_one("button[name=press]")
        assert isinstance(button, Tag), self.cause().get_text(" ", strip=True)
        reply = self.root.post(self.address, {"press": button["value"]}, follow=True)
        assert "Done. Below you see what comes of it." in reply.content.decode(), reply.content.decode()

    def take(self, question: int = 0) -> Take:
        return Take.objects.filter(interview=self.interview, question=self.world.questions[question]).latest("number")


Deed = Callable[[Site], object]


def nothing(site: Site) -> None:
    """Nobody has to do anything outside of this site."""


@dataclass(frozen=True)
class Fault:
    """`seed` breaks something; the page names `cause` and says `words`. `elsewhere` is what a person does outside of
    this site; then the button is pressed where there is one (`pressed`), and `then` says what is so afterwards."""

    cause: str
    words: str
    seed: Deed
    then: Deed
    elsewhere: Deed = nothing
    pressed: bool = True


def scored(site: Site) -> None:
    for fake in (site.deepgram, site.gemini):
        fake.default = Behaviour()
    site.finish()
    assert site.cause()["data-cause"] == "scored", site.cause().get_text(" ", strip=True)
    assert Result.objects.get(run__interview=site.interview, run__number=_newest_run(site)).score is not None


def _newest_run(site: Site) -> int:
    return site.interview.runs.filter(state="done").latest("number").number


def well_again(site: Site) -> None:
    site.deepgram.default = site.gemini.default = Behaviour()


def recorded_again(site: Site) -> None:
    """The applicant, who was asked for it."""
    asked = site.interview.redos.filter(done_at=None)
    assert asked.count() == 1 and site.interview.state == Interview.State.STARTED
    assert site.cause()["data-cause"] == "given-back"
    number = asked[0].question.number
    site.record(number - 1)
    answering.submit(site.interview)
    scored(site)


def mailed(kind: Message.Kind) -> Deed:
    def then(site: Site) -> None:
        assert Message.objects.filter(kind=kind, state=Message.State.QUEUED).count() == 1
        jobs.run(Job.objects.filter(message__kind=kind).latest("pk").pk, WORK)
        assert Message.objects.filter(kind=kind).latest("created_at").state == Message.State.SENT

    return then


def has_time(site: Site) -> None:
    assert site.interview.deadline > timezone.now() + timedelta(days=6)


def stays(site: Site) -> None:
    """Nothing is to be done, and nothing is offered."""
    assert site.cause().select_one("button") is None
