"""What the programs that tests fork find imported. None of it asks for Django's settings: each has its own."""

from __future__ import annotations

import importlib
import os

os.environ.pop("DJANGO_SETTINGS_MODULE", None)  # or a library that looks would read those of whoever runs the tests
for name in (
    "av",
    "boto3",
    "channels.routing",
    "channels_redis.pubsub",
    "daphne.http_protocol",  # its server installs a reactor, which no two processes may share
    "deepgram",
    "django.contrib.admin",
    "django.core.management.commands.migrate",
    "environs",
    "fpdf",
    "google.genai",
    "huey.consumer",
    "huey.storage",
    "prometheus_client",
    "psycopg_pool",
    "pydantic",
    "redis.asyncio",
    "sentry_sdk",
):
    importlib.import_module(name)
