"""Open pages are told when what their visitor may see has changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User, update_last_login
from django.db import transaction
from django.test import Client
from django.utils import timezone

from interviews.actions.invitations import revoke
from interviews.events import Kind, head, record
from interviews.models import Session
from interviews.topics import Following
from realtime.feed import since
from tests.people import World, join_team, make_position

RIGHTS_CHANGE: dict[str, Callable[[World], object]] = {
    "leaves the team": lambda world: world.position.team.remove(world.ada),
    "joins a team": lambda world: join_team(world.position, world.cy),
    "joins a team in bulk": lambda world: world.position.team.add(world.cy),
    "may invite no more": lambda world: join_team(world.position, world.ada),
    "the team is emptied": lambda world: world.position.team.clear(),
    "reviews are done": lambda world: _reviewed(world),
    "is closed": lambda world: _saved(world.ada, is_active=False),
    "becomes a superuser": lambda world: _saved(world.ada, is_superuser=True),
    "has a new password": lambda world: _saved(world.ada, password=make_password("another")),
    "is deleted": lambda world: world.cy.delete(),
    "signs out": lambda world: Session.objects.latest("expire_date").delete(),
    "a position is made": lambda world: make_position("Another", world.cy),
    "a link is revoked": lambda world: revoke(world.interview),
}


def _reviewed(world: World) -> None:
    with transaction.atomic():
        record(Kind.REVIEWED, world.interview, actor=world.ada)


def _saved(user: User, **values: Any) -> None:
    for name, value in values.items():
        setattr(user, name, value)
    user.save()


@pytest.mark.parametrize("change", RIGHTS_CHANGE)
def test_open_pages_are_told_of_a_change_of_rights(change: str, world: World, ada: Client) -> None:
    before = head()
    RIGHTS_CHANGE[change](world)
    news = since(before)
    assert news is not None
    page = Following("", frozenset({f"applicant:{world.interview.pk}", f"interview:{world.interview.pk}"}))
    assert list(news.whose_rights_changed([page])) == [page]


def test_a_revoked_link_asks_again_about_its_own_pages_alone(world: World) -> None:
    before = head()
    revoke(world.interview)
    news = since(before)
    assert news is not None
    others = [Following("", frozenset({f"position:{world.position.pk}", f"interview:{world.interview.pk}"}))]
    assert list(news.whose_rights_changed(others)) == []


def test_a_sign_in_and_the_clearing_of_old_sessions_are_no_change_of_rights(world: World, ada: Client) -> None:
    before = head()
    update_last_login(User, world.ada)
    Session.objects.update(expire_date=timezone.now())
    Session.objects.all().delete()
    assert head() == before
