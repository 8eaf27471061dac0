from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from ipaddress import ip_network
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission, User
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import connection
from django.test import Client, TransactionTestCase
from huey.contrib.djhuey import HUEY
from pytest_django import Settings
from whitenoise import WhiteNoise
from whitenoise.responders import StaticFile

from interviews import tasks
from interviews.actions import answering, webhooks
from interviews.demo.seed import FOLDER
from interviews.models import AuditEntry, Endpoint, Interview, Job, Notice, Telling
from interviews.queries.operations import reconcile
from tests import engines, people
from tests.api import Program
from tests.buckets import S3
from tests.people import World
from tests.receiver import Receiver
from tests.recorder import Recorder, consented
from tests.strangers import STRANGERS
from tests.triggers import without_triggers


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What a test has counted, in its last lines."""
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            terminalreporter.write_line(f"{name}: {value}")


@pytest.fixture(scope="session", autouse=True)
def _static_files() -> None:
    """Collected as in a deployment, so that a missing file or a broken import between modules fails here."""
    call_command("collectstatic", interactive=False, verbosity=0)


@pytest.fixture(scope="session", autouse=True)
def _static_files_found_quickly() -> Iterator[None]:
    """Once: WhiteNoise would look through the folder for each test client, for 0.05 s."""
    found: dict[str, dict[str, StaticFile]] = {}
    look = WhiteNoise.update_files_dictionary

    def look_once(self: WhiteNoise, root: str, prefix: str) -> None:
        if root not in found:
            look(self, root, prefix)
            found[root] = dict(self.files)
        self.files.update(found[root])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoise, "update_files_dictionary", look_once)
        yield


@pytest.fixture(scope="session", autouse=True)
def _emptied_quickly() -> Iterator[None]:
    """Only rows that tests made: Django would make all content types and permissions anew after each, for 0.1 s."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _case: _empty())
        yield


def _empty() -> None:
    tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    made_by_tests = [table for table in tables if table not in ("django_content_type", "auth_permission")]
    with without_triggers() if AuditEntry.objects.exists() or Notice.objects.exists() else nullcontext():
        connection.ops.execute_sql_flush(connection.ops.sql_flush(no_style(), made_by_tests))


@pytest.fixture(autouse=True)
def _media_of_its_own(settings: Settings, tmp_path: Path) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # quick: made-up people
    settings.MEDIA_DIR = settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture(autouse=True)
def _empty_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "_away_until", 0.0)
    HUEY.storage.flush_all()


@pytest.fixture
def world(transactional_db: None) -> World:
    """Ada, Bo and Cy, committed, so that worker threads and sockets see them."""
    return people.world()


@pytest.fixture(autouse=True)
def _nothing_is_lost(request: pytest.FixtureRequest, _media_of_its_own: None) -> Iterator[None]:
    """Every test with people in it ends with nothing lost, unless it says why not."""
    if "world" not in request.fixturenames:
        yield
        return
    request.getfixturevalue("world")  # before this: so the rows are still there when the test is over
    yield
    if request.node.get_closest_marker("leaves_loose_ends") is None:
        assert reconcile() == 0


@pytest.fixture(scope="session")
def speech() -> bytes:
    """A recording of a few spoken sentences."""
    demo = json.loads((FOLDER / "demo.json").read_text("utf-8"))
    return Path(FOLDER / demo["applicants"][0]["answers"][0]["video"]).read_bytes()


