"""An interview that is given back: its page, what is recorded anew, and who acts at the same moment."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from django.test import Client

from interviews.actions.refusals import WrongState
from interviews.models import Interview
from interviews.queries.stages import rows
from tests.people import World, record_answer
from tests.together import at_once


def interview_of(world: World) -> Interview:
    return Interview.objects.get(pk=world.interview.pk)


def page_of(world: World, last: str = "") -> str:
    return f"/interview/{world.interview.pk}/{last}"


def give_back(browser: Client, world: World, **sent: Any) -> Any:
    address = f"/hr-dashboard/invitations/{world.position.pk}/{world.interview.pk}/give-back/"
    return browser.post(address, {"days": "7", **sent}, follow=True)


def record(world: World, question: int, media: bytes) -> None:
    record_answer(interview_of(world), world.questions[question], media, hashlib.sha256(media).hexdigest())


def stage_of(world: World) -> str:
    return rows(Interview.objects.filter(pk=world.interview.pk))[0].stage


def twice_at_once(act: Callable[[], object]) -> list[bool]:
    """Whether each of two that began together came through."""
    return sorted(not isinstance(it, WrongState) for it in at_once(act, act, expected=WrongState))
