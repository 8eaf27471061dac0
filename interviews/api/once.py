"""A POST that is repeated with the same `Idempotency-Key` is done once (draft-ietf-httpapi-idempotency-key-header).

Only what was done is remembered: what was refused changed nothing, and may be tried again. The row of the deed is
written in its transaction; of two requests at the same time the second waits for the first, and finds it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Header
from pydantic import StringConstraints

from interviews.api.bearer import token_of
from interviews.api.problems import Problem
from interviews.models import ApiDeed

KEPT_FOR = timedelta(hours=24)
Key = Annotated[
    Annotated[str, StringConstraints(pattern=r"^[!-~]{1,255}$")] | None,
    Header(alias="Idempotency-Key", description="Any text of your own; sent again within 24 h, the deed is done once."),
]


@dataclass(frozen=True, slots=True)
class Done:
    """`made`: ids of rows, as text. `is_repeat`: by an earlier request."""

    made: list[str]
    is_repeat: bool = False


def once(request: HttpRequest, key: str | None, act: Callable[[], list[str]]) -> Done:
    """Raises what `act` raises, and Problem where the key was used for something else."""
    if key is None:
        return Done(act())
    asked = _digest(request)
    known = _known(request, key)
    if known is None:
        try:
            return Done(_done(request, key, asked, act))
        except _SameKey:
            known = _known(request, key)
    if known is None or known.asked != asked:
        words = _("This Idempotency-Key was used for another request. Take a new one for each deed.")
        raise Problem(422, "key_used_otherwise", words)
    return Done(known.made, is_repeat=True)


def nothing_made(act: Callable[[], object]) -> Callable[[], list[str]]:
    """Of a deed that changes what is there."""

    def acted() -> list[str]:
        act()
        return []

    return acted


class _SameKey(Exception):
    pass


def _done(request: HttpRequest, key: str, asked: str, act: Callable[[], list[str]]) -> list[str]:
    token = token_of(request)
    with transaction.atomic():
        try:
            with transaction.atomic():
                ApiDeed.objects.filter(token=token, created_at__lt=timezone.now() - KEPT_FOR).delete()
                deed = ApiDeed.objects.create(token=token, key=key, asked=asked)
        except IntegrityError:
            raise _SameKey from None
        made = deed.made = act()
        deed.save(update_fields=["made"])
    return made


def _known(request: HttpRequest, key: str) -> ApiDeed | None:
    since = timezone.now() - KEPT_FOR
    return ApiDeed.objects.filter(token=token_of(request), key=key, created_at__gte=since).first()


def _digest(request: HttpRequest) -> str:
    asked = hashlib.sha256(f"{request.method} {request.path}\n".encode())
    asked.update(request.body)
    return asked.hexdigest()