@pytest.fixture(scope="session")
def _s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3]:
    with S3(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture
def s3(_s3_server: S3) -> S3:
    """With an empty bucket."""
    _s3_server.empty()
    return _s3_server


@pytest.fixture
def answered(world: World, speech: bytes) -> World:
    """Bo has agreed and answered every question, and not submitted. What he recorded is ready to be transcribed."""
    answering.consent(world.interview, ai=True)
    world.interview.refresh_from_db()
    for question in world.questions:
        people.record_answer(world.interview, question, speech, hashlib.sha256(speech).hexdigest())
    engines.make_ready(world.interview)
    return world


@pytest.fixture
def answered_twice(answered: World, speech: bytes) -> World:
    """And the first question once more: two recordings, of which the newer counts."""
    people.record_answer(answered.interview, answered.questions[0], speech, hashlib.sha256(speech).hexdigest())
    return answered


@pytest.fixture
def bo(world: World, client: Client) -> Client:
    """Bo's browser, after he opened his link."""
    client.post(f"/interview/{world.interview.pk}/open/", {"token": world.token})
    return client


@pytest.fixture
def unopened(world: World, bo: Client) -> World:
    """Bo's browser has his link, and nobody has noted that."""
    Interview.objects.filter(pk=world.interview.pk).update(opened_at=None)
    return world


@pytest.fixture
def ada(world: World) -> Client:
    browser = Client()
    browser.force_login(world.ada)
    return browser


@pytest.fixture
def kim(world: World) -> Client:
    """A reviewer of Ada's position: may arrange other conditions."""
    browser = Client()
    person = User.objects.create_user("kim", "kim@example.com", "-")
    person.user_permissions.add(Permission.objects.get(codename="change_accommodation"))
    world.position.team.add(person)
    browser.force_login(person)
    return browser


@pytest.fixture
def cy(world: World) -> Client:
    browser = Client()
    browser.force_login(world.cy)
    return browser


@pytest.fixture
def work_off() -> Callable[[], int]:
    """Does what the hints in the queue say, until there are no more; returns how many there were."""

    def run() -> int:
        done = 0
        while (hint := HUEY.dequeue()) is not None:
            HUEY.execute(hint)
            done += 1
            for thread in threading.enumerate():
                if thread.name.startswith("job-"):
                    thread.join()
        return done

    return run


@pytest.fixture
def submitted(answered: World) -> World:
    answering.submit(answered.interview)
    answered.interview.refresh_from_db()
    return answered


@pytest.fixture
def scored(submitted: World) -> World:
    """The machine suggests level 4 for all six."""
    engines.work_through(submitted.interview)
    submitted.interview.refresh_from_db()
    return submitted


@pytest.fixture
def eve(scored: World) -> User:
    """Reviews with Ada."""
    eve = User.objects.create_user("eve", "eve@example.com", "-")
    scored.position.team.add(eve)
    return eve


@pytest.fixture
def root(db: None) -> Client:
    browser = Client()
    browser.force_login(User.objects.create_superuser("root", "root@example.com", "-"))
    return browser


@pytest.fixture
def mails(settings: Settings) -> Iterator[None]:
    """The site sends mail; what waits at the end is not waited for."""
    settings.SENDS_MAIL, settings.SITE_URL = True, "https://interviews.example.com"
    yield
    Job.objects.filter(kind=Job.Kind.MAIL).delete()


@pytest.fixture
def recorder(world: World, bo: Client) -> Recorder:
    """Bo's, after he agreed."""
    return consented(bo, world)


@pytest.fixture
def program(world: World) -> Program:
    """Ada's, for everything."""
    return Program(world.ada)


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Receiver]:
    settings.WEBHOOK_NETWORKS = [ip_network("127.0.0.0/8")]
    with Receiver() as made:
        yield made


@pytest.fixture
def endpoint(world: World, receiver: Receiver) -> Endpoint:
    """Told of all that there is about Ada's position."""
    return webhooks.make_endpoint(world.position, receiver.url, Telling.values, world.ada)


@pytest.fixture
def whole(submitted: World, kim: Client) -> World:
    """All that there can be."""
    User.objects.create_superuser("root", "root@example.com", "-")
    people.everything(submitted)
    return submitted


@pytest.fixture
def strangers(whole: World) -> dict[str, Client]:
    return {who: made(whole) for who, made in STRANGERS.items()}
