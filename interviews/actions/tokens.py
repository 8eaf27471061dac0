"""Keys for programs: made by the person to whom they belong, ended by them or in the admin."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from interviews.actions.auditing import note
from interviews.models import ApiToken
from interviews.models.audit import Action
from interviews.processing.links import token_hash

PREFIX = "grn_"
"""So that programs that look for lost secrets know one when they see it."""
TOKEN_BYTES = 32
DAYS_AT_MOST = 366


def make_token(owner: User, name: str, scopes: Collection[str], days: int) -> tuple[ApiToken, str]:
    """With the token itself, which can be read here, once."""
    text = PREFIX + secrets.token_urlsafe(TOKEN_BYTES)
    ends = timezone.now() + timedelta(days=days)
    with transaction.atomic():
        made = ApiToken.objects.create(
            owner=owner, name=name, hash=token_hash(text), scopes=" ".join(sorted(scopes)), expires_at=ends
        )
        note(Action.TOKEN_MADE, owner.pk, subject=made)
    return made, text


def revoke_token(token: ApiToken, by: User) -> None:
    """From the next request on it opens nothing. A second time changes nothing."""
    with transaction.atomic():
        if ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now()):
            note(Action.TOKEN_ENDED, by.pk, subject=token)
