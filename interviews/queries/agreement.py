"""How far people and machine agree in one position, and whether the people still judge by themselves.

Counted are only interviews whose review the reader has done, so that nothing is told before its time. Pairs of one
interview are not independent of each other: the intervals are somewhat too narrow.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from itertools import combinations
from uuid import UUID

from django.contrib.auth.models import User
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from interviews.models import Answer, AssessmentRun, Decision, Position, Rating, Review
from interviews.queries import runs
from interviews.queries.ratings import of_what_counts
from interviews.queries.reveals import done_by
from interviews.queries.suggested import Place, suggested
from interviews.scoring.agreement import FEWEST, LEVELS, agreement

FOLLOWS_FROM = 10
"""Revisions below which nothing is said of whom they follow."""
FOLLOWS_PERCENT = 80
MIDDLE = 3
"""Levels go from 1 to 5: from this score on, a suggestion speaks for somebody rather than against."""

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class LineView:
    """`exact` in percent; `value`, `low` and `high` of quadratic-weighted kappa, or `why_not` in words."""

    name: str
    pairs: int
    exact: int | None
    value: float | None
    low: float | None
    high: float | None
    why_not: str


@dataclass(frozen=True, slots=True)
class RevisionsView:
    """Of one reviewer: how many ratings were revised after the reveal, nearer to the suggestion, and right to it."""

    reviewer: str
    rated: int
    revised: int
    nearer: int
    same: int


@dataclass(frozen=True, slots=True)
class AgreementView:
    """`decided`: interviews with a decision and a suggested score; `against`: of these, decided the other way.

    `table`: how often people rated the level of the row, 1 to 5, where that of the column was suggested.
    """

    interviews: int
    with_machine: list[LineView]
    table: list[list[int]]
    between_people: list[LineView]
    revisions: list[RevisionsView]
    decided: int
    against: int
    alarms: list[str]


def of(position: Position, reader: User) -> AgreementView:
    mine = set(done_by(reader).filter(interview__question_set__position=position).values_list("interview", flat=True))
    reviews = list(
        Review.objects.filter(interview__in=mine, state=Review.State.DONE).select_related("reviewer").order_by("pk")
    )
    ratings = of_what_counts(Rating.objects.filter(review__in=reviews)).select_related("criterion").order_by("pk")
    names = {rating.criterion_id: rating.criterion.name for rating in ratings}
    current = runs.current_of(mine)
    levels = {place: it.level for place, it in suggested(current.values()).items() if it.level is not None}
    first: dict[int, dict[Place, int]] = {review.pk: {} for review in reviews}
    for rating in ratings:
        if not rating.after_reveal:
            place = (rating.answer_id, rating.criterion_id)
            first[rating.review_id].pop(place, None)
            if rating.level is not None:
                first[rating.review_id][place] = rating.level
    revisions = _revisions(reviews, ratings, levels)
    decided, against = _decisions(mine, current)
    with_machine = _pairs(((rated, levels) for rated in first.values()), names)
    return AgreementView(
        interviews=len(mine),
        with_machine=_lines(with_machine),
        table=_table(pair for pairs in with_machine.values() for pair in pairs),
        between_people=_lines(_pairs(_by_interview(reviews, first), names)),
        revisions=revisions,
        decided=decided,
        against=against,
        alarms=[*_alarms(revisions), *_too_quick(reviews)],
    )


def _by_interview(
    reviews: Iterable[Review], first: dict[int, dict[Place, int]]
) -> Iterable[tuple[dict[Place, int], dict[Place, int]]]:
    """Each two reviewers of the same interview."""
    together: dict[UUID, list[Review]] = defaultdict(list)
    for review in reviews:
        together[review.interview_id].append(review)
    for theirs in together.values():
        in_order = sorted(theirs, key=lambda review: review.reviewer_id)
        for one, other in combinations(in_order, 2):
            yield first[one.pk], first[other.pk]


def _pairs(
    compared: Iterable[tuple[dict[Place, int], dict[Place, int]]], names: dict[int, str]
) -> dict[str, list[Pair]]:
    """By the name of the criterion."""
    found: dict[str, list[Pair]] = defaultdict(list)
    for one, other in compared:
        for place in one.keys() & other.keys():
            found[names[place[1]]].append((one[place], other[place]))
    return found


def _lines(pairs: dict[str, list[Pair]]) -> list[LineView]:
    if not pairs:
        return []
    together = [pair for theirs in pairs.values() for pair in theirs]
    return [_line(_("All criteria"), together), *(_line(name, pairs[name]) for name in sorted(pairs))]


def _table(pairs: Iterable[Pair]) -> list[list[int]]:
    counted = Counter(pairs)
    return [[counted[one, other] for other in range(1, LEVELS + 1)] for one in range(1, LEVELS + 1)]


def _line(name: str, pairs: list[Pair]) -> LineView:
    found = agreement(pairs)
    low, high = found.kappa.interval if found.kappa else (None, None)
    why_not = ""
    if found.kappa is None and found.pairs < FEWEST:
        why_not = _("too few pairs: %(fewest)s are needed") % {"fewest": FEWEST}
    elif found.kappa is None:
        why_not = _("one and the same level throughout")
    exact = None if found.exact is None else round(100 * found.exact)
    return LineView(name, found.pairs, exact, found.kappa.value if found.kappa else None, low, high, why_not)


def _revisions(reviews: Iterable[Review], ratings: Iterable[Rating], levels: dict[Place, int]) -> list[RevisionsView]:
    reviewers = {review.pk: review.reviewer.get_username() for review in reviews}
    before: dict[tuple[int, Place], int | None] = {}
    counts: dict[str, list[int]] = {reviewer: [0, 0, 0, 0] for reviewer in reviewers.values()}
    for rating in ratings:
        place = (rating.answer_id, rating.criterion_id)
        of_reviewer, key = counts[reviewers[rating.review_id]], (rating.review_id, place)
        if key not in before:
            of_reviewer[0] += 1
        elif rating.reason and rating.level != before[key]:
            level, old, new = levels.get(place), before[key], rating.level
            of_reviewer[1] += 1
            of_reviewer[2] += _is_nearer(old, new, level)
            of_reviewer[3] += level is not None and new == level
        before[key] = rating.level
    return [RevisionsView(reviewer, *numbers) for reviewer, numbers in sorted(counts.items())]


def _is_nearer(old: int | None, new: int | None, level: int | None) -> bool:
    if level is None or new is None:
        return False
    return old is None or abs(new - level) < abs(old - level)


def _decisions(interviews: Iterable[UUID], current: dict[UUID, AssessmentRun]) -> tuple[int, int]:
    newest: dict[UUID, str] = {}
    for interview, outcome in (
        Decision.objects.filter(interview__in=interviews).order_by("pk").values_list("interview", "outcome")
    ):
        newest[interview] = outcome
    decided = against = 0
    for interview, outcome in newest.items():
        result = getattr(current.get(interview), "result", None)
        if result is None or result.score is None:
            continue
        decided += 1
        speaks_for = result.score >= MIDDLE
        against += outcome == (Decision.Outcome.REJECT if speaks_for else Decision.Outcome.ADVANCE)
    return decided, against


def _alarms(revisions: Iterable[RevisionsView]) -> list[str]:
    return [
        _("%(reviewer)s revised %(revised)s ratings, and %(same)s of them to exactly the suggested level.")
        % {"reviewer": it.reviewer, "revised": it.revised, "same": it.same}
        for it in revisions
        if it.revised >= FOLLOWS_FROM and 100 * it.same >= FOLLOWS_PERCENT * it.revised
    ]


def _too_quick(reviews: list[Review]) -> list[str]:
    """Finished, from the first look on, in less time than the recordings last."""
    lengths: dict[UUID, float] = defaultdict(float)
    answers = Answer.objects.filter(interview__in={review.interview_id for review in reviews})
    for answer in answers.select_related("take__rendition"):
        seconds = getattr(getattr(answer.take, "rendition", None), "seconds", None) or answer.take.seconds
        lengths[answer.interview_id] += seconds or 0
    quick: dict[str, int] = defaultdict(int)
    done: dict[str, int] = defaultdict(int)
    for review in reviews:
        assert review.done_at is not None  # noqa: S101 - by constraint
        reviewer = review.reviewer.get_username()
        done[reviewer] += 1
        quick[reviewer] += review.done_at - review.opened_at < timedelta(seconds=lengths[review.interview_id])
    return [
        ngettext(
            "%(reviewer)s finished %(quick)s of %(done)s review in less time than the recordings last.",
            "%(reviewer)s finished %(quick)s of %(done)s reviews in less time than the recordings last.",
            done[reviewer],
        )
        % {"reviewer": reviewer, "quick": count, "done": done[reviewer]}
        for reviewer, count in sorted(quick.items())
        if count
    ]
