"""A page about a link that leads nowhere has the host's name above it, where the link was a real one."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from bs4 import BeautifulSoup
from django.test import Client
from django.utils import timezone

from interviews.actions.invitations import revoke
from interviews.models import PublicLink, ShareLink
from tests.people import World
from tests.shared import olga_with, page_of, share_with_olga
from tests.walker import made_by


def _brand(reply: Any) -> str:
    found = BeautifulSoup(reply.content, "html.parser").select_one(".brand")
    assert found is not None
    return found.get_text(strip=True)


def test_of_an_invitation_that_has_expired_or_was_withdrawn(world: World) -> None:
    page = f"/interview/{world.interview.pk}/"
    world.interview.deadline = timezone.now() - timedelta(days=2)
    world.interview.save(update_fields=["deadline"])
    browser = Client()
    opened = browser.post(f"{page}open/", {"token": world.token})
    assert (opened.status_code, _brand(opened)) == (410, "Example Ltd")
    assert _brand(browser.get(page)) == "Example Ltd"
    revoke(world.interview)
    assert _brand(browser.post(f"{page}open/", {"token": world.token})) == "Example Ltd"


def test_a_stranger_is_not_told_whose_it_is(world: World) -> None:
    for interview in (world.interview.pk, uuid.uuid4()):
        reply = Client().post(f"/interview/{interview}/open/", {"token": "x" * 43})
        assert (reply.status_code, _brand(reply)) == (404, "Greenroom")
    revoke(world.interview)
    reply = Client().post(f"/interview/{world.interview.pk}/open/", {"token": "x" * 43})
    assert "Example Ltd" not in reply.content.decode()


def test_of_a_public_link_that_is_closed(world: World, ada: Client) -> None:
    address, token = made_by(ada, world)
    PublicLink.objects.update(revoked_at=timezone.now())
    assert _brand(Client().post(f"{address}open/", {"token": token})) == "Example Ltd"
    assert _brand(Client().post(f"{address}open/", {"token": "x" * 43})) == "Greenroom"


def test_of_a_position_that_takes_no_answers_any_more(world: World, ada: Client) -> None:
    address, token = made_by(ada, world)
    world.position.deadline = timezone.now() - timedelta(days=1)
    world.position.save(update_fields=["deadline"])
    reply = Client().post(f"{address}open/", {"token": token}, follow=True)
    assert (reply.status_code, _brand(reply)) == (410, "Example Ltd")


def test_of_a_share_that_has_ended(submitted: World) -> None:
    link, token = share_with_olga(submitted)
    browser = olga_with(link, token)
    ShareLink.objects.update(revoked_at=timezone.now())
    assert _brand(browser.get(page_of(link))) == "Example Ltd"
    assert _brand(Client().post(f"{page_of(link)}open/", {"token": "x" * 43})) == "Greenroom"
