"""How browsers reach the site, and how staff prove who they are."""

from __future__ import annotations

from project.environment import reading, refuse

with reading() as env:
    SECURE_COOKIES = env.bool("SECURE_COOKIES", False)
    TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", 0)
    REQUIRE_TOTP = env.bool("REQUIRE_TOTP", False)

if TRUSTED_PROXIES < 0:
    refuse("TRUSTED_PROXIES", "must be 0 or more: how many proxies of yours stand before this server.")

COOKIE_PREFIX = "__Host-" if SECURE_COOKIES else ""
"""Browsers take a cookie of such a name only over https and for this host alone, so no neighbour can plant one."""
YEAR_SECONDS = 365 * 24 * 60 * 60
