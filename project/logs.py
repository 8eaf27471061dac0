"""What is logged: one line each, on the console."""

from __future__ import annotations

from typing import Any


def logging_to_console(level: int) -> dict[str, Any]:
    """For `logging.config.dictConfig`."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            # Their INFO lists every request of the SDKs and every periodic tick.
            # With a handler of its own, or run_huey adds one and lists every hint, twice.
            "huey": {"level": "WARNING", "handlers": ["console"], "propagate": False},
            "httpx": {"level": "WARNING"},
            "httpx2": {"level": "WARNING"},
            "google_genai": {"level": "WARNING"},
            "daphne": {"level": "WARNING"},
            # Names the letters of what is printed into a PDF.
            "fontTools": {"level": "WARNING"},
            "fpdf": {"level": "ERROR"},
        },
    }
