"""The pages on which the invitations of Ada's position are run, and what is pressed there."""

from __future__ import annotations

from typing import Any

from django.test import Client

from interviews.models import Interview
from tests.people import World


def at(world: World, last: str = "") -> str:
    return f"/hr-dashboard/invitations/{world.position.pk}/{last}"


def act(ada: Client, world: World, name: str, *interviews: Interview, **sent: Any) -> str:
    ids = [str(interview.pk) for interview in interviews]
    reply = ada.post(at(world, "act/"), {"act": name, "interview": ids, "days": "7", **sent}, follow=True)
    assert reply.status_code == 200
    return reply.content.decode()


def now(world: World) -> Interview:
    return Interview.objects.get(pk=world.interview.pk)
