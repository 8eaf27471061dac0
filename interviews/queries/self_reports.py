"""What applicants said of themselves: theirs to see, and to be counted. Nothing else reads it."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.utils.crypto import salted_hmac

from interviews.models import Interview, SelfReport


def key_of(interview: UUID) -> str:
    """The same each time, and worked out by nobody who has not this site's secret key."""
    return salted_hmac("interviews.self_reports", str(interview), algorithm="sha256").hexdigest()


def own(interview: Interview) -> SelfReport | None:
    return SelfReport.objects.filter(pk=key_of(interview.pk)).first()


def is_asked(interview: Interview) -> bool:
    return interview.is_submitted and interview.position.asks_self_report


def said_by(interviews: Iterable[UUID]) -> dict[UUID, tuple[str, str]]:
    """Sex and ethnicity, each perhaps "", of those who said something."""
    keys = {key_of(pk): pk for pk in interviews}
    return {keys[key]: (it.sex, it.ethnicity) for key, it in SelfReport.objects.in_bulk(list(keys)).items()}
