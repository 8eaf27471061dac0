"""How far the reassessments of a position are, and what may be chosen for the next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from interviews.models import AssessmentRun, Interview, Job, Position, Question, Reassessment, RubricVersion
from interviews.queries.machines import assessed
from interviews.queries.spending import spent, unknown

SHOWN = 5


@dataclass(frozen=True, slots=True)
class RunView:
    interview_id: UUID
    applicant: str
    state: str
    words: str


@dataclass(frozen=True, slots=True)
class ReassessmentView:
    """`done` of `total` runs; `needs_help`: parked, and shown with the interview."""

    id: int
    state: str  # running, paused, stopped, done
    words: str
    by: str
    at: datetime
    done: int
    total: int
    needs_help: int
    runs: list[RunView]


@dataclass(frozen=True, slots=True)
class ChoiceView:
    """The rubric versions that a question's answers may be read against; `now` is the question's own."""

    question_id: int
    question: str
    now: int | None
    versions: list[RubricVersion]


@dataclass(frozen=True, slots=True)
class StandingView:
    """`eligible` counts interviews, `unknown` this month's calls whose cost is not known. `spent` this month, by the
    others, and `budget` in US dollars."""

    eligible: int
    spent: Decimal
    unknown: int
    budget: Decimal | None
    asked_for: list[ReassessmentView]


def standing(position_id: int) -> StandingView:
    position = Position.objects.get(pk=position_id)
    return StandingView(
        eligible(position).count(),
        spent(position_id),
        unknown(position_id),
        position.ai_budget,
        reassessments(position_id),
    )


def eligible(position: Position) -> QuerySet[Interview]:
    """Those that have a result, may be read by AI, and are not being read just now."""
    under_way = Job.objects.filter(interview=OuterRef("pk"), kind=Job.Kind.ASSESS, state__in=Job.OPEN)
    open_run = AssessmentRun.objects.filter(interview=OuterRef("pk"), state__in=AssessmentRun.OPEN)
    return Interview.objects.filter(
        assessed(),
        ~Exists(under_way),
        ~Exists(open_run),
        question_set__position=position,
        state=Interview.State.SCORED,
        withdrawn_at=None,
        transcripts_erased_at=None,
    ).order_by("created_at", "pk")


def reassessments(position_id: int) -> list[ReassessmentView]:
    """The newest first. In as many statements for several as for one."""
    newest = list(Reassessment.objects.filter(position=position_id).select_related("asked_by")[:SHOWN])
    standing = AssessmentRun.objects.filter(reassessment__in=newest).exclude(state=AssessmentRun.State.DISCARDED)
    runs: dict[int | None, list[AssessmentRun]] = defaultdict(list)
    for run in standing.select_related("interview__applicant").order_by("interview__created_at", "interview"):
        runs[run.reassessment_id].append(run)
    parked = Job.objects.filter(
        kind=Job.Kind.ASSESS, state=Job.State.PARKED, interview__question_set__position=position_id
    )
    needing_help = set(parked.values_list("interview", flat=True))
    return [_view(it, runs[it.pk], needing_help) for it in newest]


def choices(position: Position) -> list[ChoiceView]:
    """Of the questions that somebody may have answered: published versions of the same rubric."""
    questions = Question.objects.filter(
        question_set__position=position, question_set__published_at__isnull=False, rubric__isnull=False
    )
    versions = RubricVersion.objects.filter(published_at__isnull=False).select_related("rubric")
    of_rubric: dict[int, list[RubricVersion]] = {}
    for version in versions:
        of_rubric.setdefault(version.rubric_id, []).append(version)
    return [
        ChoiceView(it.pk, str(it), it.rubric_id, of_rubric.get(it.rubric.rubric_id if it.rubric else 0, []))
        for it in questions.select_related("rubric").order_by("question_set", "number")
    ]


def _view(it: Reassessment, runs: Sequence[AssessmentRun], needing_help: Collection[UUID | None]) -> ReassessmentView:
    done = sum(run.state == AssessmentRun.State.DONE for run in runs)
    state = "done" if done == len(runs) and it.state != Reassessment.State.STOPPED else it.state
    words = {
        "running": _("Under way: %(done)s of %(total)s"),
        "paused": _("Paused: %(done)s of %(total)s"),
        "stopped": _("Stopped: %(done)s of %(total)s"),
        "done": _("Done: %(done)s of %(total)s"),
    }[state]
    return ReassessmentView(
        id=it.pk,
        state=state,
        words=words % {"done": done, "total": len(runs)},
        by=it.asked_by.get_username() if it.asked_by else "",
        at=it.asked_at,
        done=done,
        total=len(runs),
        needs_help=sum(run.interview_id in needing_help for run in runs if run.state in AssessmentRun.OPEN),
        runs=[
            RunView(run.interview_id, run.interview.applicant.name, run.state, str(run.get_state_display()))
            for run in runs
        ],
    )
