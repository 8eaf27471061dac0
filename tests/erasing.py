"""A worker erases, and the page of whoever asked for it."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from interviews.models import Interview
from interviews.processing import erasing, jobs
from interviews.queries.retention import ERASURE_GRACE
from interviews.tasks import WORK
from tests.people import World

DAY = timedelta(days=1)


def erase_now(interview: Interview) -> None:
    """The grace is over, and a worker does it."""
    Interview.objects.filter(pk=interview.pk).update(
        erasure_asked_at=timezone.now() - ERASURE_GRACE - timedelta(seconds=1)
    )
    opened, _more = erasing.open_those_due(timezone.now())
    for job in opened:
        jobs.run(job, WORK)


def page_of(world: World, last: str = "") -> str:
    return f"/interview/{world.interview.pk}/{last}"
