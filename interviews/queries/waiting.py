"""Which interviews wait for a reviewer."""

from __future__ import annotations

import uuid

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, QuerySet

from interviews.models import Answer, Decision, Interview, Review


def waiting_for(reviewer: User, visible: QuerySet[Interview]) -> QuerySet[Interview]:
    """Submitted, with something to rate, not decided about and not reviewed by this person; who waits longest first."""
    of_it = {"interview": OuterRef("pk")}
    done = Review.objects.filter(**of_it, reviewer=reviewer, state=Review.State.DONE)
    return visible.filter(
        ~Exists(done),
        ~Exists(Decision.objects.filter(**of_it)),
        Exists(Answer.objects.filter(**of_it, question__rubric__isnull=False)),
        state__in=(Interview.State.SUBMITTED, Interview.State.SCORED),
        withdrawn_at=None,
    ).order_by("submitted_at", "pk")


def next_for(reviewer: User, visible: QuerySet[Interview], after: uuid.UUID | None) -> uuid.UUID | None:
    """The one behind `after` in that order, from the last on the first again; never `after` itself."""
    place = visible.filter(pk=after).values_list("submitted_at", "pk").first() if after else None
    others = [key for key in waiting_for(reviewer, visible).values_list("submitted_at", "pk") if key[1] != after]
    behind = [key for key in others if place is not None and place[0] is not None and key > place]
    return next((pk for _at, pk in [*behind, *others]), None)
