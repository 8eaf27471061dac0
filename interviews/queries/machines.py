"""Which interviews a machine may read: the applicant has agreed to it, and the site has an engine for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Q

from interviews.engines.catalogue import NONE
from interviews.models import Interview

if TYPE_CHECKING:
    from interviews.queries.facts import Facts

AI_CONSENT_VERSION = "1"
"""Of the words in `applicant/_ai_consent.html`: raise it with any change to them."""


def asks_for_ai() -> bool:
    """Whether there is anything to agree to."""
    return bool(settings.TRANSCRIPTION_ENGINE != NONE)


def asks_for_levels() -> bool:
    """Whether the site has an engine that suggests any."""
    return bool(settings.ANALYSIS_ENGINE != NONE)


def is_transcribed(interview: Interview | Facts) -> bool:
    return interview.ai_consent is True and settings.TRANSCRIPTION_ENGINE != NONE


def is_assessed(interview: Interview | Facts) -> bool:
    return interview.ai_consent is True and settings.ANALYSIS_ENGINE != NONE


def transcribed() -> Q:
    """The same, of interviews."""
    return Q(ai_consent=True) if settings.TRANSCRIPTION_ENGINE != NONE else Q(pk__in=[])


def assessed() -> Q:
    return Q(ai_consent=True) if settings.ANALYSIS_ENGINE != NONE else Q(pk__in=[])
