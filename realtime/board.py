"""The operators' page, told anew every two seconds where it has changed: how many jobs wait, who is alive, what a
provider does. Much of that has no event (a worker that says nothing any more, a job that a worker has just begun), so
it is drawn and compared, once for all who follow it, and by a thread of its own, so that no other page waits for it."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Mapping

from channels.db import database_sync_to_async
from django.template.loader import render_to_string
from django.utils.translation import override

from interviews.processing.queue import queue
from interviews.queries.work import work
from realtime.sockets import Frame

logger = logging.getLogger(__name__)

TOLD_EVERY_SECONDS = 2.0

Followers = Callable[[], Mapping[object, str]]
"""Who follows it now, each with the language of the page."""
Write = Callable[[object, Frame], None]


async def tell(followers: Followers, write: Write) -> None:
    """For ever."""
    told: dict[object, str] = {}
    while True:
        await asyncio.sleep(TOLD_EVERY_SECONDS)
        try:
            told = await _told(followers, write, told)
        except Exception:
            logger.exception("the operators' page could not be drawn; it is drawn again shortly")


async def _told(followers: Followers, write: Write, before: Mapping[object, str]) -> dict[object, str]:
    """What each has been told now."""
    languages = set(followers().values())
    if not languages:
        return {}
    drawn = await database_sync_to_async(_draw, thread_sensitive=False)(languages)
    now = {follower: drawn[language] for follower, language in followers().items() if language in drawn}
    for follower, html in now.items():
        if before.get(follower) != html:
            write(follower, Frame(json.dumps({"html": html})))
    return now


def _draw(languages: set[str]) -> dict[str, str]:
    hints, drawn = queue(), {}
    for language in languages:
        with override(language):
            drawn[language] = str(render_to_string("live/update.html", {"work": work(hints)}))
    return drawn
