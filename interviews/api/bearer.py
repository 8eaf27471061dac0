"""Who is asking: the person to whom a token belongs, for what the token is for.

A token never opens more than its owner's own pages do. So what is suggested stays hidden from a program, too, until
its owner has done the review, where people rate first. There is no token that goes past that for another system: what
it was given it would show to people who have not rated yet, and nobody could call that back.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from datetime import timedelta
from threading import Lock
from time import monotonic
from typing import cast

from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja.security.http import HttpAuthBase

from interviews.api.problems import Problem
from interviews.models import ApiToken, Scope
from interviews.processing.links import token_hash

WRITTEN_DOWN_AFTER = timedelta(hours=1)
TOKENS_REMEMBERED = 10_000
_MINUTE = 60.0

_lock = Lock()
_asked: OrderedDict[int, tuple[float, float]] = OrderedDict()
"""By token: how many requests it has left, and when that was so."""


class Bearer(HttpAuthBase):
    """`Authorization: Bearer grn_…` (RFC 6750)."""

    openapi_scheme = "bearer"

    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self.scope = scope

    def __call__(self, request: HttpRequest) -> ApiToken | None:
        kind, _space, text = request.headers.get("Authorization", "").partition(" ")
        token = _found(text.strip()) if kind.lower() == "bearer" else None
        if token is None:
            return None
        _must_not_be_too_many(token.pk)
        _must_have(token, self.scope)
        return token


def token_of(request: HttpRequest) -> ApiToken:
    return cast("ApiToken", request.auth)  # type: ignore[attr-defined] # set by Ninja where Bearer let it in


def asker(request: HttpRequest) -> User:
    return token_of(request).owner


def must_also_have(request: HttpRequest, scope: Scope) -> None:
    """Of what needs two."""
    _must_have(token_of(request), scope)


def _must_have(token: ApiToken, scope: Scope) -> None:
    if scope not in token.scope_list:
        challenge = f'Bearer error="insufficient_scope", scope="{scope}"'
        words = _("This token is not for that: it lacks the scope %(scope)s.") % {"scope": scope}
        raise Problem(403, "insufficient_scope", words, headers={"WWW-Authenticate": challenge})


def _found(text: str) -> ApiToken | None:
    now = timezone.now()
    good = ApiToken.objects.filter(revoked_at=None, expires_at__gt=now, owner__is_active=True)
    token = good.select_related("owner").filter(hash=token_hash(text)).first()
    if token is not None and (token.last_used_at is None or token.last_used_at < now - WRITTEN_DOWN_AFTER):
        ApiToken.objects.filter(pk=token.pk, last_used_at=token.last_used_at).update(last_used_at=now)
    return token


def _must_not_be_too_many(token_id: int) -> None:
    """A bucket that fills evenly, in each process by itself: it keeps one program from taking all threads."""
    a_minute, now = settings.API_REQUESTS_A_MINUTE, monotonic()
    with _lock:
        left, at = _asked.pop(token_id, (float(a_minute), now))
        left = min(float(a_minute), left + (now - at) * a_minute / _MINUTE)
        is_one_left = left >= 1
        _asked[token_id] = (left - 1 if is_one_left else left, now)
        if len(_asked) > TOKENS_REMEMBERED:
            _asked.popitem(last=False)
    if not is_one_left:
        wait = math.ceil((1 - left) * _MINUTE / a_minute)
        words = _("That is more than %(count)s requests a minute.") % {"count": a_minute}
        raise Problem(429, "too_many_requests", words, headers={"Retry-After": str(wait)})
