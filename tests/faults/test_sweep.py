"""`manage.py sweep`, from a timer, where no worker lives to sweep by itself."""

from __future__ import annotations

from datetime import timedelta

from django.core.management import call_command
from django.db.models.functions import Now
from huey.contrib.djhuey import HUEY

from interviews.models import Job, Result, Worker
from tests.engines import due, work_through
from tests.people import World
from tests.together import at_once


def _long_ago() -> None:
    Job.objects.update(hinted_at=Now() - timedelta(minutes=5))
    HUEY.storage.flush_all()


def test_without_a_worker_it_hints_what_is_due_and_does_none_of_it(submitted: World) -> None:
    _long_ago()
    assert not Worker.objects.exists()
    call_command("sweep")
    assert len(HUEY) == 3
    assert {(job.state, job.attempt) for job in Job.objects.all()} == {(Job.State.QUEUED, 0)}
    call_command("sweep")
    assert len(HUEY) == 3, "hinted again while the first hints are on their way"
    work_through(submitted.interview)
    assert Result.objects.exists()


def test_a_hint_is_missed_within_seconds_where_the_queue_is_empty(submitted: World) -> None:
    """As after a flush of Redis; while there are others in the queue, it may still be among them."""
    first, *others = due(submitted.interview)
    Job.objects.update(hinted_at=Now() - timedelta(seconds=6))
    assert len(HUEY) >= 3
    call_command("sweep")
    HUEY.storage.flush_all()
    Job.objects.filter(pk__in=others).update(hinted_at=Now() + timedelta(minutes=1))  # however long it takes
    call_command("sweep")
    assert [hint.args[0] for hint in HUEY.pending()] == [first]


def test_it_opens_the_work_of_an_interview_that_stands_still(submitted: World) -> None:
    Job.objects.all().delete()
    HUEY.storage.flush_all()
    call_command("sweep")
    assert len(HUEY) == 3
    work_through(submitted.interview)
    assert Result.objects.exists()


def test_of_many_sweeps_at_once_one_hints(submitted: World) -> None:
    _long_ago()
    at_once(*[lambda: call_command("sweep")] * 4)
    assert len(HUEY) == 3
    work_through(submitted.interview)
