"""Faults, one by one, as they come: the page "why is this not scored?" names the cause, and its next step mends it.

Where a person has to do something outside of this site, the page says what, the test does that, and then goes on as the
page says.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from bs4.element import Tag
from django.contrib.auth.models import User
from django.db import OperationalError
from django.db.models.functions import Now
from django.test import Client
from django.utils import timezone
from huey.contrib.djhuey import HUEY
from pytest_django import Settings

from interviews.actions import answering, operating, reassessing
from interviews.actions.finishing import finish_take
from interviews.actions.invitations import mail, revoke
from interviews.actions.reopening import reopen
from interviews.actions.withdrawing import withdraw
from interviews.engines.analysis.gemini import Gemini
from interviews.engines.transcription.deepgram import Deepgram
from interviews.models import (
    Charge,
    Criterion,
    Interview,
    Job,
    JobAttempt,
    Message,
    Position,
    Question,
    Reassessment,
    Rendition,
    Result,
    RubricVersion,
    Segment,
    Take,
    Worker,
)
from interviews.models.renditions import renditions_of
from interviews.processing import jobs, leases
from interviews.processing.analysis import assess
from interviews.processing.due import ENDED_LEASE
from interviews.processing.transcription import transcribe
from interviews.tasks import WORK, sweep
from tests.engines import Hears, due, work
from tests.fakes.deepgram import FakeDeepgram
from tests.fakes.gemini import FakeGemini
from tests.fakes.wire import Behaviour
from tests.people import World, make_rubric, record_answer, sent, show_at_once

GARBAGE = b"\x1aE\xdf\xa3" + b"this was a recording once " * 400


def _status(status: int) -> Behaviour:
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


Deed = Callable[[Site], object]


def _nothing(site: Site) -> None:
    """Nobody has to do anything outside of this site."""


@dataclass(frozen=True)
class Fault:
    """`seed` breaks something; the page names `cause` and says `words`. `elsewhere` is what a person does outside of
    this site; then the button is pressed where there is one (`pressed`), and `then` says what is so afterwards."""

    cause: str
    words: str
    seed: Deed
    then: Deed
    elsewhere: Deed = _nothing
    pressed: bool = True


# How it is mended


def _scored(site: Site) -> None:
    for fake in (site.deepgram, site.gemini):
        fake.default = Behaviour()
    site.finish()
    assert site.cause()["data-cause"] == "scored", site.cause().get_text(" ", strip=True)
    assert Result.objects.get(run__interview=site.interview, run__number=_newest_run(site)).score is not None


def _newest_run(site: Site) -> int:
    return site.interview.runs.filter(state="done").latest("number").number


def _well_again(site: Site) -> None:
    site.deepgram.default = site.gemini.default = Behaviour()


def _recorded_again(site: Site) -> None:
    """The applicant, who was asked for it."""
    asked = site.interview.redos.filter(done_at=None)
    assert asked.count() == 1 and site.interview.state == Interview.State.STARTED
    assert site.cause()["data-cause"] == "given-back"
    number = asked[0].question.number
    site.record(number - 1)
    answering.submit(site.interview)
    _scored(site)


def _mailed(kind: Message.Kind) -> Deed:
    def then(site: Site) -> None:
        assert Message.objects.filter(kind=kind, state=Message.State.QUEUED).count() == 1
        jobs.run(Job.objects.filter(message__kind=kind).latest("pk").pk, WORK)
        assert Message.objects.filter(kind=kind).latest("created_at").state == Message.State.SENT

    return then


def _has_time(site: Site) -> None:
    assert site.interview.deadline > timezone.now() + timedelta(days=6)


def _stays(site: Site) -> None:
    """Nothing is to be done, and nothing is offered."""
    assert site.cause().select_one("button") is None


# What goes wrong


def _invited_by_mail(site: Site, state: Message.State, problem: str = "") -> None:
    mail(site.interview, Message.Kind.INVITATION)
    Message.objects.update(state=state, problem=problem)
    Job.objects.update(state=Job.State.DONE)


def _opened(site: Site) -> None:
    Interview.objects.update(opened_at=timezone.now())


def _too_late(site: Site, days: int = 2) -> None:
    Interview.objects.update(deadline=timezone.now() - timedelta(days=days))


def _too_late_in_the_middle(site: Site) -> None:
    site.agree()
    site.record(0)
    _too_late(site)


def _late_by_a_moment(site: Site) -> None:
    _half_answered(site)
    _too_late(site, days=0)


def _half_answered(site: Site) -> None:
    site.agree()
    site.record(0)


def _broken_off(site: Site) -> None:
    _half_answered(site)
    segment = sent(site.interview, site.world.questions[1], site.speech[:5000])
    Segment.objects.filter(pk=segment.pk).update(appended_at=timezone.now() - timedelta(hours=1))


def _arriving(site: Site) -> None:
    site.agree()
    sent(site.interview, site.world.questions[0], site.speech[:5000])


def _not_handed_in(site: Site) -> None:
    site.submit()
    site.finish()
    reopen(site.interview, 7, actor=site.operator)


def _all_answered(site: Site) -> None:
    site.agree()
    for question in range(3):
        site.record(question)


def _without_engine(site: Site) -> None:
    site.settings.ANALYSIS_ENGINE = "none"
    site.submit()
    site.finish()


def _with_engine(site: Site) -> None:
    site.settings.ANALYSIS_ENGINE = "gemini"


def _worker_gone(site: Site) -> None:
    site.submit()
    Worker.objects.update(seen_at=timezone.now() - timedelta(minutes=5))


def _paused_kind(site: Site) -> None:
    operating.pause_kind(Job.Kind.TRANSCRIBE, "", site.operator)
    site.submit()
    site.run()
    assert not site.deepgram.requests


def _paused_provider(site: Site) -> None:
    operating.pause_kind(Job.Kind.ASSESS, "gemini", site.operator)
    site.submit()
    site.run(rounds=3)
    assert not site.gemini.requests


def _paused_job(site: Site) -> None:
    site.submit()
    site.run(Job.Kind.TRANSCRIBE)
    operating.act("pause", [Job.objects.get(kind=Job.Kind.ASSESS).pk], site.operator)
    site.run()
    assert not site.gemini.requests


def _answers_with(name: str, behaviour: Behaviour, rounds: int = 1) -> Deed:
    def seed(site: Site) -> None:
        fake = site.deepgram if name == "deepgram" else site.gemini
        fake.default = behaviour
        site.submit()
        if name == "gemini":
            site.run(Job.Kind.TRANSCRIBE)
        site.run(rounds=rounds)

    return seed


def _out_of_budget(of: str) -> Deed:
    def seed(site: Site) -> None:
        site.settings.DEEPGRAM_PRICE_MINUTE = site.settings.GEMINI_PRICE_INPUT = Decimal(1)
        site.settings.GEMINI_PRICE_OUTPUT = Decimal(1)
        if of == "site":
            site.settings.AI_BUDGET = Decimal(1)
        else:
            Position.objects.filter(pk=site.world.position.pk).update(ai_budget=Decimal(1))
        Charge.objects.create(position=site.world.position, engine="gemini", model="m", cost=Decimal(2))
        site.submit()
        site.run()

    return seed


def _budget_raised(site: Site) -> None:
    site.settings.AI_BUDGET = None
    Position.objects.filter(pk=site.world.position.pk).update(ai_budget=None)


def _damaged(site: Site) -> None:
    site.agree()
    site.record(1)
    site.record(2)
    segment = sent(site.interview, site.world.questions[0], site.speech)
    finish_take(segment.take_id)
    segment.path.write_bytes(GARBAGE.ljust(len(site.speech), b"\0")[: len(site.speech)])
    site.run()
    answering.submit(site.interview)
    site.finish()


def _without_sound(site: Site) -> None:
    site.submit()
    Rendition.objects.filter(take=site.take()).update(sound_sha256="")
    site.finish()


def _original_gone(site: Site) -> None:
    site.agree()
    for question in range(3):
        site.record(question)
    path = site.take().path
    site.saved.append((path, path.read_bytes()))
    path.unlink()
    answering.submit(site.interview)
    site.finish()


def _restored(site: Site) -> None:
    for path, data in site.saved:
        path.write_bytes(data)


def _sound_gone(site: Site) -> None:
    site.submit()
    shutil.rmtree(renditions_of(site.take()))
    site.run(Job.Kind.TRANSCRIBE)


def _disk_full(site: Site) -> None:
    site.agree()
    for question in range(3):
        site.record(question)
    answering.submit(site.interview)
    folder = renditions_of(site.take())
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_text("in the way")
    site.saved.append((folder, b""))
    site.run(Job.Kind.RENDER)
    site.run()
    site.settings.MIN_FREE_DISK_BYTES = 2**62


def _room_made(site: Site) -> None:
    site.settings.MIN_FREE_DISK_BYTES = 0
    for path, _data in site.saved:
        path.unlink()


def _worker_dies(times: int) -> Deed:
    def seed(site: Site) -> None:
        site.submit()
        job = Job.objects.filter(kind=Job.Kind.TRANSCRIBE).earliest("pk")
        token = uuid.uuid4()
        Job.objects.filter(pk=job.pk).update(
            state=Job.State.RUNNING,
            attempt=times,
            crashes=times - 1,
            lease_token=token,
            lease_until=Now() - timedelta(seconds=1),
        )
        JobAttempt.objects.create(job=job, token=token, worker="lost:1")
        if times >= jobs.CRASHES:
            jobs.run(job.pk, site.work)
            site.finish()

    return seed


def _cancelled(site: Site) -> None:
    site.submit()
    site.run(Job.Kind.TRANSCRIBE)
    operating.act("cancel", [Job.objects.get(kind=Job.Kind.ASSESS).pk], site.operator)
    site.finish()


def _nobody(site: Site) -> None:
    site.submit()
    site.run(Job.Kind.TRANSCRIBE)
    Job.objects.filter(kind=Job.Kind.ASSESS).delete()


def _waits_long(site: Site) -> None:
    site.submit()
    Job.objects.filter(state=Job.State.QUEUED).update(run_after=Now() - timedelta(minutes=2))


def _queue_away(site: Site) -> None:
    _waits_long(site)

    def refuse() -> int:
        raise ConnectionError("Connection refused")

    site.monkeypatch.setattr(HUEY, "pending_count", refuse)


def _queue_back(site: Site) -> None:
    site.monkeypatch.undo()


def _in_line(site: Site) -> None:
    _waits_long(site)
    first = Job.objects.filter(state=Job.State.QUEUED).earliest("pk")
    Job.objects.filter(state=Job.State.QUEUED).exclude(pk=first.pk).update(run_after=Now() - timedelta(minutes=3))


def _nobody_speaks(site: Site) -> None:
    site.submit()
    site.run(rounds=3, of=work(Hears("")))


def _words_at_last(site: Site) -> None:
    assert site.interview.redos.filter(done_at=None).exists()
    assert site.cause()["data-cause"] == "given-back"


def _reassessment_paused(site: Site) -> None:
    site.submit()
    site.finish()
    Question.objects.filter(pk=site.world.questions[0].pk).update(rubric=make_rubric("Migrations", number=2))
    newer = Question.objects.get(pk=site.world.questions[0].pk)
    assert newer.rubric is not None
    started = reassessing.start(site.world.position, {newer: newer.rubric}, site.operator)
    reassessing.pause(Reassessment.objects.get(pk=started.pk), site.operator)
    site.finish()


def _without_weight(site: Site) -> None:
    Criterion.objects.update(weight=0)
    site.submit()
    site.finish()


def _with_weight(site: Site) -> None:
    for name in ("Migrations", "More migrations"):
        make_rubric(name, number=2)
    assert RubricVersion.objects.filter(number=2, published_at__isnull=False).count() == 2


def _fails_with(error: Exception, rounds: int = 1) -> Deed:
    def broken(claim: jobs.Claim) -> list[int]:
        raise error

    def seed(site: Site) -> None:
        site.submit()
        site.run(rounds=rounds, of=dict.fromkeys(site.work, broken))

    return seed


def _out(site: Site) -> None:
    _answers_with("gemini", _status(503), rounds=6)(site)


FAULTS: dict[str, Fault] = {
    "the invitation is not opened": Fault(
        "not-opened", "has not opened the invitation", _nothing, _mailed(Message.Kind.REMINDER)
    ),
    "it is opened and not begun": Fault("not-begun", "and not begun yet", _opened, _mailed(Message.Kind.REMINDER)),
    "the invitation could not be mailed": Fault(
        "not-mailed",
        "could not be mailed",
        lambda site: _invited_by_mail(site, Message.State.FAILED, "no such mailbox"),
        _mailed(Message.Kind.INVITATION),
    ),
    "the invitation has expired": Fault("expired", "The deadline has passed", _too_late, _has_time),
    "it has expired in the middle": Fault("expired", "was not submitted", _too_late_in_the_middle, _has_time),
    "it is in the day of grace": Fault(
        "grace",
        "can still be submitted for a day",
        _late_by_a_moment,
        _has_time,
    ),
    "a question is not answered": Fault(
        "not-answered", "has not answered this question", _half_answered, _mailed(Message.Kind.REMINDER)
    ),
    "a recording was broken off": Fault("broken-off", "was broken off", _broken_off, _mailed(Message.Kind.REMINDER)),
    "a recording is arriving": Fault("arriving", "is arriving at this moment", _arriving, _stays, pressed=False),
    "it is not handed in": Fault(
        "not-submitted", "has not submitted yet", _all_answered, _mailed(Message.Kind.REMINDER)
    ),
    "it was given back": Fault("given-back", "was given back", _not_handed_in, _mailed(Message.Kind.REMINDER)),
    "the invitation was withdrawn": Fault(
        "revoked", "The invitation was withdrawn", lambda site: revoke(site.interview), _mailed(Message.Kind.INVITATION)
    ),
    "the applicant withdrew": Fault(
        "withdrawn", "The applicant withdrew", lambda site: withdraw(site.interview), _stays, pressed=False
    ),
    "the applicant did not agree to AI": Fault(
        "no-consent", "did not agree to AI", lambda site: site.submit(ai=False), _stays, pressed=False
    ),
    "there is no engine": Fault(
        "no-engine", "set ANALYSIS_ENGINE", _without_engine, _scored, _with_engine, pressed=False
    ),
    "there is no worker": Fault(
        "no-worker", "Start one: manage.py", _worker_gone, _scored, lambda site: leases.pulse(), pressed=False
    ),
    "a kind of work is paused": Fault("paused-kind", "was paused by root", _paused_kind, _scored),
    "a provider is paused": Fault("paused-provider", "All work of Gemini was paused", _paused_provider, _scored),
    "one job is paused": Fault("paused-job", "This work alone was paused", _paused_job, _scored),
    "a provider is out": Fault("outage", "Gemini does not answer", _out, _scored, _well_again),
    "the site's budget is spent": Fault(
        "budget-site", "Raise AI_BUDGET", _out_of_budget("site"), _scored, _budget_raised, pressed=False
    ),
    "the position's budget is spent": Fault(
        "budget-position", "budget of the position", _out_of_budget("position"), _scored, _budget_raised, pressed=False
    ),
    "Deepgram refuses the key": Fault(
        "key", "Set DEEPGRAM_API_KEY", _answers_with("deepgram", _status(401), 3), _scored, _well_again
    ),
    "Gemini refuses the key": Fault(
        "key", "Set GEMINI_API_KEY", _answers_with("gemini", _status(403)), _scored, _well_again
    ),
    "the account has no credit": Fault(
        "credit", "Top it up at Gemini", _answers_with("gemini", _status(402)), _scored, _well_again
    ),
    "the model is unknown": Fault(
        "model", "Correct GEMINI_MODEL", _answers_with("gemini", _status(404)), _scored, _well_again
    ),
    "the request is refused": Fault(
        "refused", "refuses what it is asked", _answers_with("gemini", _status(422)), _scored, _well_again
    ),
    "the recording is too large": Fault(
        "too_large",
        "larger than Deepgram takes",
        _answers_with("deepgram", _status(413), 3),
        lambda site: _words_at_last(site),
        _well_again,
    ),
    "the recording is damaged": Fault("unreadable", "The recording is damaged", _damaged, _recorded_again),
    "the recording has no sound": Fault("silent", "no sound in the recording", _without_sound, _recorded_again),
    "the recording is not on the disk": Fault(
        "original-gone", "restore the recording from the backup", _original_gone, _scored, _restored
    ),
    "the sound is not on the disk": Fault("sound-gone", "is not on the disk any more", _sound_gone, _scored),
    "the disk is full": Fault("disk-full", "Make room", _disk_full, _scored, _room_made),
    "the provider is busy": Fault(
        "busy", "asked us to slow down", _answers_with("gemini", _status(429)), _scored, _well_again
    ),
    "the provider fails": Fault(
        "away", "could not be reached", _answers_with("gemini", _status(503)), _scored, _well_again
    ),
    "the provider answers with nonsense": Fault(
        "output", "cannot be used", _answers_with("gemini", Behaviour("html")), _scored, _well_again
    ),
    "it was given up after eight attempts": Fault(
        "output", "as often as it may be tried", _answers_with("gemini", Behaviour("html"), 9), _scored, _well_again
    ),
    "the provider declines": Fault(
        "declined", "its filter objects", _answers_with("gemini", Behaviour("blocked")), _scored, _well_again
    ),
    "the reply fails the canary": Fault(
        "canary", "failed our test", _answers_with("gemini", Behaviour("canary")), _scored, _well_again
    ),
    "it kills its workers": Fault("crashed", "the log of the last one", _worker_dies(3), _scored),
    "its worker died": Fault("worker-lost", "was lost in the middle", _worker_dies(1), _scored),
    "an operator cancelled it": Fault("cancelled", "An operator cancelled it", _cancelled, _scored),
    "nobody works on it": Fault("nobody", "a fault of ours", _nobody, _scored),
    "the queue is away": Fault("queue-away", "Start Redis", _queue_away, _scored, _queue_back, pressed=False),
    "no worker has heard of it": Fault("not-told", "No worker has heard", _waits_long, _scored),
    "others come first": Fault("in-line", "its turn after 3 others", _in_line, _scored),
    "nobody speaks": Fault("no-speech", "No speech was heard", _nobody_speaks, _words_at_last),
    "the reassessment is paused": Fault("reassessment-paused", "somebody has paused", _reassessment_paused, _scored),
    "no criterion has a weight": Fault("no-weight", "the weight zero", _without_weight, _scored, _with_weight),
    "our database was away": Fault("database", "database was away", _fails_with(OperationalError("gone")), _scored),
    "a fault of ours": Fault("ours", "A fault on our side", _fails_with(RuntimeError("ours")), _scored),
    "a fault of ours, eight times": Fault(
        "ours", "as often as it may be tried", _fails_with(RuntimeError("ours"), jobs.ATTEMPTS), _scored
    ),
}


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
