"""The HTTP Observatory's scoring (Mozilla, charts.js of version 1.4) of one reply over https, as far as headers decide.

Credit is given only from 90 points on; A+ begins at 100. What it asks of several replies together (that http leads to
https) has a test of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from http.cookies import SimpleCookie

A_PLUS = 100
CREDIT_FROM = 90
HALF_A_YEAR_SECONDS = 15_768_000
PRIVATE = {"no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"}
BROAD = {"*", "http:", "https:", "ftp:", "data:", "'unsafe-inline'", "'unsafe-eval'"}


def score(headers: Mapping[str, str], cookies: SimpleCookie, page: str = "") -> int:
    marks = [
        _policy(headers.get("Content-Security-Policy", "")),
        *_cookies(cookies),
        -50 if headers.get("Access-Control-Allow-Origin") == "*" else 0,
        5 if headers.get("Referrer-Policy") in PRIVATE else -5,
        _transport(headers.get("Strict-Transport-Security", "")),
        -50 if re.search(r"<script[^>]+src=\"(https?:)?//", page) else 0,
        0 if headers.get("X-Content-Type-Options") == "nosniff" else -5,
        _framing(headers),
        10 if headers.get("Cross-Origin-Resource-Policy") in ("same-origin", "same-site") else 0,
    ]
    base = 100 + sum(mark for mark in marks if mark < 0)
    return base + sum(mark for mark in marks if mark > 0) if base >= CREDIT_FROM else max(base, 0)


def _policy(text: str) -> int:
    if not text:
        return -25
    allowed = {name: set(values) for name, *values in (part.split() for part in text.split(";") if part.strip())}
    otherwise = allowed.get("default-src", {"*"})
    for active in ("script-src", "object-src", "style-src"):
        if allowed.get(active, otherwise) & BROAD:
            return -20
    return 10 if otherwise == {"'none'"} else 5


def _cookies(cookies: SimpleCookie) -> list[int]:
    marks = []
    for name, cookie in cookies.items():
        is_session = "sess" in name.lower() or "login" in name.lower()
        marks += [
            0 if cookie["secure"] else -40 if is_session else -20,
            -30 if is_session and not cookie["httponly"] else 0,
            0 if cookie["samesite"] in ("Lax", "Strict") else -20,
        ]
    return [*marks, 5] if marks and not any(marks) else marks


def _transport(text: str) -> int:
    age = re.search(r"max-age=(\d+)", text)
    if age is None:
        return -20
    return 0 if int(age[1]) >= HALF_A_YEAR_SECONDS else -10


def _framing(headers: Mapping[str, str]) -> int:
    if "frame-ancestors 'none'" in headers.get("Content-Security-Policy", ""):
        return 5
    return 0 if headers.get("X-Frame-Options") in ("DENY", "SAMEORIGIN") else -20
