"""Keys for programs: made and ended by the person to whom they belong, alone; so they are nobody else's event."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import timedelta

from django.contrib.auth.models import User
from django.utils import timezone

from interviews.models import ApiToken
from interviews.processing.links import token_hash

PREFIX = "grn_"
"""So that programs that look for lost secrets know one when they see it."""
TOKEN_BYTES = 32
DAYS_AT_MOST = 366


def make_token(owner: User, name: str, scopes: Collection[str], days: int) -> tuple[ApiToken, str]:
    """With the token itself, which can be read here, once."""
    text = PREFIX + secrets.token_urlsafe(TOKEN_BYTES)
    ends = timezone.now() + timedelta(days=days)
    made = ApiToken.objects.create(
        owner=owner, name=name, hash=token_hash(text), scopes=" ".join(sorted(scopes)), expires_at=ends
    )
    return made, text


def revoke_token(token: ApiToken) -> None:
    """From the next request on it opens nothing. A second time changes nothing."""
    ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now())
