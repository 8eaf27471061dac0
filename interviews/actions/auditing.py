"""Writes down, for the audit log, what no event tells: one row, no lock, nobody waits.

It is written before what it is about leaves the server: what cannot be written down is not shown.
"""

from __future__ import annotations

from threading import Lock
from time import monotonic
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import Model

from interviews.models import Unsealed
from interviews.models.audit import Action

ONE_LOOK_SECONDS = 600.0
KNOWN_AT_MOST = 20_000


def note(
    action: Action,
    actor: int | None,
    *,
    interview: UUID | None = None,
    position: int | None = None,
    subject: Model | None = None,
) -> None:
    """In the transaction of what it is about. Ids, none of which has to name a row that is still there."""
    _told(action, actor, interview, position, subject).save(force_insert=True)


def seen(action: Action, by: User, position: int, *interviews: UUID, subject: Model | None = None) -> None:
    """These interviews; or, where none is named, what a position's people have in common.

    Once for ten minutes of the same: a player asks for a recording in many pieces. Later looks cost no statement.
    What was written is remembered in this process alone: of several, each may write it once.
    """
    about = [it for it in interviews or (None,) if not _known.has(_key(action, by, position, it, subject))]
    told = [_told(action, by.pk, it, position, subject) for it in about]
    if len(told) == 1:
        told[0].save(force_insert=True)  # one statement, where in bulk there are three
    else:
        Unsealed.objects.bulk_create(told)
    for it in about:
        _known.add(_key(action, by, position, it, subject))


def _told(
    action: Action, actor: int | None, interview: UUID | None, position: int | None, subject: Model | None
) -> Unsealed:
    return Unsealed(
        action=action,
        actor=actor,
        interview=interview,
        position=position,
        subject_type=subject._meta.model_name or "" if subject else "",
        subject_id=str(subject.pk) if subject else "",
    )


def _key(action: Action, by: User, position: int, interview: UUID | None, subject: Model | None) -> tuple[object, ...]:
    return action, by.pk, position, interview, subject and subject.pk


class _Known:
    """What was written lately. May forget: then it is written again."""

    def __init__(self) -> None:
        self._until: dict[tuple[object, ...], float] = {}
        self._lock = Lock()

    def has(self, key: tuple[object, ...]) -> bool:
        return self._until.get(key, 0.0) > monotonic()

    def add(self, key: tuple[object, ...]) -> None:
        now = monotonic()
        with self._lock:
            if len(self._until) >= KNOWN_AT_MOST:
                self._until = {it: until for it, until in self._until.items() if until > now}
            if len(self._until) >= KNOWN_AT_MOST:
                self._until.clear()
            self._until[key] = now + ONE_LOOK_SECONDS


_known = _Known()
