"""Everybody who may come by: strangers, to whom nothing is told, and those whose it is. What they ask, and what a reply
tells them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from interviews.actions.invitations import invite
from interviews.models import Applicant, Membership, Position, ShareLink
from interviews.processing.links import token_hash
from tests.engines import SPOKEN
from tests.people import NOTE, World, join_team, make_question_set, text_of
from tests.wire import TUS

SENT = {**TUS, "Range": "bytes=0-99", "Upload-Offset": "0"}
OF_ITS_MOMENT = {"Content-Length", "Date", "Expires", "Last-Modified"}
SECRETS = {
    "the name": "Bo Berg",
    "the mail": "bo@example.com",
    "what was said": SPOKEN,
    "a note": NOTE,
    "the position": "Backend engineer",
}
"""Words that are Bo's, or his team's. No stranger is told one of them anywhere."""


def _cy(world: World) -> Client:
    """Recruits and invites for another position."""
    return signed_in(world.cy)


def _on_another_team(role: Membership.Role) -> Callable[[World], Client]:
    def made(world: World) -> Client:
        person = User.objects.create_user(f"other {role}", "other@example.com", "-")
        join_team(Position.objects.get(title="Something else"), person, role)
        return signed_in(person)

    return made


def another_applicant(world: World) -> Client:
    """An applicant for the same position, with a link of her own."""
    dee, browser = Applicant.objects.create(name="Dee Dahl", email="d@example.com"), Client()
    interview, token = invite(dee, world.question_set)
    assert browser.post(f"/interview/{interview.pk}/open/", {"token": token}).status_code == 302
    return browser


def _oz(world: World) -> Client:
    """From outside, with a link to an interview for another position."""
    elsewhere = Position.objects.get(title="Something else")
    mo = Applicant.objects.create(name="Mo Moor", email="mo@example.com")
    interview, token = invite(mo, make_question_set(elsewhere, 1))
    link = ShareLink.objects.create(  # as if it had been submitted
        interview=interview,
        name="Oz",
        hash=token_hash(token),
        shows_levels=True,
        made_by=world.cy,
        expires_at=timezone.now() + timedelta(days=1),
    )
    return _outsider(f"/shared/{link.pk}/", token)


def _outsider(address: str, token: str) -> Client:
    browser = Client()
    assert browser.post(f"{address}open/", {"token": token}).status_code == 302
    return browser


STRANGERS: dict[str, Callable[[World], Client]] = {
    "nobody": lambda world: Client(),
    "a recruiter of another team": _cy,
    "a reviewer of another team": _on_another_team(Membership.Role.REVIEWER),
    "a viewer of another team": _on_another_team(Membership.Role.VIEWER),
    "another applicant": another_applicant,
    "who has a share link of another interview": _oz,
}
"""Nothing that is Bo's, or his team's, is theirs."""
FRIENDS: dict[str, Callable[[World], Client]] = {
    "eve": lambda world: signed_in(User.objects.get(username="eve")),
    "ada": lambda world: signed_in(world.ada),
    "kim": lambda world: signed_in(User.objects.get(username="kim")),
    "root": lambda world: signed_in(User.objects.get(username="root")),
    "bo": lambda world: _opened(world),
    "olga": lambda world: _outsider(world.share, world.share_token),
}
"""Whatever there is belongs to one of them: Ada recruits, Eve has reviewed, Kim may arrange other conditions, and Olga
is from outside."""


def _opened(world: World) -> Client:
    browser = Client()
    browser.post(f"/interview/{world.interview.pk}/open/", {"token": world.token})
    return browser


def signed_in(user: User) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


def ask(client: Client, method: str, path: str, **sent: Any) -> HttpResponse:
    return cast("HttpResponse", client.generic(method, path, headers=SENT, **sent))


def text_in(reply: HttpResponse) -> str:
    """What is in a reply, its headers too."""
    headers = {name: value for name, value in reply.headers.items() if name not in OF_ITS_MOMENT}
    return f"{headers} {reply.cookies} {text_of(reply)}"


def secrets_in(text: str) -> list[str]:
    """Also those of which each word is an element of its own."""
    said = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", text))
    return [name for name, words in SECRETS.items() if words in text or words in said]
