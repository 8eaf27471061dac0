"""Which backups there are, and which of them still hold somebody."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Max, Q, QuerySet

from interviews.models import Backup


def kept() -> QuerySet[Backup]:
    """Those that were not deleted, the newest first; also one that is being made, or was broken off."""
    return Backup.objects.filter(deleted_at=None)


def holding(since: datetime, until: datetime | None = None) -> QuerySet[Backup]:
    """Those that still exist and may hold somebody who was known here from `since` on and was erased at `until`.

    One that is not complete may, too. None for `until`: not erased yet.
    """
    found = kept().filter(Q(made_at=None) | Q(made_at__gte=since))
    return found if until is None else found.filter(began_at__lte=until)


def held_until(since: datetime, until: datetime | None = None) -> datetime | None:
    """When the last of those is due to be deleted; None where no backup holds that person."""
    last: datetime | None = holding(since, until).aggregate(last=Max("delete_after"))["last"]
    return last
