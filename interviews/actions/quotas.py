"""How much may be stored: of one take, one interview, the whole site, and how much of the disk is left alone."""

from __future__ import annotations

import shutil
from pathlib import Path

from django.conf import settings
from django.db.models import Q, Sum
from django.utils.translation import gettext as _

from interviews.actions.refusals import DiskFull, QuotaReached
from interviews.models import Segment, Take


def must_have_room() -> None:
    """For another recording, on the whole site. Raises QuotaReached, DiskFull."""
    if settings.MAX_SITE_BYTES:
        stored = Segment.objects.aggregate(sum=Sum("received"))["sum"] or 0
        if stored >= settings.MAX_SITE_BYTES:
            raise QuotaReached(_("This site cannot store more recordings now. Tell the person who invited you."))
    _must_have_free_disk()


def room(take: Take) -> int:
    """Bytes that may still be added to it. Raises QuotaReached, DiskFull."""
    sums = Segment.objects.filter(take__interview=take.interview_id).aggregate(
        interview=Sum("received", default=0), take=Sum("received", filter=Q(take=take), default=0)
    )
    left = settings.MAX_INTERVIEW_BYTES - sums["interview"]
    if left <= 0:
        raise QuotaReached(
            _("The recordings of this interview have become too large. What was saved is kept: go on with that.")
        )
    _must_have_free_disk()
    return int(min(settings.MAX_TAKE_BYTES - sums["take"], left))


def _must_have_free_disk() -> None:
    folder = Path(settings.MEDIA_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(folder).free < settings.MIN_FREE_DISK_BYTES:
        raise DiskFull(_("The site has no room for recordings at the moment. Keep this page open: it tries again."))
