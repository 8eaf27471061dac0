"""How many queries each page asks.

    python -m tests.with_django bench.desk_parts.queries SESSION

reads paths as a JSON list from stdin, and prints as many numbers.
"""

from __future__ import annotations

import json
import sys

from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext


def asked_by(browser: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        reply = browser.get(path, headers={"host": "localhost"})
    if reply.status_code != 200:
        raise RuntimeError(f"{path} was answered with {reply.status_code}")
    return len(captured)


if __name__ == "__main__":
    visitor = Client()
    visitor.cookies[settings.SESSION_COOKIE_NAME] = sys.argv[1]
    print(json.dumps([asked_by(visitor, path) for path in json.load(sys.stdin)]))
