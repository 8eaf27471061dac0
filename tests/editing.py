"""The page on which Ada's position is edited, and what it sends."""

from __future__ import annotations

from typing import Any

from interviews.models import Position
from tests.people import World


def edit(world: World) -> str:
    return f"/hr-dashboard/positions/{world.position.pk}/edit/"


def typed(world: World, **changed: Any) -> dict[str, Any]:
    """As it stands, but for what is changed."""
    position = Position.objects.get(pk=world.position.pk)
    names = ("title", "host", "contact", "about", "language", "reply_days", "invitation_days", "edits")
    return {**{name: getattr(position, name) for name in names}, "rate_first": "on", **changed}
