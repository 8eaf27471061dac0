from __future__ import annotations

from django.apps import AppConfig


class RealtimeConfig(AppConfig):
    name = "realtime"

    def ready(self) -> None:
        # Imported here because models can only be imported once all apps are known.
        from interviews.events import came_further, event_recorded
        from realtime import wake

        # The one listener of both signals: what happened in the domain wakes the feed.
        event_recorded.connect(wake.send, dispatch_uid="realtime.wake")
        came_further.connect(wake.send_tick, dispatch_uid="realtime.wake")
