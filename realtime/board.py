"""The operators' page, told anew every two seconds where it has changed: how many jobs wait, who is alive, what a
provider does; and pages that say why something is not scored, which are read again. Much of that has no event (a worker
that says nothing any more, a job that a worker has just begun), so it is drawn and compared, once for all who follow
it, and by a thread of its own, so that no other page waits for it.

To say why costs some fifteen statements. Most of what has no event follows at once on an act or an event, which has the
page drawn anew: so it is looked at every two seconds for a while after that, and then every ten."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable, Collection, Mapping
from functools import partial

from channels.db import database_sync_to_async
from django.template.loader import render_to_string
from django.utils.translation import override

from interviews.models import Interview
from interviews.processing.queue import queue, queue_answers
from interviews.queries.why.digest import digest
from interviews.queries.why.rows import rows_of
from interviews.queries.work import work
from realtime.sockets import Frame

logger = logging.getLogger(__name__)

TOLD_EVERY_SECONDS = 2.0
NEW_FOR_SECONDS = 40.0
"""Longer than a job that is due counts as about to begin, and than a worker may say nothing."""
LOOKED_AT_EVERY_SECONDS = 10.0
"""Once a page has told the same for that long."""

_in_thread = partial(database_sync_to_async, thread_sensitive=False)
Followers = Callable[[], Mapping[object, str]]
"""Who follows it now, each with the language of the page."""
Write = Callable[[object, Frame], None]
Why = tuple[str, str]
"""An interview, and the digest of what a page has told of it."""
Whys = Callable[[], Mapping[object, Why]]
"""Who has a page open that says why."""


class Looks:
    """At what open pages say: which is to be looked at now."""

    def __init__(self) -> None:
        self._first: dict[Why, float] = {}
        self._last: dict[Why, float] = {}

    def due(self, told: Collection[Why], now: float) -> set[str]:
        """The interviews. `now` in seconds; it counts as looked at."""
        self._first = {why: self._first.get(why, now) for why in told}
        self._last = {why: self._last[why] for why in self._last if why in self._first}
        found = [why for why in self._first if self._is_due(why, now)]
        self._last |= dict.fromkeys(found, now)
        return {interview for interview, _digest in found}

    def _is_due(self, why: Why, now: float) -> bool:
        is_new = now - self._first[why] < NEW_FOR_SECONDS
        return is_new or now - self._last[why] >= LOOKED_AT_EVERY_SECONDS


async def tell(operators: Followers, write: Write, whys: Whys, outdated: Callable[[object], None]) -> None:
    """For ever."""
    told: dict[object, str] = {}
    looks = Looks()
    while True:
        await asyncio.sleep(TOLD_EVERY_SECONDS)
        try:
            told = await _told(operators, write, told)
            if due := looks.due(set(whys().values()), time.monotonic()):
                now = await _in_thread(digests)(due)
                for page, (interview, before) in whys().items():
                    if now.get(interview, before) != before:
                        outdated(page)
        except Exception:
            logger.exception("the operators' page could not be drawn; it is drawn again shortly")


def digests(interviews: Collection[str]) -> dict[str, str]:
    """By the id of the interview: of what is to be told why."""
    found = Interview.objects.filter(pk__in=interviews)
    return {str(interview.pk): digest(rows_of(interview, queue_answers)) for interview in found}


async def _told(followers: Followers, write: Write, before: Mapping[object, str]) -> dict[object, str]:
    """What each has been told now."""
    languages = set(followers().values())
    if not languages:
        return {}
    boards = await _in_thread(drawn)(languages)
    now = {follower: boards[language] for follower, language in followers().items() if language in boards}
    for follower, html in now.items():
        if before.get(follower) != html:
            write(follower, Frame(json.dumps({"html": html})))
    return now


def drawn(languages: set[str]) -> dict[str, str]:
    hints, boards = queue(), {}
    for language in languages:
        with override(language):
            boards[language] = str(render_to_string("live/update.html", {"work": work(hints)}))
    return boards
