"""A moment in words, for what cannot be shown in the reader's own zone by script: mail and plain text."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo, available_timezones

from django.utils.formats import date_format
from django.utils.translation import gettext as _


def is_zone(name: str) -> bool:
    return name in available_timezones()


def in_words(at: datetime, zone: str) -> str:
    """`zone` by its name in the IANA database; UTC where it is empty."""
    return f"{date_format(at.astimezone(ZoneInfo(zone or 'UTC')), _('l, j F Y, H:i'))} ({zone or 'UTC'})"
