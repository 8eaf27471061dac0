"""What is in a line of the log, or in a JSON object that stands for it. Ids, and never words of people.

Every line carries the ids of the request or the job that it is about (interviews/spans.py). Of errors the messages are
left out, except where faults.py knows that they are harmless, and of addresses what was typed into them.
"""

from __future__ import annotations

import logging
from types import TracebackType
from typing import Any

from django.urls import ResolverMatch
from pythonjsonlogger.json import JsonFormatter

from interviews.spans import ids
from project.faults import written

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]

OF_RECORDS = ("timestamp", "level", "logger", "message", "error")
IDS = ("request", "interview", "job")
OF_REQUESTS = ("method", "view", "status", "ms")
FIELDS = (*OF_RECORDS, *(f"{name}_id" for name in IDS), *OF_REQUESTS)
"""Of a JSON object. Nothing else that a library hangs on a record gets through."""
NOWHERE = "an address that is none of ours"


class Ids(logging.Filter):
    """Onto every record. Takes away what others write into the message that is not for a log."""

    def filter(self, record: logging.LogRecord) -> bool:
        for name, value in ids().items():
            setattr(record, f"{name}_id", value)
        without_address(record)
        if record.name == "asyncio":  # its further lines show errors with their messages
            record.msg, record.args = record.getMessage().partition("\n")[0], None
        return True


def without_address(record: logging.LogRecord) -> None:
    """A path may hold what was typed, or a whole link in which a mail program has changed the #. Its route does not."""
    request = getattr(record, "request", None)
    if request is None or not isinstance(record.args, tuple) or not record.args:
        return
    reason, _path = str(record.args[0]), record.args[-1]
    # Django tells here which page a form came from, with its query.
    shortened = (reason.partition(" - ")[0],) if len(record.args) > 1 else ()
    record.args = (*shortened, route_of(getattr(request, "resolver_match", None)))


def route_of(match: ResolverMatch | None) -> str:
    return NOWHERE if match is None else f"/{match.route}"


class Lines(logging.Formatter):
    def __init__(self) -> None:
        super().__init__("{asctime} {levelname} {name}: {message}", style="{")

    def format(self, record: logging.LogRecord) -> str:
        record.exc_text = None  # another handler may have written it there, with all its words
        return super().format(record)

    def formatMessage(self, record: logging.LogRecord) -> str:
        said = [f"{name} {value}" for name in IDS if (value := getattr(record, f"{name}_id", None)) is not None]
        return super().formatMessage(record) + (f" [{', '.join(said)}]" if said else "")

    def formatException(self, ei: ExcInfo) -> str:
        return written(ei[1]) if ei[1] is not None else ""


class Objects(JsonFormatter):
    def __init__(self) -> None:
        super().__init__(
            ["levelname", "name", "message"],
            rename_fields={"levelname": "level", "name": "logger", "exc_info": "error"},
            timestamp=True,
        )

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        return {name: log_data[name] for name in FIELDS if log_data.get(name) is not None}

    def formatException(self, ei: ExcInfo) -> str:
        return written(ei[1]) if ei[1] is not None else ""
