"""The operators' page, told anew every two seconds where it has changed: how many jobs wait, who is alive, what a
provider does. Much of that has no event (a worker that says nothing any more, a job that a worker has just begun), so
it is drawn and compared, once for all who follow it, and by a thread of its own, so that no other page waits for it."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from functools import partial

from channels.db import database_sync_to_async
from django.template.loader import render_to_string
from django.utils.translation import override

from interviews.processing.queue import queue, queue_answers
from interviews.queries.work import has_worker, work
from realtime.sockets import Frame

logger = logging.getLogger(__name__)

TOLD_EVERY_SECONDS = 2.0

_in_thread = partial(database_sync_to_async, thread_sensitive=False)
Followers = Callable[[], Mapping[object, str]]
"""Who follows it now, each with the language of the page."""
Write = Callable[[object, Frame], None]


async def tell(operators: Followers, whys: Followers, write: Write, start_over: Frame) -> None:
    """For ever. `whys` are the pages that say why something is not scored: they are read again where work as a whole
    stops or goes on."""
    told: dict[object, str] = {}
    works: bool | None = None
    while True:
        await asyncio.sleep(TOLD_EVERY_SECONDS)
        try:
            told = await _told(operators, write, told)
            before, works = works, (await _in_thread(does_work)() if whys() else None)
            if None not in (before, works) and before != works:
                for page in whys():
                    write(page, start_over)
        except Exception:
            logger.exception("the operators' page could not be drawn; it is drawn again shortly")


def does_work() -> bool:
    """Whether anything that is due will be done: a worker is alive, and hears of it."""
    return has_worker() and queue_answers()


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
