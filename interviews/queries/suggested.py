"""What was suggested of the recordings that count now: what was said of an earlier one is not said of these."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from interviews.models import Assessment, AssessmentRun, Transcript
from interviews.queries.words import words_read

Place = tuple[int, int]
"""An answer and a criterion, by id."""


def suggested(runs: Iterable[AssessmentRun]) -> dict[Place, Assessment]:
    """At most one run of each interview."""
    runs = list(runs)
    if not runs:
        return {}
    counting = Transcript.objects.filter(take__answer__interview__in=[run.interview_id for run in runs])
    read = {it.take.answer.pk: it for it in counting.select_related("take__answer").prefetch_related("corrections")}
    return suggested_of(runs, read)


def suggested_of(runs: Iterable[AssessmentRun], read: Mapping[int, Transcript]) -> dict[Place, Assessment]:
    """The same. `read`: the transcripts of all their answers, by the answer."""
    runs = list(runs)
    if not runs:
        return {}
    assessments = Assessment.objects.filter(run__in=runs, answer__in=read).select_related("copied_from__run")
    return {
        (it.answer_id, it.criterion_id): it
        for it in assessments
        if words_read(read[it.answer_id], it.transcript_sha256) is not None
    }
