"""Positions as a list, and one with what is to be done for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Q

from interviews.models import Decision, Interview, Position, QuestionSet


@dataclass(frozen=True, slots=True)
class PositionCard:
    """`invited` without whose invitation was withdrawn; `waiting`: submitted and not decided about."""

    id: int
    title: str
    state: str
    state_words: str
    deadline: datetime | None
    is_over: bool  # the deadline has passed
    is_mine: bool  # to be run by who asks
    invited: int
    waiting: int
    decided: int


@dataclass(frozen=True, slots=True)
class PositionView:
    """`version` is that of the questions that are asked of who is invited now; None where none are published."""

    card: PositionCard
    version: int | None
    has_draft: bool
    people: int


def listed(positions: Iterable[Position], mine: set[int]) -> list[PositionCard]:
    """Open ones first, closed ones last."""
    order = list(Position.State)
    order.insert(0, order.pop(order.index(Position.State.OPEN)))
    found = list(positions)
    counted = _counted(found)
    return sorted((_card(it, mine, counted) for it in found), key=lambda card: order.index(Position.State(card.state)))


def of(position: Position) -> PositionView:
    sets = list(QuestionSet.objects.filter(position=position).order_by("-version"))
    return PositionView(
        card=_card(position, {position.pk}, _counted([position])),
        version=next((it.version for it in sets if it.published_at is not None), None),
        has_draft=any(it.published_at is None for it in sets),
        people=position.memberships.count(),
    )


def _card(position: Position, mine: set[int], counted: dict[int, tuple[int, int, int]]) -> PositionCard:
    invited, waiting, decided = counted.get(position.pk, (0, 0, 0))
    return PositionCard(
        id=position.pk,
        title=position.title,
        state=str(position.state),
        state_words=position.get_state_display(),
        deadline=position.deadline,
        is_over=position.is_over,
        is_mine=position.pk in mine,
        invited=invited,
        waiting=waiting,
        decided=decided,
    )


def _counted(positions: list[Position]) -> dict[int, tuple[int, int, int]]:
    standing = Interview.objects.filter(question_set__position__in=positions, revoked_at=None)
    decisions = Decision.objects.filter(interview=OuterRef("pk"))
    waits = Q(submitted_at__isnull=False, withdrawn_at=None, has_decision=False)
    rows = (
        standing.annotate(has_decision=Exists(decisions))
        .order_by()
        .values("question_set__position")
        .annotate(
            invited=Count("pk"), waiting=Count("pk", filter=waits), decided=Count("pk", filter=Q(has_decision=True))
        )
    )
    return {row["question_set__position"]: (row["invited"], row["waiting"], row["decided"]) for row in rows}
