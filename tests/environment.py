"""Loaded before Django reads its settings (`-p tests.environment`): tests get a data folder of their own, and no key or
address that the developer's shell happens to hold.

Their folders lie in memory where there is room for them: the product waits for the disk at each commit and each slice
of a recording, and no test can see whether it had one.
"""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

MEMORY, ROOM_BYTES = Path("/dev/shm"), 4 << 30  # noqa: S108 - a file system, where Linux has it
SET_BY_TESTS = (
    "DATABASE_URL",
    "REDIS_URL",
    "REDIS_HOST",
    "SECRET_KEY",
    "DEBUG",
    "DEEPGRAM_API_KEY",
    "DEEPGRAM_BASE_URL",
    "GEMINI_API_KEY",
    "GEMINI_BASE_URL",
    "GEMINI_PRICE_INPUT",
    "GEMINI_PRICE_OUTPUT",
    "DEEPGRAM_PRICE_MINUTE",
    "AI_BUDGET",
    "TRANSCRIPTION_ENGINE",
    "ANALYSIS_ENGINE",
    "WORKERS",
    "SECURE_COOKIES",
    "TRUSTED_PROXIES",
    "REQUIRE_TOTP",
    "SITE_NAME",
    "LOG_LEVEL",
    "LOG_FORMAT",
    "METRICS_TOKEN",
    "SENTRY_DSN",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "CRASH_AT",
    "SITE_URL",
    "EMAIL_HOST",
    "EMAIL_PORT",
    "EMAIL_SECURITY",
    "EMAIL_HOST_USER",
    "EMAIL_HOST_PASSWORD",
    "EMAIL_FROM",
    "EMAIL_FOLDER",
    *(f"RETENTION_{name}_{what}" for name in ("MEDIA", "TRANSCRIPTS", "SCORES", "AUDIT") for what in ("DAYS", "BASIS")),
    "S3_BUCKET",
    "S3_ENDPOINT_URL",
    "S3_REGION",
    "S3_ACCESS_KEY",
    "S3_SECRET_KEY",
    "X_ACCEL_REDIRECT",
    "BACKUP_DIR",
    "BACKUP_DAYS",
)

for name in SET_BY_TESTS:
    os.environ.pop(name, None)
    os.environ.pop(f"{name}_FILE", None)

if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    # A shell starts its background jobs with SIGINT ignored, and every process that a test starts would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)

if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM_BYTES:
    os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)

# Where it is forbidden to keep what was compiled, each of hundreds of processes would compile this project anew.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="greenroom-tests-")
atexit.register(shutil.rmtree, os.environ["DATA_DIR"], ignore_errors=True)
