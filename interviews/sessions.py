"""Browsers that staff are signed in with: when each was last used, when it ends, and who may end it.

The row of a session is the truth, for pages and for sockets. Ending one is deleting it; `rights` tells open pages.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY, logout
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.db.models import QuerySet
from django.db.models.signals import post_save
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from interviews.actions import second_factor
from interviews.models import Session
from interviews.models.sessions import SIGNED_IN, SessionStore

logger = logging.getLogger(__name__)

IDLE = timedelta(hours=12)
AT_MOST = timedelta(days=7)
NOTED_EVERY = timedelta(minutes=10)
"""How exact *last used* is: a page costs no statement more within that time."""
PROVED = "proved_at"
SECOND_FACTOR = "second_factor"
"""Whether the session began with one."""


def connect() -> None:
    user_logged_in.connect(_signed_in, dispatch_uid="interviews.sessions")
    user_logged_out.connect(_signed_out, dispatch_uid="interviews.sessions")
    post_save.connect(_account_saved, User, dispatch_uid="interviews.sessions")


def _signed_out(user: User | None, **kwargs: Any) -> None:
    logger.info("account %s signed out", user.pk if user else None)


def of(user: User) -> QuerySet[Session]:
    return Session.objects.filter(user=user, expire_date__gt=timezone.now())


def handle(session: Session) -> str:
    """What a page calls it by. Its key is as good as a password, and stands on no page."""
    return salted_hmac("interviews.sessions", session.pk, algorithm="sha256").hexdigest()


def end(user: User, named: str) -> int:
    """The one of that person's that has this handle; 0 where there is none."""
    return _deleted(of(user).filter(pk__in=[it.pk for it in of(user) if handle(it) == named]))


def end_others(user: User, but: str | None) -> int:
    return _deleted(of(user).exclude(pk=but or ""))


def prove(session: Any) -> None:
    """The password, or a code, was right a moment ago."""
    session[PROVED] = timezone.now().timestamp()


def was_proved_within(session: Mapping[str, Any], time: timedelta) -> bool:
    at = session.get(PROVED)
    return at is not None and 0 <= timezone.now().timestamp() - at <= time.total_seconds()


def is_enough(session: Mapping[str, Any], user: User) -> bool:
    """False where the site requires a second factor, and this session began without one."""
    return bool(session.get(SECOND_FACTOR)) or not second_factor.is_required_of(user)


class Seen:
    """Notes that a session is used, and puts off its end, up to the longest time. What is not enough is ended."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        session = request.session
        if settings.REQUIRE_TOTP and isinstance(request.user, User) and not is_enough(session, request.user):
            logout(request)
        response = self._get_response(request)
        if session.accessed and SESSION_KEY in session and (facts := session.get(SIGNED_IN)):
            now = timezone.now()
            if now - datetime.fromisoformat(facts["seen"]) >= NOTED_EVERY:
                session[SIGNED_IN] = {**facts, "seen": now.isoformat(), "address": network_of(address_of(request))}
                _put_off_end(session, datetime.fromisoformat(facts["at"]) + AT_MOST - now)
        return response


def address_of(request: HttpRequest) -> str:
    """Of who sent this. Behind proxies of ours each adds whom it heard it from; what stands before that is hearsay."""
    if settings.TRUSTED_PROXIES:
        told = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
        return told[-settings.TRUSTED_PROXIES] if len(told) >= settings.TRUSTED_PROXIES else ""
    return str(request.META.get("REMOTE_ADDR", ""))


def network_of(address: str) -> str:
    """Coarse: 203.0.113.… or 2001:db8:1:…"""
    if ":" in address:
        return ":".join(address.split(":")[:3]) + ":…"
    return ".".join([*address.split(".")[:3], "…"]) if address.count(".") == 3 else ""


def browser_of(agent: str) -> str:
    """As people call it: Firefox, Windows."""
    browsers = {"Edg": "Edge", "OPR/": "Opera", "Firefox": "Firefox", "Chrome": "Chrome", "Safari": "Safari"}
    systems = {"iPhone": "iPhone", "iPad": "iPad", "Android": "Android", "Windows": "Windows", "Mac": "macOS"}
    found = [
        next((name for mark, name in known.items() if mark in agent), "")
        for known in (browsers, {**systems, "CrOS": "ChromeOS", "Linux": "Linux"})
    ]
    return ", ".join(filter(None, found))


def _signed_in(request: HttpRequest, user: User, **kwargs: Any) -> None:
    now = timezone.now()
    request.session[SIGNED_IN] = {
        "at": now.isoformat(),
        "seen": now.isoformat(),
        "device": browser_of(request.META.get("HTTP_USER_AGENT", "")),
        "address": network_of(address_of(request)),
    }
    prove(request.session)
    _put_off_end(request.session, AT_MOST)
    logger.info("account %s signed in", user.pk)


def _put_off_end(session: Any, left: timedelta) -> None:
    session.set_expiry(max(0, int(min(IDLE, left).total_seconds())) or 1)


def _account_saved(instance: User, created: bool, update_fields: frozenset[str] | None, **kwargs: Any) -> None:
    """A changed password, and an account that was closed, end what was begun before."""
    if created or update_fields == frozenset({"last_login"}):
        return
    store = SessionStore()
    for session in of(instance):
        held = store.decode(session.session_data).get(HASH_SESSION_KEY, "")
        if not instance.is_active or not constant_time_compare(held, instance.get_session_auth_hash()):
            session.delete()
            logger.info("a session of account %s ended: its password or state changed", instance.pk)


def _deleted(sessions: QuerySet[Session]) -> int:
    return sessions.delete()[0]  # by its signal, open pages learn of it
