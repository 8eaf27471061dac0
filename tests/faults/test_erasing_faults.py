"""A worker dies at any line of an erasure: another one finishes, and says so once."""

from __future__ import annotations

import signal
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db.models.functions import Now
from django.utils import timezone

from interviews.actions.withdrawing import ask_for_erasure
from interviews.events import Kind
from interviews.models import Applicant, Erasure, Event, Interview, Job, Segment
from interviews.processing import erasing
from tests.people import World
from tests.processes import Process, wait_until

POINTS = ("claimed", "removed", "writing", "ended")


@pytest.mark.parametrize("place", POINTS)
def test_a_worker_that_dies_is_followed_by_one_that_erases(
    submitted: World, worker: Callable[..., Process], place: str
) -> None:
    media = Path(settings.MEDIA_DIR)
    ask_for_erasure(submitted.interview)
    Interview.objects.update(erasure_asked_at=timezone.now() - timedelta(days=2))
    Job.objects.exclude(kind=Job.Kind.ERASE).delete()
    (pk,), _more = erasing.open_those_due(timezone.now())
    Job.objects.filter(pk=pk).update(hinted_at=None)
    dying = worker(CRASH_AT=f"erase.{place}").child
    assert dying is not None
    wait_until(lambda: dying.poll() is not None, f"the worker comes past {place}")
    assert dying.poll() == -signal.SIGKILL
    was_committed = place == "ended"
    assert (Interview.objects.get().erased_at is not None, Erasure.objects.exists()) == (was_committed, was_committed)
    assert Segment.objects.exists() is not was_committed
    assert any(path.is_file() for path in (media / "takes").rglob("*")) is (place == "claimed")

    past = Now() - timedelta(seconds=1)
    Job.objects.filter(state=Job.State.RUNNING).update(lease_until=past, hinted_at=None)
    finishing = worker()
    wait_until(lambda: Job.objects.get(pk=pk).state == Job.State.DONE, "it is erased")
    finishing.stop()

    assert Erasure.objects.get().facts["deleted"]["recordings"] == 3
    assert Applicant.objects.get().name == submitted.interview.receipt_code
    assert Event.objects.filter(kind=Kind.ERASED).count() == 1
    assert not any(path.is_file() for path in media.rglob("*"))
