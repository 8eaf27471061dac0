"""What input is acceptable, in words for the person who typed it."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from interviews.actions.refusals import Refused


class OpenLink(forms.Form):
    token = forms.CharField(max_length=200)


class Consent(forms.Form):
    agree = forms.BooleanField(
        error_messages={
            "required": gettext_lazy("Please tick the box to agree, or close this page: nothing was recorded.")
        }
    )


class Malformed(Refused):
    code = "malformed"


@dataclass(frozen=True, slots=True)
class Creation:
    question_id: int
    mime_type: str


@dataclass(frozen=True, slots=True)
class Slice:
    """`sha256` is the raw digest that the sender claims, or None."""

    offset: int
    sha256: bytes | None


@dataclass(frozen=True, slots=True)
class Finish:
    length: int
    sha256: str


def creation(request: HttpRequest) -> Creation:
    """Reads `Upload-Metadata` as tus 1.0 defines it: comma-separated `key base64(value)` pairs."""
    metadata: dict[str, str] = {}
    for pair in request.headers.get("Upload-Metadata", "").split(","):
        key, _space, value = pair.strip().partition(" ")
        metadata[key] = _base64(value).decode("utf-8", "replace")
    if not metadata.get("question", "").isdecimal() or not metadata.get("filetype"):
        raise Malformed(_("The request to record does not say for which question. Load the page again."))
    return Creation(int(metadata["question"][:18]), metadata["filetype"])


def slice_of(request: HttpRequest) -> Slice:
    """Reads `Upload-Offset`, and `Upload-Checksum` as tus 1.0 defines it: `sha256 base64(digest)`."""
    offset = request.headers.get("Upload-Offset", "")
    if not offset.isdecimal() or len(offset) > 18:
        raise Malformed(_("The piece of the recording does not say where it belongs. Load the page again."))
    algorithm, _space, digest = request.headers.get("Upload-Checksum", "").partition(" ")
    if algorithm not in ("", "sha256"):
        raise Malformed(_("Only sha256 checksums are understood here."))
    return Slice(int(offset), _base64(digest) if algorithm else None)


def finish(request: HttpRequest) -> Finish:
    try:
        body: Any = json.loads(request.body)
        length, sha256 = body["length"], body["sha256"]
    except (ValueError, TypeError, KeyError, RecursionError, RequestDataTooBig) as error:
        raise Malformed(_("The end of the recording was not understood. Load the page again.")) from error
    if type(length) is not int or length < 0 or not isinstance(sha256, str) or not re.fullmatch("[0-9a-f]{64}", sha256):
        raise Malformed(_("The end of the recording was not understood. Load the page again."))
    return Finish(length, sha256)


def _base64(value: str) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except ValueError as error:  # binascii.Error is one; letters beyond ASCII raise a plain one
        raise Malformed(_("The request was not understood. Load the page again.")) from error
