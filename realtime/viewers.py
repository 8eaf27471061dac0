"""An open page, as the hub knows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from django.conf import settings

from interviews.topics import Following
from realtime.sockets import Writer


class Close(Protocol):
    def __call__(self, code: int) -> None: ...


@dataclass(eq=False, slots=True)
class Viewer:
    """One open page. `write` and `close` return at once."""

    session_key: str
    write: Writer
    close: Close
    following: Following | None = None
    language: str = settings.LANGUAGE_CODE
