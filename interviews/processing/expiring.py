"""What nobody needs any more: sessions that have ended, and tries that are too old to be counted."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from interviews.models import Attempt, Session

TRIES_LIVE = timedelta(days=1)
AT_ONCE = 500


def expire() -> None:
    now = timezone.now()
    ended = Session.objects.filter(expire_date__lt=now).values_list("pk", flat=True)[:AT_ONCE]
    Session.objects.filter(pk__in=list(ended)).delete()
    Attempt.objects.filter(at__lt=now - TRIES_LIVE).delete()
