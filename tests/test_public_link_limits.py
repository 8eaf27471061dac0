"""How often one browser, and everybody together, may come by a public link; and who comes at the same moment."""

from __future__ import annotations

import uuid
from datetime import timedelta
from functools import partial

import pytest
from django.test import Client
from django.utils import timezone

from interviews.actions import joining
from interviews.actions.invitations import Person
from interviews.actions.joining import join, make_public_link
from interviews.actions.refusals import TooMany
from interviews.models import Arrival, Interview
from tests.people import World
from tests.together import at_once
from tests.walker import Walker, made_by


@pytest.fixture
def link(world: World, ada: Client) -> tuple[str, str]:
    return made_by(ada, world)


class TestLimits:
    @pytest.fixture(autouse=True)
    def _low(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(joining, "PER_LINK_AND_HOUR", 3)
        monkeypatch.setattr(joining, "PER_VISITOR_AND_HOUR", 2)

    def test_one_browser_is_stopped_and_told_what_to_do(self, link: tuple[str, str]) -> None:
        kiosk = Walker(link)
        for number in "ab":
            assert kiosk.gives(email=f"{number}@example.com").status_code == 200
        reply = kiosk.gives("Dan", "c@example.com")
        assert reply.status_code == 429
        assert b"Use your own phone, or write to jobs@example.com" in reply.content
        assert b'value="c@example.com"' in reply.content
        kiosk.browser.post(f"{link[0]}open/", {"token": link[1]})
        assert kiosk.gives(email="c@example.com").status_code == 429, "opening the link again is no way round"
        assert Walker(link).gives(email="c@example.com").status_code == 200
        assert Interview.objects.count() == 4

    def test_one_link_is_stopped_and_rests_for_an_hour(self, world: World, ada: Client, link: tuple[str, str]) -> None:
        for number in "abc":
            assert Walker(link).gives(email=f"{number}@example.com").status_code == 200
        reply = Walker(link).gives(email="d@example.com")
        assert reply.status_code == 429 and b"Try again in an hour" in reply.content
        assert Walker(made_by(ada, world, "Elsewhere")).gives(email="d@example.com").status_code == 200
        Arrival.objects.update(at=timezone.now() - timedelta(hours=2))
        assert Walker(link).gives(email="e@example.com").status_code == 200

    def test_nobody_is_known_by_a_network_address(self, link: tuple[str, str]) -> None:
        """A hall or an office shares one: all of these come from the same."""
        assert [Walker(link).gives(email=f"{n}@example.com").status_code for n in "abc"] == [200, 200, 200]

    def test_what_is_counted_cannot_be_read(self, link: tuple[str, str]) -> None:
        Walker(link).gives()
        assert "eve" not in repr(Arrival.objects.values().get()).lower()

    def test_many_at_once_are_counted(self, world: World) -> None:
        link, _token = make_public_link(world.position, "the hall", actor=world.ada)
        visits = [partial(join, link, Person("Eve", f"{n}@example.com"), str(n), uuid.uuid4()) for n in range(5)]
        came = at_once(*visits, expected=TooMany)
        assert [type(it) for it in came].count(TooMany) == 2


def test_two_clicks_at_once_are_one_invitation(world: World) -> None:
    link, _token = make_public_link(world.position, "the hall", actor=world.ada)
    form = uuid.uuid4()
    came = at_once(*[lambda: join(link, Person("Eve", "eve@example.com"), "a browser", form)] * 2)
    assert came[0].interview == came[1].interview and Interview.objects.filter(applicant__name="Eve").count() == 1
