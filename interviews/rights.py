"""Tells open pages that rights changed: a team, an account, a session or a position, whoever changed it. A position
that is changed (whether people rate first in it, say) has every page read again.

Rights are changed by Django's own views and admin, which know nothing of events; their signals are the one place that
all of them pass. An update in bulk sends no signal: its effect is seen when the page next asks, with its heartbeat.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models.signals import m2m_changed, post_delete, post_save
from django.utils import timezone

from interviews.events import Kind, record
from interviews.models import Membership, Position, Session


def connect() -> None:
    uid = "interviews.rights"
    m2m_changed.connect(_added_in_bulk, Membership, dispatch_uid=uid)
    post_save.connect(_saved_or_deleted, Membership, dispatch_uid=uid)
    post_delete.connect(_saved_or_deleted, Membership, dispatch_uid=uid)
    post_save.connect(_saved, User, dispatch_uid=uid)
    post_save.connect(_saved, Position, dispatch_uid=uid)
    post_delete.connect(_saved_or_deleted, User, dispatch_uid=uid)
    post_delete.connect(_saved_or_deleted, Position, dispatch_uid=uid)
    post_delete.connect(_session_ended, Session, dispatch_uid=uid)


def _added_in_bulk(action: str, **kwargs: Any) -> None:
    if action == "post_add":  # the rows' own signals tell of all else
        _changed()


def _saved(sender: type[User | Position], created: bool, update_fields: frozenset[str] | None, **kwargs: Any) -> None:
    only_signed_in = update_fields == frozenset({"last_login"})
    if sender is Position and not created:
        _changed(Kind.RULES)
    elif sender is Position or (not created and not only_signed_in):
        _changed()


def _saved_or_deleted(**kwargs: Any) -> None:
    _changed()


def _session_ended(instance: Session, **kwargs: Any) -> None:
    if instance.expire_date > timezone.now():  # not those that are only cleared away
        _changed()


def _changed(kind: Kind = Kind.RIGHTS) -> None:
    with transaction.atomic():
        record(kind, None)
