"""What this site tells people in its own words."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import get_language

from interviews.models import Notice


def shown(place: Notice.Place) -> Notice | None:
    """The newest for this place in the reader's language, else in the site's own, else in any; None for no text."""
    newest: dict[str, Notice] = {}
    for notice in Notice.objects.filter(place=place).order_by("pk"):
        newest[notice.language] = notice
    wanted = [get_language() or "", settings.LANGUAGE_CODE, *sorted(newest)]
    return next((newest[it] for it in wanted if it in newest and newest[it].text), None)
