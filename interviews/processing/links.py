"""Links that open one interview. Only the hash of a token is stored: it can be read where it is made, once."""

from __future__ import annotations

import hashlib
import secrets

from interviews.models import Interview, Link, ShareLink

TOKEN_BYTES = 24  # 192 bits


def make_link(interview: Interview) -> str:
    """The token of one more link. The caller has locked the interview's row, and seen that it is not withdrawn."""
    # Hexadecimal: mail programs leave a "-" or "_" at the end out of the link.
    token = secrets.token_hex(TOKEN_BYTES)
    Link.objects.create(interview=interview, hash=token_hash(token))
    return token


def token_hash(token: str) -> str:
    """What is stored of a link's token. It needs no salt or slow hash: the token is random, not chosen."""
    return hashlib.sha256(token.encode()).hexdigest()


def link_path(interview: Interview, token: str) -> str:
    """The token stands behind the #: a browser keeps that to itself, so it reaches no log, referrer or link preview."""
    return f"/interview/{interview.pk}/#{token}"


def share_path(link: ShareLink, token: str) -> str:
    """As above, for somebody from outside."""
    return f"/shared/{link.pk}/#{token}"
