"""What is logged: one line each, or one JSON object a line, on the console. lines.py says what is in it."""

from __future__ import annotations

import logging
from typing import Any

FORMATS = {"line": "project.lines.Lines", "json": "project.lines.Objects"}


def logging_to_console(level: int, as_what: str) -> dict[str, Any]:
    """For `logging.config.dictConfig`."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"ids": {"()": "project.lines.Ids"}},
        "formatters": {"chosen": {"()": FORMATS[as_what]}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "chosen", "filters": ["ids"]}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            # Never lower: at DEBUG it lists the values of statements, and what templates were given. Without the
            # handlers that Django gives it: one mails what a request held to administrators.
            "django": {"level": max(level, logging.INFO), "handlers": []},
            # Their INFO lists every request of the SDKs and every periodic tick.
            # With a handler of its own, or run_huey adds one and lists every hint, twice.
            "huey": {"level": "WARNING", "handlers": ["console"], "propagate": False},
            "httpx": {"level": "WARNING"},
            "httpx2": {"level": "WARNING"},
            "httpcore": {"level": "WARNING"},
            "httpcore2": {"level": "WARNING"},
            "urllib3": {"level": "WARNING"},
            "google_genai": {"level": "WARNING"},
            "daphne": {"level": "WARNING"},
            "uvicorn.access": {"level": "WARNING"},  # lists queries, and so whom somebody searched for
            # Names the letters of what is printed into a PDF.
            "fontTools": {"level": "WARNING"},
            "fpdf": {"level": "ERROR"},
        },
    }
