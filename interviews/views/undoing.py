"""What was done last, in the session for as long as it can be taken back, and offered on the page where it was done."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.http import HttpRequest
from django.utils import timezone

from interviews.actions.undo import TAKEN_BACK_WITHIN, Act

UNDO = "undo"


@dataclass(frozen=True, slots=True)
class Offer:
    """`id`: of what was done, so that a page that offers it still takes nothing else back.

    `is_new`: it is offered for the first time.
    """

    id: str
    words: str
    ms_left: int
    is_new: bool


def remember(
    request: HttpRequest,
    act: Act,
    ids: Collection[Any],
    words: str,
    page: str,
    within: timedelta = TAKEN_BACK_WITHIN,
    **more: str,
) -> None:
    """Where something was done. `words` name the count of ids, and what is in `more`; `page`: the path of the page that
    offers it."""
    words %= {"count": len(ids), **more}
    until = (timezone.now() + within).timestamp()
    written = [str(it) if isinstance(it, UUID) else it for it in ids]
    done = {"id": uuid4().hex, "act": act, "ids": written, "words": words, "page": page, "until": until}
    request.session[UNDO] = {**done, "is_new": True}


def offered(request: HttpRequest) -> Offer | None:
    """What this page offers to take back."""
    done = request.session.get(UNDO)
    if done is None or done["page"] != request.path:
        return None
    left = done["until"] - timezone.now().timestamp()
    if left <= 0:
        return None
    is_new = done.get("is_new", False)
    if is_new:
        request.session[UNDO] = {**done, "is_new": False}
    return Offer(done["id"], done["words"], int(left * 1000), is_new)
