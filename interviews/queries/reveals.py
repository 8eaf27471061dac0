"""To whom the suggested levels of an interview are shown, and what others rated.

Where its position has `rate_first`, both only after one's own review; where not, the levels at once.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db.models import QuerySet

from interviews.models import Interview, Review


@dataclass(frozen=True, slots=True)
class Sight:
    """`levels`: what was suggested, and all that is worked out from it; `ratings`: what others rated and wrote."""

    levels: bool
    ratings: bool


def sight(rate_first: bool, has_reviewed: bool) -> Sight:
    return Sight(levels=has_reviewed or not rate_first, ratings=has_reviewed)


def sight_of(interview: Interview, user: User) -> Sight:
    return sight(interview.position.rate_first, done_by(user).filter(interview=interview).exists())


def done_by(user: User) -> QuerySet[Review]:
    return Review.objects.filter(reviewer=user, state=Review.State.DONE)
