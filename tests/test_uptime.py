"""Our own outages are measured, and every open deadline gets them back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from interviews.models import Downtime, Event, Interview, SignOfLife
from interviews.processing.uptime import COUNTS_FROM, beat
from tests.people import World

AWAY = timedelta(hours=5)


@pytest.fixture
def away(world: World) -> World:
    """The last sign of life is five hours old; Bo was invited before."""
    Interview.objects.update(created_at=timezone.now() - timedelta(days=2))
    SignOfLife.objects.create(seen_at=timezone.now() - AWAY)
    return world


def _moved_by(world: World) -> timedelta:
    return Interview.objects.get(pk=world.interview.pk).deadline - world.interview.deadline


def test_an_outage_moves_open_deadlines_by_its_length(away: World, bo: Client) -> None:
    beat()
    assert AWAY <= _moved_by(away) < AWAY + timedelta(minutes=1)
    assert Downtime.objects.count() == 1
    page = bo.get(f"/interview/{away.interview.pk}/").content
    assert b"could not be reached" in page


def test_it_is_given_once(away: World) -> None:
    for _ in range(3):
        beat()
    assert _moved_by(away) < AWAY + timedelta(minutes=1)
    assert Event.objects.filter(kind="site.back").count() == 1


def test_a_deadline_that_passed_meanwhile_is_open_again(away: World, bo: Client) -> None:
    Interview.objects.update(deadline=timezone.now() - timedelta(hours=2))
    assert bo.get(f"/interview/{away.interview.pk}/").status_code == 410
    beat()
    assert bo.get(f"/interview/{away.interview.pk}/").status_code == 200


def test_one_that_had_passed_before_stays_where_it_is(away: World) -> None:
    before = timezone.now() - timedelta(days=1)
    Interview.objects.update(deadline=before)
    beat()
    assert Interview.objects.get().deadline == before


def test_a_restart_is_no_outage(away: World) -> None:
    SignOfLife.objects.update(seen_at=timezone.now() - COUNTS_FROM + timedelta(seconds=10))
    beat()
    assert not Downtime.objects.exists()
    assert _moved_by(away) == timedelta()


def test_a_first_start_is_no_outage(world: World) -> None:
    beat()
    assert not Downtime.objects.exists()


def test_who_has_submitted_is_left_alone(submitted: World) -> None:
    Interview.objects.update(created_at=timezone.now() - timedelta(days=2))
    SignOfLife.objects.create(seen_at=timezone.now() - AWAY)
    beat()
    assert _moved_by(submitted) == timedelta()
