"""One interview as the overview knows it: what it needs, what it asks for, what holds it up.

The same for all who see it, but for one thing: whether they have done its review.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from interviews.models import Decision, ExtensionRequest, Job
from interviews.queries import facts, stages
from interviews.queries.facts import Facts
from interviews.queries.reasons import told

if TYPE_CHECKING:
    from interviews.queries.facts import Counted


@dataclass(frozen=True, slots=True)
class StuckView:
    """`problem` says what holds it up, `next_step` what to do; `next_try_at` is None where nothing is tried."""

    problem: str
    next_step: str
    next_try_at: datetime | None


@dataclass(frozen=True, slots=True)
class DeskView:
    """One interview. `needs` is "review", "decision" or "", of whoever looks; `stage` to `total` as in RowView."""

    id: UUID
    applicant: str
    position: str
    url: str
    stage: str
    stage_words: str
    done: int
    total: int
    submitted_at: datetime | None
    needs: str
    asked_at: datetime | None  # for more time
    deadline: datetime
    stuck: StuckView | None
    created_at: datetime

    @property
    def newest_first(self) -> int:
        return -microseconds(self.created_at)

    @property
    def arrived_first(self) -> int:
        return -microseconds(self.submitted_at)

    @property
    def submitted_order(self) -> int:
        return microseconds(self.submitted_at)

    @property
    def asked_order(self) -> int:
        return microseconds(self.asked_at)


def microseconds(at: datetime | None) -> int:
    """Since 1970: by these the lines of a list are put in order, also in the browser."""
    return int(at.timestamp() * 1_000_000) if at else 0


def of(interview: Counted, *, reviewed: bool) -> DeskView:
    """`interview` comes from `stages.with_counts`."""
    asked = _asked([interview.pk]) if interview.asks_for_time else {}
    return _line(facts.of(interview), asked.get(interview.pk), reviewed=reviewed)


def lines(interviews: Collection[UUID], reviewed: Collection[UUID]) -> dict[UUID, DeskView]:
    """By the ids of the interviews."""
    asked = _asked(interviews)
    found = facts.read(interviews)
    return {pk: _line(it, asked.get(pk), reviewed=pk in reviewed) for pk, it in found.items()}


def decided() -> Exists:
    """Since it was submitted last: what is submitted anew is to be decided about anew."""
    made = Decision.objects.filter(interview=OuterRef("pk"), at__gte=OuterRef("submitted_at"))
    return Exists(made)


def held_up() -> Q:
    return Q(state__in=Job.OPEN) & (~Q(problem="") | Q(over_budget=True))


def _asked(interviews: Collection[UUID]) -> dict[UUID, datetime]:
    open_requests = ExtensionRequest.objects.filter(interview__in=interviews, state=ExtensionRequest.State.ASKED)
    return dict(open_requests.values_list("interview", "asked_at"))


def _line(interview: Facts, asked_at: datetime | None, *, reviewed: bool) -> DeskView:
    at = stages.stage_of(interview)
    return DeskView(
        id=interview.pk,
        applicant=interview.applicant,
        position=interview.position,
        url=reverse("review", args=[interview.pk]),
        stage=at.slug,
        stage_words=at.words,
        done=at.done,
        total=at.total,
        submitted_at=interview.submitted_at,
        needs=_needs(interview, reviewed=reviewed),
        asked_at=asked_at if not interview.is_submitted else None,
        deadline=interview.deadline,
        stuck=_stuck(interview),
        created_at=interview.created_at,
    )


def _needs(interview: Facts, *, reviewed: bool) -> str:
    if not interview.is_submitted or interview.withdrawn_at is not None or interview.submitted_at is None:
        return ""
    newest = interview.decision
    if newest is not None and newest.at >= interview.submitted_at:
        return ""
    return "decision" if reviewed else "review"


def _stuck(interview: Facts) -> StuckView | None:
    if interview.withdrawn_at is not None:
        return None
    parked = next((job for job in interview.jobs if job.state == Job.State.PARKED), None)
    if parked is not None:
        what = {"what": Job.Kind(parked.kind).label, "problem": told(parked.problem)}
        return StuckView(
            _("%(what)s: %(problem)s") % what,
            _("Somebody must look at this. An administrator sets it going again when the cause is gone."),
            None,
        )
    if any(job.over_budget for job in interview.jobs):
        return StuckView(
            _("AI paused: a budget of this month is used up."),
            _("An administrator can raise it; else this goes on next month. You can watch and rate meanwhile."),
            None,
        )
    waiting = next((job for job in interview.jobs if job.problem), None)
    if waiting is None:
        return None
    what = {"what": Job.Kind(waiting.kind).label, "problem": told(waiting.problem)}
    return StuckView(_("%(what)s: %(problem)s") % what, _("It is tried again by itself."), waiting.run_after)
