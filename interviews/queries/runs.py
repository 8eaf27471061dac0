"""Which assessment run of an interview counts. Derived from the rows every time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TypeVar
from uuid import UUID

from django.db.models import QuerySet

from interviews.models import AssessmentRun, Interview, Reassessment

_Run = TypeVar("_Run", bound=AssessmentRun)


def standing() -> QuerySet[AssessmentRun]:
    """With their results, newest first; without those that were discarded."""
    return (
        AssessmentRun.objects.exclude(state=AssessmentRun.State.DISCARDED).select_related("result").order_by("-number")
    )


def to_be_read() -> QuerySet[AssessmentRun]:
    """The open runs, but for those that somebody has paused."""
    is_open = AssessmentRun.objects.filter(state__in=AssessmentRun.OPEN)
    return is_open.exclude(reassessment__state=Reassessment.State.PAUSED)


def current(runs: Sequence[_Run]) -> _Run | None:
    """Of the `standing` runs of one interview: the newest that has a result, also while it is gone on with.

    Else the open one, so that the first levels are seen as they come.
    """
    return next((run for run in runs if hasattr(run, "result")), runs[0] if runs else None)


def current_of(interviews: Iterable[UUID]) -> dict[UUID, AssessmentRun]:
    """Of each of these interviews that has one, in one query."""
    found: dict[UUID, list[AssessmentRun]] = defaultdict(list)
    for run in standing().filter(interview__in=interviews).select_related("asked_by"):
        found[run.interview_id].append(run)
    counting = {interview: current(theirs) for interview, theirs in found.items()}
    return {interview: run for interview, run in counting.items() if run is not None}


def current_run(interview: Interview) -> AssessmentRun | None:
    return current(list(standing().filter(interview=interview)))
