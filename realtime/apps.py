from __future__ import annotations

from django.apps import AppConfig


class RealtimeConfig(AppConfig):
    name = "realtime"

    def ready(self) -> None:
        # Imported here because models can only be imported once all apps are known.
        from interviews.events import event_recorded
        from realtime import wake

        # The one listener of the one signal: what happened in the domain wakes the feed.
        event_recorded.connect(wake.send, dispatch_uid="realtime.wake")
