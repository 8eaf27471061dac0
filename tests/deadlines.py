"""A position's deadline, set and moved."""

from __future__ import annotations

from datetime import datetime, timedelta

from interviews.actions import running
from interviews.models import Applicant, Interview, Position
from tests.people import World


def in_days(world: World, days: float) -> datetime:
    """From when Bo was invited, to the minute, as a deadline is."""
    return world.interview.created_at.replace(second=0, microsecond=0) + timedelta(days=days)


def move(world: World, deadline: datetime | None) -> int:
    """How many deadlines moved with it."""
    world.position.refresh_from_db()
    return running.save(world.position, world.position.edits, {"deadline": deadline}, actor=world.ada)


def set_past(world: World) -> datetime:
    """As if it had been set in time, and had passed an hour ago."""
    passed = in_days(world, -1 / 24)
    Position.objects.filter(pk=world.position.pk).update(deadline=passed)
    Interview.objects.filter(question_set__position=world.position).update(deadline=passed)
    world.position.refresh_from_db()
    world.interview.refresh_from_db()
    return passed


def deadline_of(interview: Interview) -> datetime:
    return Interview.objects.values_list("deadline", flat=True).get(pk=interview.pk)


def eve() -> Applicant:
    return Applicant.objects.create(name="Eve", email="eve@example.com")
