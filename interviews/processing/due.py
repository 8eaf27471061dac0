"""Which jobs a worker may take: those whose time has come, or whose worker was lost, and that nobody has paused."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

from django.db.models import Exists, Q, QuerySet
from django.db.models.functions import Now

from interviews.models import Job
from interviews.queries.pauses import engines_in_use, holding

HINT_AGAIN_AFTER = timedelta(seconds=30)
ENDED_LEASE = Q(state=Job.State.RUNNING, lease_until__lt=Now())


def free() -> QuerySet[Job]:
    """What may be claimed now. A pause is looked at in the statement that claims, so none is overlooked."""
    return _free(engines_in_use())


@cache
def _free(engines: tuple[str, ...]) -> QuerySet[Job]:
    """Put together once: each claim asks, and doing it costs more than a third of a statement's time."""
    held = Exists(holding(engines))
    return Job.objects.filter(Q(state=Job.State.QUEUED, run_after__lte=Now()) | ENDED_LEASE, ~held)


def overdue(hint_lives: timedelta = HINT_AGAIN_AFTER) -> list[int]:
    """What a worker should look at although no hint came: lost hints, ended leases, retries whose time has come.

    A hint older than `hint_lives` counts as lost. Marks what it returns, so that of many callers one hints each job.
    """
    unhinted = Q(hinted_at__isnull=True) | Q(hinted_at__lt=Now() - hint_lives)
    candidates = free().filter(unhinted)
    return [
        pk
        for pk in candidates.order_by("pk").values_list("pk", flat=True)[:500]
        if candidates.filter(pk=pk).update(hinted_at=Now())
    ]
