"""What is told of an interview, in sixteen digits: the page that has others than these now is not up to date."""

from __future__ import annotations

from hashlib import sha256

from django.conf import settings
from django.utils.translation import override

from interviews.queries.why.journey import journeys
from interviews.queries.why.of_interviews import causes
from interviews.queries.why.rows import Rows


def digest(rows: Rows) -> str:
    """The same for all who read it, in any language. Of what was suggested it knows nothing."""
    with override(settings.LANGUAGE_CODE):
        steps = [[(step.words, step.detail) for step in journey.steps] for journey in journeys(rows)]
        told = causes(rows, revealed=False), steps
    return sha256(repr(told).encode()).hexdigest()[:16]
