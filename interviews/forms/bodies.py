"""What scripts send of an answer that is recorded or written, and of a comment, as JSON."""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from django.utils.translation import gettext as _

from interviews.actions.finishing import End
from interviews.actions.refusals import Refused


class Malformed(Refused):
    code = "malformed"


@dataclass(frozen=True, slots=True)
class Finish:
    ends: list[End]
    writer: str


def finish(request: HttpRequest) -> Finish:
    body = _json(request)
    try:
        ends = [_end(segment) for segment in body["segments"]]
        writer = body.get("writer") or ""
        if not ends or not isinstance(writer, str):
            raise ValueError
    except (ValueError, TypeError, KeyError) as error:
        raise _not_understood() from error
    return Finish(ends, writer)


@dataclass(frozen=True, slots=True)
class Written:
    text: str
    version: int


def draft(request: HttpRequest) -> Written:
    body = _json(request)
    text = body.get("text")
    if not isinstance(text, str) or "\0" in text:  # PostgreSQL keeps none
        raise _not_understood()
    return Written(text, _version(body))


def version(request: HttpRequest) -> int:
    return _version(_json(request))


def _version(body: dict[str, Any]) -> int:
    number = body.get("version")
    if type(number) is not int or not 0 <= number < 2**31:
        raise _not_understood()
    return number


def claim(request: HttpRequest) -> str:
    """The tab's own name for itself."""
    writer = _json(request).get("writer")
    if not isinstance(writer, str) or not re.fullmatch(r"[!-~]{1,64}", writer):
        raise _not_understood()
    return writer


def _end(told: Any) -> End:
    length, digest = told["length"], told["digest"]
    if type(length) is not int or length < 0:
        raise ValueError(length)
    return End(uuid.UUID(str(told["segment"])), length, _sha256(digest) if digest is not None else None)


def _sha256(digest: str) -> bytes:
    if not re.fullmatch("[0-9a-f]{64}", digest):
        raise ValueError(digest)
    return bytes.fromhex(digest)


def _json(request: HttpRequest) -> dict[str, Any]:
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError, RequestDataTooBig) as error:
        raise _not_understood() from error
    if not isinstance(body, dict):
        raise _not_understood()
    return body


def _not_understood() -> Malformed:
    return Malformed(_("The request was not understood. Load the page again."))
