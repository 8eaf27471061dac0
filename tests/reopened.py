"""An interview that is given back: its page, what is recorded anew, and who acts at the same moment."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

from django.db import connection
from django.test import Client

from interviews.actions.refusals import WrongState
from interviews.models import Interview
from interviews.queries.stages import rows
from tests.people import World, record_answer


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


def at_once(act: Callable[[], object], error: type[Exception] = WrongState) -> list[bool]:
    """Whether each of two that began together came through."""
    start, through = Barrier(2), []

    def run() -> None:
        start.wait()
        try:
            act()
            through.append(True)
        except error:
            through.append(False)
        finally:
            connection.close()

    threads = [Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(through)
