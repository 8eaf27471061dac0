"""What the stage of an interview and its row in a list are told from, as plain values.

Made of loaded interviews, or read for one page of a list: there, making instances would cost more than the queries.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any, TypedDict
from uuid import UUID

from django.db.models import Count, Exists, F, Func, OuterRef, QuerySet, Subquery

from interviews.events import CONFIDENTIAL, UNCHANGING
from interviews.models import (
    Answer,
    AssessmentRun,
    Decision,
    Event,
    ExtensionRequest,
    Interview,
    Job,
    Pause,
    Question,
    Receipt,
)
from interviews.queries import runs
from interviews.queries.doubt import doubtful


class ReadSoFar(TypedDict):
    answers_read: int


class Held(TypedDict):
    paused: bool


class Counts(TypedDict):
    questions: int
    answered: int
    transcribed: int
    last_event_at: datetime | None
    asks_for_time: bool
    was_submitted: bool
    doubtful: bool
    every_open_job: list[PausableJob]
    standing_runs: list[CountedRun]
    all_decisions: list[Decision]


if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    Counted = WithAnnotations[Interview, Counts]
    CountedRun = WithAnnotations[AssessmentRun, ReadSoFar]
    PausableJob = WithAnnotations[Job, Held]


@dataclass(frozen=True, slots=True)
class JobFacts:
    state: str
    kind: str
    problem: str
    over_budget: bool
    run_after: datetime
    paused: bool  # this job alone


@dataclass(frozen=True, slots=True)
class ResultFacts:
    score: Decimal | None
    levels: int
    criteria: int
    unscored_reason: str


@dataclass(frozen=True, slots=True)
class RunFacts:
    engine: str
    answers_read: int
    result: ResultFacts | None


@dataclass(frozen=True, slots=True)
class DecisionFacts:
    outcome: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Facts:
    """`jobs` are open, oldest first; `runs` stand, newest first; `decision` is the newest."""

    pk: UUID
    state: str
    deadline: datetime
    revoked_at: datetime | None
    withdrawn_at: datetime | None
    erasure_asked_at: datetime | None
    erased_at: datetime | None
    ai_consent: bool | None
    submitted_at: datetime | None
    created_at: datetime
    applicant: str
    external_id: str
    applicant_external_id: str
    position: str
    position_id: int
    position_external_id: str
    rate_first: bool
    questions: int
    answered: int
    transcribed: int
    last_event_at: datetime | None
    doubtful: bool
    asks_for_time: bool
    was_submitted: bool
    jobs: list[JobFacts]
    runs: list[RunFacts]
    decision: DecisionFacts | None

    @property
    def is_submitted(self) -> bool:
        return self.state in (Interview.State.SUBMITTED, Interview.State.SCORED)

    @property
    def current_run(self) -> RunFacts | None:
        """As `runs.current`."""
        return next((run for run in self.runs if run.result is not None), self.runs[0] if self.runs else None)


_OWN: tuple[str, ...] = (
    "pk",
    "state",
    "deadline",
    "revoked_at",
    "withdrawn_at",
    "erasure_asked_at",
    "erased_at",
    "ai_consent",
    "submitted_at",
    "created_at",
)
_NAMES = (
    *("applicant__name", "external_id", "applicant__external_id"),
    *(f"question_set__position__{name}" for name in ("title", "pk", "external_id", "rate_first")),
)
_COUNTS = ("questions", "answered", "transcribed", "last_event_at", "doubtful", "asks_for_time", "was_submitted")


def counts() -> dict[str, Any]:
    """What is counted of each interview: a subquery for each, for joins would multiply answers by events."""
    mine = {"interview": OuterRef("pk")}
    return {
        "questions": _count(Question.objects.filter(question_set=OuterRef("question_set"))),
        "answered": _count(Answer.objects.filter(**mine)),
        "transcribed": _count(Answer.objects.filter(**mine, take__transcript__isnull=False)),
        "last_event_at": Subquery(
            Event.objects.filter(**mine)
            .exclude(kind__in=CONFIDENTIAL | UNCHANGING)
            .order_by("-number")
            .values("at")[:1]
        ),
        "doubtful": doubtful(),
        "asks_for_time": Exists(ExtensionRequest.objects.filter(**mine, state=ExtensionRequest.State.ASKED)),
        "was_submitted": Exists(Receipt.objects.filter(**mine)),
    }


def _count(rows: QuerySet[Any]) -> Subquery:
    return Subquery(rows.order_by().annotate(n=Func(F("pk"), function="COUNT")).values("n"))


def every_open_job() -> QuerySet[PausableJob]:
    of_it = Pause.objects.filter(job=OuterRef("pk"))
    return Job.objects.filter(state__in=Job.OPEN).annotate(paused=Exists(of_it)).order_by("pk")


def open_jobs() -> QuerySet[PausableJob]:
    """Those that are a stage of an interview."""
    return every_open_job().exclude(kind__in=Job.APART)


def standing_runs() -> QuerySet[CountedRun]:
    return runs.standing().select_related("asked_by").annotate(answers_read=Count("assessments__answer", distinct=True))


def of(interview: Counted) -> Facts:
    """`interview` comes from `stages.with_counts`."""
    decision = next(iter(interview.all_decisions), None)
    position = interview.position
    values: list[Any] = [getattr(interview, name) for name in _OWN]
    values += [interview.applicant.name, interview.external_id, interview.applicant.external_id]
    values += [position.title, position.pk, position.external_id, position.rate_first]
    values += [getattr(interview, name) for name in _COUNTS]
    values.append(
        [
            JobFacts(job.state, job.kind, job.problem, job.over_budget, job.run_after, job.paused)
            for job in interview.every_open_job
            if job.kind not in Job.APART
        ]
    )
    values.append([RunFacts(run.engine, run.answers_read, _result(run)) for run in interview.standing_runs])
    values.append(DecisionFacts(decision.outcome, decision.at, decision.by.get_username()) if decision else None)
    return Facts(*values)


def _result(run: AssessmentRun) -> ResultFacts | None:
    it = getattr(run, "result", None)
    return ResultFacts(it.score, it.levels, it.criteria, it.unscored_reason) if it else None


def read(interviews: Collection[UUID]) -> dict[UUID, Facts]:
    """By id, in four queries for any number."""
    of_each, of_jobs, of_runs, of_decisions = _reads()
    jobs: dict[UUID, list[JobFacts]] = defaultdict(list)
    for pk, *job in of_jobs.filter(interview__in=interviews):
        jobs[pk].append(JobFacts(*job))
    standing: dict[UUID, list[RunFacts]] = defaultdict(list)
    for pk, engine, answers_read, result, *values in of_runs.filter(interview__in=interviews):
        standing[pk].append(RunFacts(engine, answers_read, ResultFacts(*values) if result else None))
    decisions: dict[UUID, DecisionFacts] = {}
    for pk, *decision in of_decisions.filter(interview__in=interviews):
        decisions.setdefault(pk, DecisionFacts(*decision))
    return {
        values[0]: Facts(*[*values, jobs[values[0]], standing[values[0]], decisions.get(values[0])])
        for values in of_each.filter(pk__in=interviews)
    }


@cache
def _reads() -> tuple[QuerySet[Any, Any], ...]:
    """Put together once: doing it costs more than the queries."""
    result = ("result__pk", "result__score", "result__levels", "result__criteria", "result__unscored_reason")
    return (
        Interview.objects.order_by().annotate(**counts()).values_list(*_OWN, *_NAMES, *_COUNTS),
        open_jobs().values_list("interview", "state", "kind", "problem", "over_budget", "run_after", "paused"),
        standing_runs().select_related(None).values_list("interview", "engine", "answers_read", *result),
        Decision.objects.order_by("-pk").values_list("interview", "outcome", "at", "by__username"),
    )
