"""What people make of an interview. Ratings and decisions are added, never changed: the newest counts.

A decision that was taken back at once, by whoever made it, counts no more, and stays."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from interviews.models.interviews import Interview
from interviews.models.rubrics import Criterion
from interviews.models.takes import Answer, Take


class Review(models.Model):
    """One person's own reading of one interview, from the first look at it. Who has reviewed is closed, not deleted."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        DONE = "done", _("Done")

    interview = models.ForeignKey(Interview, models.CASCADE, related_name="reviews")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="reviews")
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    opened_at = models.DateTimeField(db_default=Now())
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["interview_id", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["interview", "reviewer"], name="one_review_per_reviewer"),
            models.CheckConstraint(
                condition=Q(state="open", done_at__isnull=True) | Q(state="done", done_at__isnull=False),
                name="review_that_is_done_has_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"review {self.pk}: {self.get_state_display()}"


class Rating(models.Model):
    """One answer on one criterion, by a person. `level` is None for "cannot tell from this answer".

    Of those with the same answer and criterion the newest counts, while the `take` that it is of does. `after_reveal`:
    its reviewer could see the suggested level; `reason`: why a rating of a review that was done is changed.
    """

    review = models.ForeignKey(Review, models.CASCADE, related_name="ratings")
    answer = models.ForeignKey(Answer, models.CASCADE, related_name="ratings")
    take = models.ForeignKey(Take, models.CASCADE, related_name="ratings", help_text="the recording that was rated")
    criterion = models.ForeignKey(Criterion, models.PROTECT, related_name="ratings")
    level = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    note = models.TextField(blank=True)
    reason = models.TextField(blank=True)
    after_reveal = models.BooleanField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering: ClassVar = ["review_id", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(level__isnull=True) | Q(level__gte=1, level__lte=5), name="rating_is_1_to_5_or_none"
            ),
        ]

    def __str__(self) -> str:
        return f"rating {self.pk}"


class StandingDecisions(models.Manager["Decision"]):
    def get_queryset(self) -> models.QuerySet[Decision]:
        return super().get_queryset().filter(taken_back_at=None)


class Decision(models.Model):
    """A person's act, with a reason. No machine makes or changes one. `every` has those that were taken back too."""

    class Outcome(models.TextChoices):
        ADVANCE = "advance", _("Advance")
        HOLD = "hold", _("Hold")
        REJECT = "reject", _("Reject")

    interview = models.ForeignKey(Interview, models.CASCADE, related_name="decisions")
    outcome = models.CharField(max_length=8, choices=Outcome)
    reason = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="decisions")
    at = models.DateTimeField(db_default=Now())
    taken_back_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects: ClassVar = StandingDecisions()
    every: ClassVar = models.Manager["Decision"]()

    class Meta:
        ordering: ClassVar = ["interview_id", "-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(reason=""), name="decision_has_a_reason"),
            models.CheckConstraint(
                condition=Q(outcome__in=["advance", "hold", "reject"]), name="decision_is_one_of_three"
            ),
        ]

    def __str__(self) -> str:
        return self.get_outcome_display()


class Explanation(models.Model):
    """What an applicant was given to read, copied: what is assessed or rated later changes no word of it."""

    interview = models.ForeignKey(Interview, models.CASCADE, related_name="explanations")
    facts = models.JSONField(help_text="as in queries.explanations.Facts")
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    given_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering: ClassVar = ["interview_id", "-pk"]

    def __str__(self) -> str:
        return f"explanation {self.pk}"
