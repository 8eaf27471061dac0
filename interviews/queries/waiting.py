"""Which interviews wait for a reviewer."""

from __future__ import annotations

import uuid

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, Q, QuerySet

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
        submitted_at__isnull=False,  # the index is of those alone
        withdrawn_at=None,
    ).order_by("submitted_at", "pk")


def next_for(reviewer: User, visible: QuerySet[Interview], after: uuid.UUID | None) -> uuid.UUID | None:
    """The one behind `after` in that order, from the last on the first again; never `after` itself."""
    waiting = waiting_for(reviewer, visible).values_list("pk", flat=True)
    if after is None:
        return waiting.first()
    others = waiting.exclude(pk=after)
    place = visible.filter(pk=after, submitted_at__isnull=False).values_list("submitted_at", flat=True).first()
    behind = others.filter(Q(submitted_at__gt=place) | Q(submitted_at=place, pk__gt=after)) if place else others.none()
    return behind.first() or others.first()
