"""What waits for one person, what came in and what is stuck: all lines of the overview."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, QuerySet
from django.urls import reverse

from interviews.models import Accommodation, Decision, ExtensionRequest, Interview, Job, Message, Position
from interviews.queries.desk import DeskView, decided, held_up, lines, microseconds
from interviews.queries.reasons import told
from interviews.queries.reveals import done_by

ARRIVED_AT_MOST = 10
WAITING_AT_MOST = 200
"""Those that have waited longest; a page of more would be read by nobody."""
_SUBMITTED = (Interview.State.SUBMITTED, Interview.State.SCORED)
_NAMED = ("interview__applicant", "interview__question_set__position")
_MESSAGES = Prefetch(
    "messages",
    Message.objects.order_by("-created_at").prefetch_related(
        Prefetch("jobs", Job.objects.filter(state=Job.State.PARKED), to_attr="parked")
    ),
    to_attr="newest_first",
)


@dataclass(frozen=True, slots=True)
class WaitingView:
    """What is to be known of an interview that waits for a review or a decision: part of a DeskView."""

    id: UUID
    applicant: str
    position: str
    url: str
    submitted_at: datetime

    @property
    def submitted_order(self) -> int:
        return microseconds(self.submitted_at)


@dataclass(frozen=True, slots=True)
class MailLineView:
    """The newest mail to an applicant, where it did not get through; `problem` is "" where it did."""

    id: UUID
    applicant: str
    position: str
    url: str
    problem: str
    created_at: datetime

    @property
    def newest_first(self) -> int:
        return -microseconds(self.created_at)


@dataclass(frozen=True, slots=True)
class ConditionsLineView:
    """Other conditions that were asked for; `asked_at` is None once that is answered."""

    id: UUID
    applicant: str
    position: str
    asked_at: datetime | None

    @property
    def asked_order(self) -> int:
        return microseconds(self.asked_at)


@dataclass(frozen=True, slots=True)
class PositionLineView:
    """How many interviews of a position stand where. `submitted` are those that are still to be decided about."""

    id: int
    title: str
    invited: int
    started: int
    submitted: int
    decided: int

    @property
    def total(self) -> int:
        return self.invited + self.started + self.submitted + self.decided


@dataclass(frozen=True, slots=True)
class OverviewView:
    """`reviews` and `decisions` longest waiting first; `left_out` counts those beyond WAITING_AT_MOST of each. Of all
    that are shown, `reviewed` are those whose review this reader has done, and `others` the others."""

    reviews: list[WaitingView]
    decisions: list[WaitingView]
    left_out: int
    requests: list[DeskView]
    conditions: list[ConditionsLineView]
    stuck: list[DeskView]
    mails: list[MailLineView]
    arrived: list[DeskView]
    positions: list[PositionLineView]
    reviewed: set[UUID]
    others: set[UUID]


def overview(
    interviews: QuerySet[Interview],
    positions: QuerySet[Position],
    reader: User,
    coordinated: Collection[int],
    accommodated: QuerySet[Interview],
) -> OverviewView:
    """Of what somebody may see. `coordinated` are positions whose mail, `accommodated` interviews whose conditions are
    theirs to see. The number of queries does not grow with that of rows."""
    open_to_all = {"state__in": _SUBMITTED, "submitted_at__isnull": False, "withdrawn_at": None}
    waiting = interviews.filter(~decided(), **open_to_all).order_by("submitted_at", "pk")
    is_reviewed = Exists(done_by(reader).filter(interview=OuterRef("pk")))
    to_review, to_decide = _waiting(waiting.filter(~is_reviewed)), _waiting(waiting.filter(is_reviewed))
    stuck = Job.objects.filter(~Q(kind__in=Job.APART), held_up())
    asking = ExtensionRequest.objects.filter(state=ExtensionRequest.State.ASKED)
    others = _ids(interviews.filter(pk__in=_either(stuck, asking)))
    arrived = _ids(interviews.filter(submitted_at__isnull=False).order_by("-submitted_at", "-pk"), ARRIVED_AT_MOST)
    lined = {*others, *arrived}
    reviewed = set(done_by(reader).filter(interview__in=lined).values_list("interview_id", flat=True))
    known = lines(lined, reviewed)
    reviewed |= {it.id for it in to_decide}
    also = [known[pk] for pk in others if pk in known]
    return OverviewView(
        reviews=to_review,
        decisions=to_decide,
        left_out=_left_out(waiting, to_review, to_decide),
        requests=sorted((line for line in also if line.asked_at), key=lambda line: line.asked_order),
        conditions=conditions(accommodated),
        stuck=[line for line in also if line.stuck],
        mails=mails(interviews.filter(question_set__position__in=coordinated)),
        arrived=[known[pk] for pk in arrived if pk in known],
        positions=position_lines(positions),
        reviewed=reviewed,
        others=lined.union(it.id for it in to_review) - reviewed,
    )


def _ids(found: QuerySet[Interview], at_most: int = WAITING_AT_MOST) -> list[UUID]:
    return list(found.values_list("pk", flat=True)[:at_most])


def _waiting(found: QuerySet[Interview]) -> list[WaitingView]:
    values = found.values_list("pk", "applicant__name", "question_set__position__title", "submitted_at")
    return [
        WaitingView(pk, applicant, position, reverse("review", args=[pk]), submitted_at)
        for pk, applicant, position, submitted_at in values[:WAITING_AT_MOST]
        if submitted_at is not None
    ]


def _either(*rows: QuerySet[Any]) -> QuerySet[Any]:
    """The interviews of any of these: found by them, and not by looking at all interviews."""
    first, *others = (it.order_by().values("interview") for it in rows)
    return first.union(*others)


def _left_out(waiting: QuerySet[Interview], *shown: Collection[WaitingView]) -> int:
    if all(len(some) < WAITING_AT_MOST for some in shown):
        return 0
    return max(0, waiting.count() - sum(map(len, shown)))


def mails(interviews: QuerySet[Interview]) -> list[MailLineView]:
    """Of those whose newest mail did not get through."""
    failed = Message.objects.filter(state=Message.State.FAILED)
    parked = Job.objects.filter(kind=Job.Kind.MAIL, state=Job.State.PARKED)
    interviews = interviews.filter(pk__in=_either(failed, parked))
    return [line for line in map(_mail_line, interviews.prefetch_related(_MESSAGES)) if line.problem]


def mail_of(interview_id: UUID) -> MailLineView:
    found = Interview.objects.select_related("applicant", "question_set__position").prefetch_related(_MESSAGES)
    return _mail_line(found.get(pk=interview_id))


def conditions(interviews: QuerySet[Interview]) -> list[ConditionsLineView]:
    """Those that wait for an answer, longest first."""
    asked = Accommodation.objects.filter(interview__in=interviews, asked_at__isnull=False, answered_at=None)
    return [_conditions_line(row) for row in asked.select_related(*_NAMED).order_by("asked_at", "pk")]


def conditions_of(interview_id: UUID) -> list[ConditionsLineView]:
    """None where nothing was ever arranged or asked for."""
    return [
        _conditions_line(row) for row in Accommodation.objects.filter(interview=interview_id).select_related(*_NAMED)
    ]


def position_lines(positions: QuerySet[Position]) -> list[PositionLineView]:
    """In three queries for any number of positions."""
    mine = list(positions)
    is_open = Q(withdrawn_at=None) & (Q(revoked_at=None) | Q(state__in=_SUBMITTED))
    theirs = Interview.objects.filter(is_open, question_set__position__in=[it.pk for it in mine]).order_by()
    decisions = Decision.objects.filter(at__gte=F("interview__submitted_at")).order_by()
    decided_about = theirs.filter(state__in=_SUBMITTED, pk__in=decisions.values("interview"))
    found: dict[int, dict[str, int]] = {
        it.pk: dict.fromkeys(("invited", "started", "submitted", "decided"), 0) for it in mine
    }
    of_position = "question_set__position"
    for position, state, count in theirs.values_list(of_position, "state").annotate(Count("pk")):
        found[position]["submitted" if state in _SUBMITTED else state] += count
    for position, count in decided_about.values_list(of_position).annotate(Count("pk")):
        found[position]["decided"] += count
        found[position]["submitted"] -= count
    return [PositionLineView(it.pk, it.title, **found[it.pk]) for it in mine]


def _mail_line(interview: Interview) -> MailLineView:
    newest: Message | None = next(iter(interview.newest_first), None)  # type: ignore[attr-defined] # prefetched
    problem = ""
    if newest is not None and newest.state == Message.State.FAILED:
        problem = told(newest.problem) or newest.get_state_display()
    elif newest is not None:
        parked: list[Job] = newest.parked  # type: ignore[attr-defined] # prefetched
        problem = told(parked[0].problem) if parked else ""
    url = reverse("invitation", args=[interview.question_set.position_id, interview.pk])
    applicant, position = interview.applicant.name, interview.position.title
    return MailLineView(interview.pk, applicant, position, url, problem, interview.created_at)


def _conditions_line(row: Accommodation) -> ConditionsLineView:
    asked_at = row.asked_at if row.is_open else None
    return ConditionsLineView(row.interview_id, row.interview.applicant.name, row.interview.position.title, asked_at)
