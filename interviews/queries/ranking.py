"""Who stands where among the suggested scores of one position, as far as these are revealed to the reader."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from interviews.models import Criterion, Position
from interviews.queries import stages
from interviews.queries.beside import handed_in
from interviews.queries.reveals import done_by
from interviews.queries.runs import current_of
from interviews.queries.stages import RowView
from interviews.queries.suggested import suggested
from interviews.scoring.ranking import ranking
from interviews.scoring.uncertainty import Interval, interval, possible_ranks


@dataclass(frozen=True, slots=True)
class PlaceView:
    """`tied`: how many others have the same score. `best` and `worst`: the ranks that the interval leaves open."""

    id: UUID
    rank: int
    applicant: str
    url: str
    score: Decimal
    score_max: int
    tied: int
    label: str  # who suggested it: scores of different engines do not compare
    interval: Interval | None
    best: int
    worst: int


@dataclass(frozen=True, slots=True)
class UnrankedView:
    id: UUID
    applicant: str
    url: str
    reason: str


@dataclass(frozen=True, slots=True)
class HiddenView:
    """Handed in, and to be rated before its score is shown."""

    id: UUID
    applicant: str
    url: str


@dataclass(frozen=True, slots=True)
class RankingView:
    """Everybody who handed in, once. `hidden`: whose review the reader has not done."""

    places: list[PlaceView]
    unranked: list[UnrankedView]
    hidden: list[HiddenView]


def of(position: Position, reader: User) -> RankingView:
    found = handed_in(position)
    reviewed = set(done_by(reader).filter(interview__in=found).values_list("interview", flat=True))
    rows = {row.id: row for row in stages.rows(found, reviewed)}
    seen = [row for row in rows.values() if row.revealed]
    ranked = ranking((row.id, *_score(row)) for row in seen)
    intervals = _intervals([it.key for it in ranked.places])
    of_places = [intervals.get(it.key) for it in ranked.places]
    return RankingView(
        places=[
            PlaceView(
                row.id,
                it.rank,
                row.applicant,
                row.url,
                row.score,
                row.score_max,
                len(it.tied_with),
                row.score_label,
                reach,
                best,
                worst,
            )
            for it, reach, (best, worst) in zip(ranked.places, of_places, possible_ranks(of_places), strict=True)
            if (row := rows[it.key]).score is not None
        ],
        unranked=[UnrankedView(it.key, rows[it.key].applicant, rows[it.key].url, it.reason) for it in ranked.unranked],
        hidden=[HiddenView(row.id, row.applicant, row.url) for row in rows.values() if not row.revealed],
    )


def _intervals(interviews: Collection[UUID]) -> dict[UUID, Interval]:
    """Of those that have one, by the levels of the run that counts."""
    current = {run.pk: run for run in current_of(interviews).values()} if interviews else {}
    levels = suggested(current.values())
    weights = dict(Criterion.objects.filter(pk__in={place[1] for place in levels}).values_list("pk", "weight"))
    pairs: dict[UUID, list[tuple[int, int]]] = defaultdict(list)
    for (_answer, criterion), assessment in levels.items():
        if assessment.level is not None:
            pairs[current[assessment.run_id].interview_id].append((assessment.level, weights[criterion]))
    found = {interview: interval(theirs) for interview, theirs in pairs.items()}
    return {interview: it for interview, it in found.items() if it is not None}


def _score(row: RowView) -> tuple[Decimal | None, str]:
    """Or why it is not ranked."""
    if row.no_ai:
        return None, _("No AI for this interview")
    if row.score is None:
        return None, _("Not scored: %(why)s") % {"why": row.unscored_reason} if row.unscored_reason else row.stage_words
    if row.doubtful:
        return None, _("Its transcript is not to be trusted, nor its score")
    return row.score, ""
