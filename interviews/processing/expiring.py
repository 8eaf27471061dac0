"""What nobody needs any more: sessions that have ended, tries that are too old to be counted, files without a name."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from interviews.models import Attempt, Session
from interviews.processing.unnamed import remove_from_disk

TRIES_LIVE = timedelta(days=1)
AT_ONCE = 500


def expire() -> None:
    now = timezone.now()
    ended = Session.objects.filter(expire_date__lt=now).values_list("pk", flat=True)[:AT_ONCE]
    Session.objects.filter(pk__in=list(ended)).delete()
    Attempt.objects.filter(at__lt=now - TRIES_LIVE).delete()
    remove_from_disk()
