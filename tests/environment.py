"""Loaded before Django reads its settings (`-p tests.environment`): tests get a data folder of their own, and no key or
address that the developer's shell happens to hold."""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import tempfile

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
    "SITE_NAME",
    "LOG_LEVEL",
    "CRASH_AT",
    "SITE_URL",
    "EMAIL_HOST",
    "EMAIL_PORT",
    "EMAIL_SECURITY",
    "EMAIL_HOST_USER",
    "EMAIL_HOST_PASSWORD",
    "EMAIL_FROM",
    "EMAIL_FOLDER",
)

for name in SET_BY_TESTS:
    os.environ.pop(name, None)
    os.environ.pop(f"{name}_FILE", None)

if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    # A shell starts its background jobs with SIGINT ignored, and every process that a test starts would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)

os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="greenroom-tests-")
atexit.register(shutil.rmtree, os.environ["DATA_DIR"], ignore_errors=True)
