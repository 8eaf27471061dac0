"""What people rated: one's own review as it is filled in, and, beside each other, what all who are done rated."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import F, QuerySet

from interviews.models import Answer, Assessment, Criterion, Interview, Rating, Review
from interviews.queries.answered import Answered
from interviews.queries.runs import current_of
from interviews.queries.suggested import Place, suggested


@dataclass(frozen=True, slots=True)
class RatingView:
    """`level` is None for "cannot tell"."""

    level: int | None
    note: str
    reason: str
    after_reveal: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class ToRateView:
    """One criterion of one answer as its reviewer fills it in. `levels` are (value, anchor); `rating` counts now."""

    answer_id: int
    number: int
    criterion_id: int
    name: str
    look_for: str
    weight: int
    levels: list[tuple[int, str]]
    rating: RatingView | None

    @property
    def place(self) -> str:
        return f"{self.answer_id}-{self.criterion_id}"


@dataclass(frozen=True, slots=True)
class OwnReviewView:
    """`to_rate` by the number of the question; `missing` in words, one entry for a question."""

    is_done: bool
    done_at: datetime | None
    to_rate: dict[int, list[ToRateView]]
    rated: int
    total: int


@dataclass(frozen=True, slots=True)
class RaterView:
    """What one reviewer made of one criterion: the newest counts, the `earlier` ones stay, newest first."""

    reviewer: str
    rating: RatingView | None
    earlier: list[RatingView]


@dataclass(frozen=True, slots=True)
class ComparedView:
    """One criterion: what was suggested (None: nothing, or not enough evidence) and what each reviewer rated."""

    criterion_id: int
    name: str
    suggested: int | None
    raters: list[RaterView]


@dataclass(frozen=True, slots=True)
class SideBySideView:
    """One answer; `id` as in AnswerView."""

    id: str
    number: int
    reviewers: list[str]
    criteria: list[ComparedView]


@dataclass(frozen=True, slots=True)
class RatedView:
    """`compared` is empty for those who are not done themselves."""

    own: OwnReviewView
    compared: list[SideBySideView]


def places(interview: Interview) -> list[tuple[Answer, Criterion]]:
    """What is to be rated: each criterion of each answered question, in order, as the questions were published."""
    return places_of([interview])[interview.pk]


def places_of(interviews: Iterable[Interview]) -> dict[UUID, list[tuple[Answer, Criterion]]]:
    """The same, by interview."""
    found: dict[UUID, list[tuple[Answer, Criterion]]] = {interview.pk: [] for interview in interviews}
    answers = Answer.objects.filter(interview__in=found).select_related("question").order_by("question__number")
    for answer in answers.prefetch_related("question__rubric__criteria"):
        if answer.question.rubric is not None:
            found[answer.interview_id] += [(answer, criterion) for criterion in answer.question.rubric.criteria.all()]
    return found


def of_what_counts(ratings: QuerySet[Rating]) -> QuerySet[Rating]:
    """Without those of recordings that counted before."""
    return ratings.filter(take=F("answer__take"))


def counting(ratings: QuerySet[Rating]) -> dict[Place, Rating]:
    """Of ratings in the order in which they were made: the newest of each place."""
    return {(rating.answer_id, rating.criterion_id): rating for rating in of_what_counts(ratings)}


def own(interview: Interview, reviewer: User) -> OwnReviewView:
    review = Review.objects.filter(interview=interview, reviewer=reviewer).first()
    return _own(review, places(interview), _made([review] if review else []))


def side_by_side(interview: Interview) -> list[SideBySideView]:
    """For those who are done themselves, and nobody else."""
    done = [it for it in reviews_of([interview])[interview.pk] if it.state == Review.State.DONE]
    said = suggested(current_of([interview.pk]).values())
    return _side_by_side(interview, places(interview), said, done, _made(done))


def reviews_of(interviews: Collection[Interview]) -> dict[UUID, list[Review]]:
    """Everybody's, done or not, in the order in which they were begun, by interview."""
    found: dict[UUID, list[Review]] = {interview.pk: [] for interview in interviews}
    for review in Review.objects.filter(interview__in=interviews).select_related("reviewer").order_by("pk"):
        found[review.interview_id].append(review)
    return found


def mine(reviews: Iterable[Review], reviewer: User) -> Review | None:
    return next((it for it in reviews if it.reviewer_id == reviewer.pk), None)


