"""A monitor that asks a site how it is, and for its metrics by their token."""

from __future__ import annotations

import urllib.error
import urllib.request

METRICS_TOKEN = "a token that is long enough"


def asked(address: str, **headers: str) -> tuple[int, str]:
    request = urllib.request.Request(address, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=40) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
