"""What open pages notice of a server that stops, under both servers that the product runs on."""

from __future__ import annotations

import asyncio
import json
import signal
import threading
import time
from collections.abc import Iterator

import pytest
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.sync.connection import Connection

from interviews.demo.seed import Access
from realtime.hub import Hub
from realtime.stopping import OVER_SECONDS, STOPPING, _close_all
from realtime.viewers import Viewer
from tests.processes import Process, Program, Site
from tests.sockets import Visitor, ask, heard, where

PAGES = 30


class UnderUvicorn(Site):
    def _server(self) -> Process:
        command = ["-m", "uvicorn", "project.asgi:application", "--port", str(self.port)]
        return Program(command, self.environment, self.folder / "server.log")


@pytest.fixture(scope="module", params=[Site, UnderUvicorn])
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with request.param(tmp_path_factory.mktemp("site")) as running:
        yield running


@pytest.fixture
def hr(site: Site) -> Visitor:
    demo = Access(**json.loads(site.demo_text))
    visitor = Visitor(site)
    visitor.sign_in("hr", demo.hr_password)
    return visitor


_INVITE = """
from interviews.actions.invitations import invite
from interviews.models import Applicant, QuestionSet
invite(Applicant.objects.create(name="Late Comer", email="late@example.com"), QuestionSet.objects.first())
"""


def _closing(socket: Connection) -> tuple[int | None, float]:
    """The close code, and when it came."""
    try:
        while True:
            heard(socket, 30)
    except ConnectionClosed:
        return socket.close_code, time.monotonic()


def test_on_sigterm_pages_are_sent_away_one_after_the_other_and_miss_nothing(site: Site, hr: Visitor) -> None:
    topics, after = where(hr.get("/hr-dashboard/results/"))
    sockets = [hr.socket() for _ in range(PAGES)]
    for socket in sockets:
        assert "last" in ask(socket, topics, after)
    ends: list[tuple[int | None, float]] = []
    readers = [threading.Thread(target=lambda s=socket: ends.append(_closing(s))) for socket in sockets]
    for reader in readers:
        reader.start()
    site.restart(signal.SIGTERM)
    for reader in readers:
        reader.join()
    assert [code for code, _at in ends] == [4503] * PAGES
    times = [at for _code, at in ends]
    assert max(times) - min(times) > 1, "they were all closed at once"
    site.manage("shell", "-v0", "-c", _INVITE)
    with hr.socket() as back:
        caught_up = ask(back, topics, after)
        while "Late Comer" not in caught_up.get("html", ""):
            caught_up = heard(back)


def test_a_server_that_stops_lets_no_page_in(site: Site, hr: Visitor) -> None:
    topics, after = where(hr.get("/hr-dashboard/results/"))
    with hr.socket() as first, hr.socket() as second:
        for socket in (first, second):
            assert "last" in ask(socket, topics, after)
        child = site.server.child
        assert child is not None
        child.send_signal(signal.SIGTERM)
        assert _closing(first)[0] == 4503 or _closing(second)[0] == 4503
        with pytest.raises((InvalidHandshake, ConnectionClosed, OSError)):
            late = hr.socket()
            ask(late, topics, after)
    assert child.wait(30) in (0, -signal.SIGTERM)
    site.restart(signal.SIGTERM)


@pytest.mark.parametrize("pages", [1, 75])
async def test_however_many_pages_there_are_they_are_sent_away_over_the_same_time(
    pages: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a machine where each sleep is late."""
    clock = [0.0]

    async def sleep(seconds: float) -> None:
        clock[0] += max(seconds, 0) + 0.05

    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: clock[0])
    monkeypatch.setattr(asyncio, "sleep", sleep)
    hub = Hub()
    closed: list[int] = []
    for _ in range(pages):
        hub.ask(Viewer("", lambda frame: True, lambda code: closed.append(code)), frozenset({"positions"}), 0)
    await _close_all(hub)
    assert OVER_SECONDS <= clock[0] < OVER_SECONDS + 0.2, "they add up"
    assert closed == [STOPPING] * pages and not hub.viewers()