def rated_of(
    interviews: Collection[Interview], said: Answered, reviews: Mapping[UUID, Sequence[Review]], reviewer: User
) -> dict[UUID, RatedView]:
    """By interview, of interviews that were read and of all their reviews; in one query for any number."""
    own_reviews = {pk: mine(theirs, reviewer) for pk, theirs in reviews.items()}
    shown = {pk: _shown(own_reviews[pk], theirs) for pk, theirs in reviews.items()}
    own_and_shown = [it for it in own_reviews.values() if it is not None] + [it for of in shown.values() for it in of]
    made = _made(own_and_shown)
    found = {}
    for interview in interviews:
        pk, asked = interview.pk, said.places(interview)
        compared = _side_by_side(interview, asked, said.suggested, shown[pk], made) if shown[pk] else []
        found[pk] = RatedView(_own(own_reviews[pk], asked, made), compared)
    return found


def _shown(own_review: Review | None, reviews: Iterable[Review]) -> list[Review]:
    """To whoever is done themselves: those that are."""
    if own_review is None or own_review.state != Review.State.DONE:
        return []
    return [it for it in reviews if it.state == Review.State.DONE]


def _made(reviews: Collection[Review]) -> dict[int, dict[Place, list[Rating]]]:
    """What was rated in each of these reviews, at each place the newest first."""
    made: dict[int, dict[Place, list[Rating]]] = defaultdict(dict)
    if reviews:
        for rating in of_what_counts(Rating.objects.filter(review__in=reviews)).order_by("-pk"):
            made[rating.review_id].setdefault((rating.answer_id, rating.criterion_id), []).append(rating)
    return made


def _own(
    review: Review | None,
    asked: Iterable[tuple[Answer, Criterion]],
    made: Mapping[int, Mapping[Place, Sequence[Rating]]],
) -> OwnReviewView:
    rated = made.get(review.pk, {}) if review else {}
    to_rate: dict[int, list[ToRateView]] = {}
    for answer, criterion in asked:
        newest = next(iter(rated.get((answer.pk, criterion.pk), ())), None)
        to_rate.setdefault(answer.question.number, []).append(_to_rate(answer, criterion, newest))
    every = [it for criteria in to_rate.values() for it in criteria]
    return OwnReviewView(
        is_done=review is not None and review.state == Review.State.DONE,
        done_at=review.done_at if review else None,
        to_rate=to_rate,
        rated=sum(it.rating is not None for it in every),
        total=len(every),
    )


def _side_by_side(
    interview: Interview,
    rated: Iterable[tuple[Answer, Criterion]],
    said: Mapping[Place, Assessment],
    reviews: Sequence[Review],
    made: Mapping[int, Mapping[Place, list[Rating]]],
) -> list[SideBySideView]:
    found: dict[int, SideBySideView] = {}
    for answer, criterion in rated:
        view = found.setdefault(
            answer.pk,
            SideBySideView(
                f"{interview.pk}-{answer.question.number}",
                answer.question.number,
                [review.reviewer.get_username() for review in reviews],
                [],
            ),
        )
        view.criteria.append(_compared(answer, criterion, said, reviews, made))
    return list(found.values())


def _to_rate(answer: Answer, criterion: Criterion, rating: Rating | None) -> ToRateView:
    return ToRateView(
        answer_id=answer.pk,
        number=answer.question.number,
        criterion_id=criterion.pk,
        name=criterion.name,
        look_for=criterion.look_for,
        weight=criterion.weight,
        levels=list(enumerate(criterion.levels, start=1)),
        rating=_view(rating) if rating else None,
    )


def _compared(
    answer: Answer,
    criterion: Criterion,
    said: Mapping[Place, Assessment],
    reviews: Iterable[Review],
    made: Mapping[int, Mapping[Place, list[Rating]]],
) -> ComparedView:
    place = (answer.pk, criterion.pk)
    assessment = said.get(place)
    raters = []
    for review in reviews:
        views = [_view(rating) for rating in made.get(review.pk, {}).get(place, [])]
        raters.append(RaterView(review.reviewer.get_username(), views[0] if views else None, views[1:]))
    return ComparedView(criterion.pk, criterion.name, assessment.level if assessment else None, raters)


def _view(rating: Rating) -> RatingView:
    return RatingView(rating.level, rating.note, rating.reason, rating.after_reveal, rating.at)
