"""Where an interview stands, in a slug for programs and words for people. Derived from its rows every time."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from interviews.engines.catalogue import ANALYSERS
from interviews.models import Decision, Interview, Job
from interviews.queries import facts
from interviews.queries.facts import Facts
from interviews.queries.machines import is_assessed, is_transcribed
from interviews.queries.reasons import told
from interviews.queries.reveals import sight

if TYPE_CHECKING:
    from interviews.queries.facts import Counted


@dataclass(frozen=True, slots=True)
class Stage:
    """`done` of `total` steps of this stage."""

    slug: str
    words: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class DecisionView:
    """`outcome` is a slug. Without its reason, which may tell what was rated or suggested."""

    outcome: str
    words: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RowView:
    """One interview in a list, and the summary above its review.

    The score rests on `levels` of `criteria`; `score_label` is what people are told about who suggested them. Unless
    `revealed`, none of the four holds anything.
    """

    id: UUID
    applicant: str
    external_id: str
    applicant_external_id: str
    position: str
    position_id: int
    position_external_id: str
    stage: str
    stage_words: str
    done: int
    total: int
    revealed: bool
    score: Decimal | None
    score_max: int
    levels: int
    criteria: int
    score_label: str
    unscored_reason: str
    changed_at: datetime
    arrived_at: datetime
    submitted_at: datetime | None
    waits: bool  # for people: it can be watched and rated, and nothing is decided
    reviewed: bool  # by whom it is shown to; what is sent live says no until `levels` says yes
    url: str
    asks_for_time: bool
    deadline: datetime
    no_ai: bool
    doubtful: bool  # not to be trusted, and not to be ranked
    decision: DecisionView | None


def with_counts(interviews: QuerySet[Interview]) -> QuerySet[Counted]:
    """What `row` and `stage` need, in four queries for any number of interviews."""
    loaded: QuerySet[Any] = interviews.select_related("applicant", "question_set__position")
    complete: QuerySet[Counted] = loaded.annotate(**facts.counts()).prefetch_related(
        Prefetch("jobs", facts.every_open_job(), to_attr="every_open_job"),
        Prefetch("runs", facts.standing_runs(), to_attr="standing_runs"),
        Prefetch("decisions", Decision.objects.select_related("by"), to_attr="all_decisions"),
    )
    return complete


@cache
def counted() -> QuerySet[Counted]:
    """All, put together once: doing it costs more than the query, and the feed asks with each event."""
    return with_counts(Interview.objects.all())


def with_counts_of(interviews: Collection[UUID]) -> QuerySet[Counted]:
    return counted().filter(pk__in=interviews)


def rows(interviews: QuerySet[Interview], reviewed: Collection[UUID] = ()) -> list[RowView]:
    """For somebody who has done the reviews of the interviews `reviewed`."""
    return [_row_for(facts.of(interview), reviewed) for interview in with_counts(interviews)]


def rows_of(interviews: Sequence[UUID], reviewed: Collection[UUID] = ()) -> list[RowView]:
    """The same of these, in their order: one page of a list, in four queries."""
    found = facts.read(interviews)
    return [_row_for(found[pk], reviewed) for pk in interviews if pk in found]


def _row_for(interview: Facts, reviewed: Collection[UUID]) -> RowView:
    is_reviewed = interview.pk in reviewed
    return _row(interview, revealed=sight(interview.rate_first, is_reviewed).levels, reviewed=is_reviewed)


def row(interview: Counted, *, revealed: bool, reviewed: bool = False) -> RowView:
    """`interview` comes from `with_counts`."""
    return _row(facts.of(interview), revealed=revealed, reviewed=reviewed)


def _row(interview: Facts, *, revealed: bool, reviewed: bool) -> RowView:
    at = stage_of(interview)
    run = interview.current_run if revealed else None
    # What was handed in anew is not what the result is of.
    result = run.result if run and interview.state != Interview.State.SUBMITTED else None
    decision = interview.decision
    return RowView(
        id=interview.pk,
        applicant=interview.applicant,
        external_id=interview.external_id,
        applicant_external_id=interview.applicant_external_id,
        position=interview.position,
        position_id=interview.position_id,
        position_external_id=interview.position_external_id,
        stage=at.slug,
        stage_words=at.words,
        done=at.done,
        total=at.total,
        revealed=revealed,
        score=result.score if result else None,
        score_max=5,
        levels=result.levels if result else 0,
        criteria=result.criteria if result else 0,
        score_label=_(ANALYSERS[run.engine].label) if run and run.answers_read and run.engine in ANALYSERS else "",
        unscored_reason=told(result.unscored_reason) if result else "",
        changed_at=interview.last_event_at or interview.created_at,
        arrived_at=interview.created_at,
        submitted_at=interview.submitted_at,
        waits=interview.is_submitted and interview.withdrawn_at is None and decision is None,
        reviewed=reviewed,
        url=reverse("review", args=[interview.pk]),
        asks_for_time=interview.asks_for_time and not interview.is_submitted,
        deadline=interview.deadline,
        no_ai=_is_for_people(interview),
        doubtful=interview.doubtful,
        decision=_decision(decision.outcome, decision.by, decision.at) if decision else None,
    )


def _is_for_people(interview: Facts) -> bool:
    """It was handed in, no machine may assess it, and none has."""
    return interview.is_submitted and not is_assessed(interview) and not interview.runs


def decision_view(decision: Decision) -> DecisionView:
    return _decision(decision.outcome, decision.by.get_username(), decision.at)


def _decision(outcome: str, by: str, at: datetime) -> DecisionView:
    return DecisionView(outcome, str(Decision.Outcome(outcome).label), by, at)


def stage(interview: Counted) -> Stage:
    """`interview` comes from `with_counts`. Parked work comes first: it waits for a person.

    The same for everybody who sees it; so where people rate first, not even that there is no score is told here.
    """
    return stage_of(facts.of(interview))


def stage_of(interview: Facts) -> Stage:
    total = interview.questions
    if interview.erased_at is not None:
        words = _("Erased on %(date)s") % {"date": date_format(interview.erased_at, _("j F Y"))}
        return Stage("erased", words, interview.answered, total)
    if interview.revoked_at is not None and not interview.is_submitted:
        return Stage("revoked", _("Invitation withdrawn"), interview.answered, total)
    if interview.withdrawn_at is not None:
        words = _("Withdrawn, is to be erased") if interview.erasure_asked_at else _("Withdrawn by the applicant")
        return Stage("withdrawn", words, interview.answered, total)
    if interview.state == Interview.State.INVITED:
        return Stage("invited", _("Invited"), 0, total)
    parked = next((job for job in interview.jobs if job.state == Job.State.PARKED), None)
    if parked is not None:
        is_unscored = parked.kind == Job.Kind.ASSESS and interview.state != Interview.State.SCORED
        words = _("Not scored yet: %(problem)s") if is_unscored else _("Needs you: %(problem)s")
        return Stage("parked", words % {"problem": told(parked.problem)}, _answers_read(interview), total)
    if interview.state == Interview.State.STARTED and interview.was_submitted:
        return Stage("reopened", _("Reopened, and not submitted again yet"), interview.answered, total)
    if interview.state == Interview.State.STARTED:
        words = _("Recorded %(done)s of %(total)s") % {"done": interview.answered, "total": total}
        return Stage("recording", words, interview.answered, total)
    if interview.state == Interview.State.SCORED and not interview.jobs:
        if _is_for_people(interview):
            return Stage("people", _("Waiting for people"), total, total)
        run = interview.current_run
        if interview.rate_first:
            return Stage("scored", _("Assessed"), total, total)
        if run is not None and run.result is not None and run.result.score is None:
            return Stage("unscored", _("Not scored: %(why)s") % {"why": told(run.result.unscored_reason)}, total, total)
        return Stage("scored", _("Scored"), total, total)
    return _working(interview, total)


def _working(interview: Facts, total: int) -> Stage:
    waiting = next((job.problem for job in interview.jobs if job.problem), "")
    suffix = " · " + _("trying again: %(problem)s") % {"problem": told(waiting)} if waiting else ""
    if any(job.paused for job in interview.jobs):
        suffix = " · " + _("paused by an operator")
    if not is_transcribed(interview):
        return Stage("preparing", _("Being made ready to play") + suffix, 0, total)
    if any(job.over_budget for job in interview.jobs):
        words = _(
            "AI paused: a budget of this month is used up, the site's or the position's; an administrator can raise it"
        )
        return Stage("paused", words, 0, total)
    if interview.transcribed < interview.answered:
        words = _("Transcribed %(done)s of %(total)s") % {
            "done": interview.transcribed,
            "total": interview.answered,
        }
        return Stage("transcribing", words + suffix, interview.transcribed, interview.answered)
    again = len(interview.runs) > 1
    words = _("Assessed again: %(done)s of %(total)s") if again else _("Assessed %(done)s of %(total)s")
    done = _answers_read(interview)
    return Stage("assessing", words % {"done": done, "total": interview.answered} + suffix, done, interview.answered)


def _answers_read(interview: Facts) -> int:
    """In the newest run, which may not be the current one yet."""
    return interview.runs[0].answers_read if interview.runs else 0
