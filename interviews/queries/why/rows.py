"""The rows that the causes are told from, read at once."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db.models import F, Func, OuterRef, Prefetch, Q, Subquery
from django.db.models.functions import Now

from interviews.models import (
    Answer,
    AssessmentRun,
    Interview,
    Job,
    JobAttempt,
    Message,
    Pause,
    ProviderHealth,
    Question,
    Take,
    Worker,
)
from interviews.queries.pauses import engine_of, pauses_in_force
from interviews.queries.runs import standing
from interviews.queries.spending import used_up

SILENT_AFTER = timedelta(seconds=30)
"""Three signs of life that did not come."""


@dataclass
class Rows:
    """Of one interview. `queue_answers` asks the queue, and only where it matters."""

    interview: Interview
    now: datetime
    queue_answers: Callable[[], bool]

    @cached_property
    def questions(self) -> list[Question]:
        return list(Question.objects.filter(question_set=self.interview.question_set_id).order_by("number"))

    @cached_property
    def answers(self) -> dict[int, Answer]:
        """By question."""
        found = Answer.objects.filter(interview=self.interview)
        return {it.question_id: it for it in found.select_related("take__rendition", "take__transcript", "question")}

    @cached_property
    def takes(self) -> list[Take]:
        """Without practice, which is nobody's business."""
        found = Take.objects.filter(interview=self.interview, question__isnull=False).select_related("question")
        return list(found.prefetch_related("segments").order_by("question__number", "number"))

    @cached_property
    def jobs(self) -> list[Job]:
        """All there were, oldest first, with their attempts."""
        attempts = Prefetch("attempts", JobAttempt.objects.order_by("pk"))
        found = Job.objects.filter(interview=self.interview).select_related("message")
        return list(found.prefetch_related(attempts).order_by("pk"))

    @property
    def open_jobs(self) -> list[Job]:
        """Those that are a stage of it."""
        return [job for job in self.jobs if job.state in Job.OPEN and job.kind not in Job.APART]

    @cached_property
    def pauses(self) -> list[Pause]:
        mine = Q(job__interview=self.interview) | ~Q(kind="")
        return list(pauses_in_force().filter(mine).select_related("by"))

    @cached_property
    def health(self) -> dict[str, ProviderHealth]:
        return {it.pk: it for it in ProviderHealth.objects.filter(failures__gt=0)}

    @cached_property
    def last_sign_of_life(self) -> Worker | None:
        return Worker.objects.order_by("-seen_at").first()

    @property
    def has_worker(self) -> bool:
        newest = self.last_sign_of_life
        return newest is not None and newest.seen_at > self.now - SILENT_AFTER

    @cached_property
    def runs(self) -> list[AssessmentRun]:
        found = standing().filter(interview=self.interview).select_related("reassessment", "result", "asked_by")
        return list(found)

    @cached_property
    def used_up(self) -> str:
        return used_up(self.interview.position)

    @cached_property
    def invitation_mail(self) -> Message | None:
        return Message.objects.filter(interview=self.interview, kind=Message.Kind.INVITATION).first()

    @cached_property
    def ahead(self) -> dict[int, int]:
        """How many jobs of any interview are due before one that is queued, by its id."""
        before = Job.objects.filter(state=Job.State.QUEUED, run_after__lt=OuterRef("run_after")).order_by()
        counted = Subquery(before.annotate(count=Func(F("pk"), function="COUNT")).values("count"))
        queued = Job.objects.filter(interview=self.interview, state=Job.State.QUEUED).order_by()
        return dict(queued.values_list("pk", counted))

    def originals_are_there(self, take_id: UUID | None) -> bool:
        take = next((it for it in self.takes if it.pk == take_id), None)
        return take is None or all(it.path.is_file() for it in take.segments.all() if it.received)

    def number_of(self, take_id: UUID | None) -> int | None:
        """Of the question that this take answers."""
        return next((it.question.number for it in self.takes if it.pk == take_id and it.question), None)

    def question_of(self, take_id: UUID | None) -> int | None:
        """The id of that question."""
        return next((it.question_id for it in self.takes if it.pk == take_id), None)


def rows_of(interview: Interview, queue_answers: Callable[[], bool]) -> Rows:
    found = Interview.objects.select_related("applicant", "question_set__position").annotate(now=Now())
    read = found.get(pk=interview.pk)
    return Rows(read, read.now, queue_answers)


def engine_for(job: Job) -> str:
    return engine_of(job.kind)


def disk_is_full() -> bool:
    folder = Path(settings.MEDIA_DIR)
    return folder.is_dir() and shutil.disk_usage(folder).free < settings.MIN_FREE_DISK_BYTES
