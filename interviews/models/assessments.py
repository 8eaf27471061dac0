"""What an engine suggests, and our arithmetic over it."""

from __future__ import annotations

from typing import ClassVar, TypedDict

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from interviews.models.interviews import Interview
from interviews.models.positions import Criterion
from interviews.models.takes import Answer, Take


class StoredQuote(TypedDict):
    """The transcript's own words, from `first_word` to `last_word` inclusive."""

    text: str
    first_word: int
    last_word: int


class Assessment(models.Model):
    """One answer on one criterion. `level` is None for "insufficient evidence"; no level stands without a quote."""

    answer = models.ForeignKey(Answer, models.CASCADE, related_name="assessments")
    take = models.ForeignKey(Take, models.CASCADE, related_name="assessments", help_text="the answer, as it was then")
    criterion = models.ForeignKey(Criterion, models.PROTECT, related_name="assessments")
    level = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    reason = models.TextField()
    quotes = models.JSONField(default=list, help_text="[{text, first_word, last_word}]")
    engine = models.CharField(max_length=32)
    model = models.CharField(max_length=100)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["answer", "criterion__number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["answer", "criterion"], name="one_assessment_per_criterion"),
            models.CheckConstraint(
                condition=Q(level__isnull=True) | Q(level__gte=1, level__lte=5),
                name="level_is_1_to_5_or_none",
            ),
            models.CheckConstraint(condition=Q(level__isnull=True) | ~Q(quotes=[]), name="level_needs_a_quote"),
        ]

    def __str__(self) -> str:
        return f"{self.criterion}: {self.level or 'insufficient evidence'}"


class Result(models.Model):
    """Weighted mean of the levels, 1.00 to 5.00, or None with the reason. Derived: it can be computed again."""

    interview = models.OneToOneField(Interview, models.CASCADE, related_name="result")
    score = models.DecimalField(max_digits=4, decimal_places=2, null=True, blank=True)
    unscored_reason = models.CharField(max_length=300, blank=True)
    levels = models.PositiveSmallIntegerField(default=0, help_text="criteria that have a level")
    criteria = models.PositiveSmallIntegerField(default=0, help_text="criteria asked about")
    computed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering: ClassVar = ["-computed_at"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(score__isnull=False, unscored_reason="") | (Q(score__isnull=True) & ~Q(unscored_reason="")),
                name="result_has_a_score_or_a_reason",
            )
        ]

    def __str__(self) -> str:
        return str(self.score) if self.score is not None else self.unscored_reason
