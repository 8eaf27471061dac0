"""Who is here now: nobody stands there for long who has gone, and nobody is named to those whom it does not concern."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from redis import Redis as RedisClient
from websockets.sync.connection import Connection

from interviews.demo.seed import Access
from realtime.presence import BELIEVED_FOR_SECONDS, GONE_AFTER_SECONDS, SEEN_FOR_SECONDS, Presence
from tests.processes import ServicesSite, free_port
from tests.servers import PostgreSQL, Redis, services
from tests.sockets import Visitor, ask, where

ONE, OTHER = "an interview", "another interview"


def _told(presence: Presence, now: float) -> dict[object, set[int]]:
    return {page: set(accounts) for page, (_key, accounts) in presence.to_tell(now).items()}


class TestOneProcess:
    def test_each_page_is_told_who_has_the_same_interview_open_and_only_what_is_new(self) -> None:
        presence = Presence()
        presence.saw("ada's", (ONE, 1), 0)
        presence.saw("elsewhere", (OTHER, 3), 0)
        assert _told(presence, 0) == {"ada's": {1}, "elsewhere": {3}}
        presence.saw("kim's", (ONE, 2), 1)
        presence.saw("ada's", (ONE, 1), 1)
        assert _told(presence, 1) == {"ada's": {1, 2}, "kim's": {1, 2}}
        assert _told(presence, 2) == {}

    def test_a_page_that_gives_no_sign_of_life_ends_by_itself(self) -> None:
        presence = Presence()
        presence.saw("ada's", (ONE, 1), 0)
        presence.saw("kim's", (ONE, 2), 20)
        _told(presence, 20)
        assert _told(presence, SEEN_FOR_SECONDS - 1) == {}
        assert _told(presence, SEEN_FOR_SECONDS + 1) == {"kim's": {2}}

    def test_a_page_that_is_loaded_again_does_not_flicker_and_one_that_is_closed_goes(self) -> None:
        presence = Presence()
        for page, account in (("ada's", 1), ("kim's", 2)):
            presence.saw(page, (ONE, account), 0)
        _told(presence, 0)
        presence.left("kim's", 1)
        assert _told(presence, 2) == {}
        presence.saw("kim's, again", (ONE, 2), 3)
        assert _told(presence, 3) == {"kim's, again": {1, 2}}
        presence.left("kim's, again", 10)
        assert _told(presence, 10 + GONE_AFTER_SECONDS + 1) == {"ada's": {1}}

    def test_of_two_tabs_of_one_person_either_may_close(self) -> None:
        presence = Presence()
        presence.saw("ada's", (ONE, 1), 0)
        for tab in ("first", "second"):
            presence.saw(tab, (ONE, 2), 0)
        _told(presence, 0)
        presence.left("first", 1)
        assert _told(presence, 20) == {}

    def test_who_is_turned_away_is_gone_at_once(self) -> None:
        presence = Presence()
        for page, account in (("ada's", 1), ("kim's", 2)):
            presence.saw(page, (ONE, account), 0)
        _told(presence, 0)
        presence.turned_away("kim's")
        assert _told(presence, 0) == {"ada's": {1}}


class TestSeveralProcesses:
    def test_what_another_process_said_is_believed_until_it_says_nothing_more(self) -> None:
        here, there = Presence(), Presence()
        here.saw("ada's", (ONE, 1), 0)
        there.saw("kim's", (ONE, 2), 0)
        said = there.to_announce(0)
        assert said == {ONE: [2]}
        here.hear(there.process, said, 0)
        assert _told(here, 1) == {"ada's": {1, 2}}
        here.saw("ada's", (ONE, 1), 20)
        assert _told(here, BELIEVED_FOR_SECONDS + 1) == {"ada's": {1}}

    def test_it_is_said_when_it_changes_and_again_before_it_would_be_forgotten(self) -> None:
        presence = Presence()
        assert presence.to_announce(0) is None
        presence.saw("ada's", (ONE, 1), 0)
        assert presence.to_announce(0) == {ONE: [1]}
        assert presence.to_announce(1) is None
        assert presence.to_announce(11) == {ONE: [1]}
        presence.left("ada's", 12)
        assert presence.to_announce(20) == {}
        assert presence.to_announce(60) is None

    def test_a_process_does_not_believe_itself(self) -> None:
        presence = Presence()
        presence.saw("ada's", (ONE, 1), 0)
        presence.hear(presence.process, {ONE: [1, 2]}, 0)
        assert _told(presence, 0) == {"ada's": {1}}

    def test_interviews_that_nobody_has_open_here_are_nobodys_business_here(self) -> None:
        presence = Presence()
        presence.hear("another", {ONE: [2]}, 0)
        assert _told(presence, 0) == {}


@dataclass
class Two:
    """Two web processes of one site."""

    first: ServicesSite
    second: ServicesSite
    redis: Redis
    demo: Access


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Two]:
    with Redis(tmp_path / "redis") as redis, PostgreSQL(migrated=True) as postgresql:
        settings = services(postgresql, redis)
        with ServicesSite(tmp_path / "site", **settings) as first:
            second = ServicesSite(first.folder, **settings)
            second.port = free_port()
            second.address = f"http://127.0.0.1:{second.port}"
            second.server = second._server()
            second.start()
            demo = Access(**json.loads(first.demo_text))
            yield Two(first, second, redis, demo)
            second.server.stop(signal.SIGTERM)


class Page:
    """An open review page: its socket, with its heartbeat."""

    def __init__(self, site: ServicesSite, user: str, password: str, path: str) -> None:
        visitor = Visitor(site)
        visitor.sign_in(user, password)
        self.topics, self.after = where(visitor.get(path))
        self.socket: Connection = visitor.socket()
        self.names: list[str] = []

    def beat(self) -> None:
        self.socket.send(json.dumps({"topics": self.topics, "after": self.after}))

    def sees(self, names: list[str], seconds: float) -> bool:
        """Whether exactly these are named within so many seconds."""
        deadline = time.monotonic() + seconds
        while self.names != names and time.monotonic() < deadline:
            try:
                frame = json.loads(self.socket.recv(min(5, max(0.1, deadline - time.monotonic()))))
            except TimeoutError:
                self.beat()
                continue
            for here in frame.get("here", {}).values():
                self.names = here
        return self.names == names


def test_two_processes_name_each_others_readers_through_a_flush_and_forget_whoever_is_gone(two: Two) -> None:
    listed = Visitor(two.first)
    listed.sign_in("hr", two.demo.hr_password)
    path = next(
        line.partition('href="')[2].partition('"')[0]
        for line in listed.get("/hr-dashboard/results/").splitlines()
        if "/review/" in line
    )
    hr = Page(two.first, "hr", two.demo.hr_password, path)
    admin = Page(two.second, "admin", two.demo.admin_password, path)
    hr.beat()
    assert hr.sees(["hr"], 40)
    admin.beat()
    assert hr.sees(["admin", "hr"], 40)
    assert admin.sees(["admin", "hr"], 40)

    with RedisClient.from_url(two.redis.url) as client:
        client.flushall()
    admin.socket.close()
    assert hr.sees(["hr"], 40)

    admin = Page(two.second, "admin", two.demo.admin_password, path)
    admin.beat()
    assert hr.sees(["admin", "hr"], 40), "nobody is named after a flush"
    two.second.server.stop(signal.SIGKILL)
    assert hr.sees(["hr"], BELIEVED_FOR_SECONDS + 30), "somebody stands there whose process is gone"
    assert ask(hr.socket, hr.topics, hr.after)
