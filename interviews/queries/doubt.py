"""Answers whose words were recognised with low confidence: neither they nor their levels are to be trusted.

Whoever ranks, leaves out the interviews that are `doubtful`.
"""

from __future__ import annotations

from django.db.models import Exists, OuterRef

from interviews.models import Answer, Interview

DOUBTFUL_ANSWER = {"take__transcript__doubtful": True}


def doubtful() -> Exists:
    """Of interviews: one of the answers that count is doubtful."""
    return Exists(Answer.objects.filter(interview=OuterRef("pk"), **DOUBTFUL_ANSWER))


def is_doubtful(interview: Interview) -> bool:
    return Answer.objects.filter(interview=interview, **DOUBTFUL_ANSWER).exists()
