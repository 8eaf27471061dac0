"""What other systems call our rows."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from interviews.models import Interview


def called(external_id: str) -> QuerySet[Any, Any]:
    """Ids of the interviews that are called so, or whose applicant or position is. Each is found by an index."""
    found = Interview.objects.order_by().values("pk")
    own, applicants = found.filter(external_id=external_id), found.filter(applicant__external_id=external_id)
    return own.union(applicants, found.filter(question_set__position__external_id=external_id), all=True)
