"""What Django's own views and admin do is written down for the audit log here: sign-ins, accounts, rights, teams.

They know nothing of it; their signals are the one place that all of them pass. Who did it is whoever is asking in this
thread, which the middleware keeps. An update in bulk sends no signal, and is not written down.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from django.contrib.admin.models import ADDITION, DELETION, LogEntry
from django.contrib.auth.models import Group, User
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db.models import Model
from django.db.models.signals import m2m_changed, post_delete, post_save
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from interviews.actions.auditing import note
from interviews.models import Applicant, Membership, Position, Question, QuestionSet
from interviews.models.audit import Action

_asking: ContextVar[HttpRequest | None] = ContextVar("asking", default=None)
MADE_OR_CHANGED: dict[type[Model], tuple[Action, Action]] = {
    User: (Action.ACCOUNT_MADE, Action.ACCOUNT_CHANGED),
    Group: (Action.GROUP_CHANGED, Action.GROUP_CHANGED),
    Membership: (Action.TEAM_CHANGED, Action.TEAM_CHANGED),
    Position: (Action.POSITION_MADE, Action.POSITION_CHANGED),
}
DELETED: dict[type[Model], Action] = {
    User: Action.ACCOUNT_DELETED,
    Group: Action.GROUP_DELETED,
    Membership: Action.TEAM_LEFT,
    Position: Action.POSITION_DELETED,
}
DELETED_IN_THE_ADMIN: tuple[type[Model], ...] = (Applicant, QuestionSet, Question)
"""What else may be deleted there. Of several at once, Django's own log sends no signal; their rows do."""


class Witness:
    """Middleware, behind the one that knows the account."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        before = _asking.set(request)
        try:
            return self._get_response(request)
        finally:
            _asking.reset(before)


def connect() -> None:
    uid = "interviews.witness"
    user_logged_in.connect(_signed_in, dispatch_uid=uid)
    user_logged_out.connect(_signed_out, dispatch_uid=uid)
    user_login_failed.connect(_not_signed_in, dispatch_uid=uid)
    for model in MADE_OR_CHANGED:
        post_save.connect(_saved, model, dispatch_uid=uid)
        post_delete.connect(_deleted, model, dispatch_uid=uid)
    for model in DELETED_IN_THE_ADMIN:
        post_delete.connect(_deleted_in_the_admin, model, dispatch_uid=uid)
    for rights in (User.groups.through, User.user_permissions.through, Group.permissions.through):
        m2m_changed.connect(_rights_changed, rights, dispatch_uid=uid)
    m2m_changed.connect(_added_in_bulk, Membership, dispatch_uid=uid)
    post_save.connect(_in_the_admin, LogEntry, dispatch_uid=uid)


def asking() -> HttpRequest | None:
    """The request that this thread answers; None outside of one."""
    return _asking.get()


def _actor() -> int | None:
    request = _asking.get()
    user = getattr(request, "user", None)
    return user.pk if isinstance(user, User) else None


def _signed_in(user: User, **kwargs: Any) -> None:
    note(Action.SIGNED_IN, user.pk)


def _signed_out(user: User | None, **kwargs: Any) -> None:
    if user is not None:
        note(Action.SIGNED_OUT, user.pk)


def _not_signed_in(credentials: dict[str, Any], **kwargs: Any) -> None:
    """Which account, where there is one of that name. What was typed is kept nowhere: it may be a password."""
    named = credentials.get(User.USERNAME_FIELD, "")
    note(Action.NOT_SIGNED_IN, None, subject=User.objects.filter(**{User.USERNAME_FIELD: named}).only("pk").first())


def _saved(
    sender: type[Model], instance: Any, created: bool, update_fields: frozenset[str] | None, **kwargs: Any
) -> None:
    if update_fields != frozenset({"last_login"}):
        _changed(MADE_OR_CHANGED[sender][0 if created else 1], instance)


def _deleted(sender: type[Model], instance: Any, **kwargs: Any) -> None:
    _changed(DELETED[sender], instance)


def _changed(action: Action, instance: Any) -> None:
    """Of a team: the account, and the position."""
    if isinstance(instance, Membership):
        note(action, _actor(), position=instance.position_id, subject=User(pk=instance.user_id))
    elif isinstance(instance, Position):
        note(action, _actor(), position=instance.pk)
    else:
        note(action, _actor(), subject=instance)


def _rights_changed(instance: Any, action: str, **kwargs: Any) -> None:
    if action in ("post_add", "post_remove", "post_clear"):
        _changed(Action.GROUP_CHANGED if isinstance(instance, Group) else Action.ACCOUNT_CHANGED, instance)


def _added_in_bulk(instance: Any, action: str, reverse: bool, pk_set: set[int] | None, **kwargs: Any) -> None:
    """By `position.team.add`, which sends no signal of each row; taking away does."""
    for pk in sorted(pk_set or ()) if action == "post_add" else ():
        position, user = (pk, instance.pk) if reverse else (instance.pk, pk)
        note(Action.TEAM_CHANGED, _actor(), position=position, subject=User(pk=user))


def _deleted_in_the_admin(instance: Model, **kwargs: Any) -> None:
    request = _asking.get()
    if request is not None and request.resolver_match is not None and "admin" in request.resolver_match.app_names:
        note(Action.ADMIN_DELETED, _actor(), subject=instance)


def _in_the_admin(instance: LogEntry, **kwargs: Any) -> None:
    """Of all but what is written down anyway, wherever it is changed."""
    kind: Any = instance.content_type
    model = kind.model_class() if kind else None
    is_known = model in MADE_OR_CHANGED or (instance.action_flag == DELETION and model in DELETED_IN_THE_ADMIN)
    if model is None or is_known:
        return
    done = {ADDITION: Action.ADMIN_ADDED, DELETION: Action.ADMIN_DELETED}
    subject = model(pk=instance.object_id)
    note(done.get(instance.action_flag, Action.ADMIN_CHANGED), instance.user_id, subject=subject)
