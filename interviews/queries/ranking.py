"""Who stands where among the suggested scores of one position, as far as these are revealed to the reader."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from interviews.models import Interview, Position
from interviews.queries import stages
from interviews.queries.reveals import done_by
from interviews.queries.stages import RowView
from interviews.scoring.ranking import ranking


@dataclass(frozen=True, slots=True)
class PlaceView:
    """`tied`: how many others have the same score."""

    rank: int
    applicant: str
    url: str
    score: Decimal
    score_max: int
    tied: int
    label: str  # who suggested it: scores of different engines do not compare


@dataclass(frozen=True, slots=True)
class UnrankedView:
    applicant: str
    url: str
    reason: str


@dataclass(frozen=True, slots=True)
class RankingView:
    """`hidden`: interviews that were handed in, and whose review the reader has not done."""

    places: list[PlaceView]
    unranked: list[UnrankedView]
    hidden: int


def of(position: Position, reader: User) -> RankingView:
    handed_in = Interview.objects.filter(
        question_set__position=position,
        state__in=[Interview.State.SUBMITTED, Interview.State.SCORED],
        withdrawn_at=None,
    ).order_by("applicant__name", "pk")
    reviewed = set(done_by(reader).filter(interview__in=handed_in).values_list("interview", flat=True))
    rows = {row.id: row for row in stages.rows(handed_in, reviewed)}
    seen = [row for row in rows.values() if row.revealed]
    ranked = ranking((row.id, *_score(row)) for row in seen)
    return RankingView(
        places=[
            PlaceView(it.rank, row.applicant, row.url, row.score, row.score_max, len(it.tied_with), row.score_label)
            for it in ranked.places
            if (row := rows[it.key]).score is not None
        ],
        unranked=[UnrankedView(rows[it.key].applicant, rows[it.key].url, it.reason) for it in ranked.unranked],
        hidden=len(rows) - len(seen),
    )


def _score(row: RowView) -> tuple[Decimal | None, str]:
    """Or why it is not ranked."""
    if row.no_ai:
        return None, _("No AI for this interview")
    if row.score is None:
        return None, _("Not scored: %(why)s") % {"why": row.unscored_reason} if row.unscored_reason else row.stage_words
    if row.doubtful:
        return None, _("Its transcript is not to be trusted, nor its score")
    return row.score, ""
