from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class InterviewsConfig(AppConfig):
    name = "interviews"

    def ready(self) -> None:
        # Imported here because models can only be imported once all apps are known.
        from interviews import operators, rights, sessions, witness

        rights.connect()
        sessions.connect()
        witness.connect()
        operators.connect(post_migrate)
