"""What the site tells of itself, and to whom."""

from __future__ import annotations

import logging
from importlib.util import find_spec
from urllib.parse import urlsplit

from project.environment import reading, refuse, refuse_unless_address
from project.logs import FORMATS

with reading() as env:
    LOG_LEVEL = env.log_level("LOG_LEVEL", logging.INFO)
    LOG_FORMAT = env.str("LOG_FORMAT", "line")
    METRICS_TOKEN = env.str("METRICS_TOKEN", "")
    SENTRY_DSN = env.str("SENTRY_DSN", "")
    OTEL_EXPORTER_OTLP_ENDPOINT = env.str("OTEL_EXPORTER_OTLP_ENDPOINT", "")

if LOG_FORMAT not in FORMATS:
    refuse("LOG_FORMAT", f'is "{LOG_FORMAT}"; it may be {" or ".join(FORMATS)}.')
if METRICS_TOKEN and len(METRICS_TOKEN) < 16:
    refuse("METRICS_TOKEN", "must have 16 characters or more: it is all that stands before the numbers.")


def _is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # nor is the package around it
        return False


refuse_unless_address("SENTRY_DSN", SENTRY_DSN)
_parts = urlsplit(SENTRY_DSN)
if SENTRY_DSN and not (_parts.username and _parts.hostname and _parts.path.strip("/")):
    refuse("SENTRY_DSN", "is not an address of Sentry: write it as https://key@host/project.")
refuse_unless_address("OTEL_EXPORTER_OTLP_ENDPOINT", OTEL_EXPORTER_OTLP_ENDPOINT)
if OTEL_EXPORTER_OTLP_ENDPOINT and not _is_installed("opentelemetry.exporter.otlp.proto.http"):
    refuse(
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "is set, but the package opentelemetry-exporter-otlp-proto-http is not installed: "
        "pip install -r requirements-opentelemetry.txt, or leave the variable out.",
    )
