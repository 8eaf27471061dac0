"""A program with a token of somebody's."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, cast

from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client

from interviews.actions.tokens import make_token
from interviews.models import Scope

BASE = "/api/v1/"
PEOPLE = [
    {"name": "Ines Iversen", "email": "ines@example.com", "external_id": "A-17", "applicant_external_id": "P-4"},
    {"name": "Juri Jansen", "email": "juri@example.com"},
]


class Program:
    def __init__(self, owner: User, scopes: Iterable[Scope] = Scope, days: int = 1) -> None:
        self.token, self.text = make_token(owner, "a program", list(scopes), days)
        self._client = Client()

    def get(self, path: str, **headers: str) -> HttpResponse:
        return self.ask("GET", path, None, headers)

    def post(self, path: str, body: Any = None, **headers: str) -> HttpResponse:
        return self.ask("POST", path, body, headers)

    def patch(self, path: str, body: Any, **headers: str) -> HttpResponse:
        return self.ask("PATCH", path, body, headers)

    def ask(self, method: str, path: str, body: Any, headers: dict[str, str]) -> HttpResponse:
        """`path` below the base; a header is written as `Idempotency_Key`."""
        sent = {"Authorization": f"Bearer {self.text}", **{name.replace("_", "-"): it for name, it in headers.items()}}
        data = b"" if body is None else json.dumps(body)
        kind = "application/json" if body is not None else "application/octet-stream"
        return cast("HttpResponse", self._client.generic(method, BASE + path, data, kind, headers=sent))


def told(reply: Any, status: int = 200) -> Any:
    """The JSON of an answer that has this status."""
    assert reply.status_code == status, (reply.status_code, reply.content)
    return json.loads(reply.content)


def problem(reply: Any, status: int) -> str:
    """The word for programs of a refusal, which is whole by RFC 9457."""
    found = told(reply, status)
    assert reply["Content-Type"] == "application/problem+json"
    assert found["status"] == status and found["type"] == "about:blank" and found["title"] and found["detail"]
    return str(found["code"])
