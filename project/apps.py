from __future__ import annotations

from django.apps import AppConfig
from django.conf import settings


class ProjectConfig(AppConfig):
    name = "project"

    def ready(self) -> None:
        # Imported here because their libraries are heavy, and one of them may be missing.
        if settings.SENTRY_DSN:
            from project import sentry

            sentry.begin(settings.SENTRY_DSN)
        if settings.OTEL_EXPORTER_OTLP_ENDPOINT:
            from project import telemetry

            telemetry.begin(settings.OTEL_EXPORTER_OTLP_ENDPOINT)
