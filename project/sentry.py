"""Faults of ours, told to the Sentry server that SENTRY_DSN names: what the log says of them at ERROR, and no more.

Sentry's library collects much by itself: requests with their queries and headers, the values of variables, what was
logged before. None of its integrations is used but the one for the log, and an event is made anew of what may leave.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, cast

import sentry_sdk
from sentry_sdk.integrations.atexit import AtexitIntegration
from sentry_sdk.integrations.logging import LoggingIntegration
from sentry_sdk.types import Event, Hint

from interviews.spans import ids
from project.faults import chain, words_of
from project.lines import without_address
from project.requests import Broken

KEPT = ("event_id", "timestamp", "platform", "level", "logger", "environment", "release", "server_name", "sdk")
OF_AN_ERROR = ("type", "module", "mechanism", "thread_id")
OF_A_FRAME = ("filename", "abs_path", "module", "function", "lineno", "in_app")
OF_CODE = ("pre_context", "context_line", "post_context")
TRUSTED = ("project.", "realtime.", "interviews.", "django.request", "django.security.")
"""Loggers whose lines hold ids alone. Of what others say, only who said it is told."""


def begin(dsn: str) -> None:
    sentry_sdk.init(
        dsn,
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[
            LoggingIntegration(level=None, event_level=logging.ERROR, sentry_logs_level=None),
            AtexitIntegration(callback=lambda pending, timeout: None),  # sends what is left, and prints nothing
        ],
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        auto_session_tracking=False,
        before_send=tell,
    )


def tell(event: Event, hint: Hint) -> Event | None:
    error = hint["exc_info"][1] if hint.get("exc_info") else None
    if isinstance(error, Broken):
        return None  # the line before it was told already
    told = {name: value for name, value in event.items() if name in KEPT}
    told["tags"] = dict(ids())
    record = hint.get("log_record")
    if isinstance(record, logging.LogRecord):
        told["logentry"] = {"formatted": _message(record)}
    if error is not None:
        words = {str(one): words_of(one) for one in chain(error)}
        values = cast("Mapping[str, Any]", event.get("exception", {})).get("values", [])
        told["exception"] = {"values": [_error(value, words) for value in values]}
    return cast("Event", told)


def _message(record: logging.LogRecord) -> str:
    if not record.name.startswith(TRUSTED):
        return ""
    without_address(record)
    return record.getMessage()


def _error(value: Mapping[str, Any], words: Mapping[str, str]) -> dict[str, Any]:
    frames = (value.get("stacktrace") or {}).get("frames", [])
    kept = [{name: frame[name] for name in OF_A_FRAME + OF_CODE if name in frame} for frame in frames]
    told = {name: value[name] for name in OF_AN_ERROR if name in value}
    return told | {"value": words.get(value.get("value") or "", ""), "stacktrace": {"frames": kept}}
