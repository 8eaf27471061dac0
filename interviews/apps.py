from __future__ import annotations

from django.apps import AppConfig


class InterviewsConfig(AppConfig):
    name = "interviews"

    def ready(self) -> None:
        # Imported here because models can only be imported once all apps are known.
        from interviews import rights, sessions

        rights.connect()
        sessions.connect()
