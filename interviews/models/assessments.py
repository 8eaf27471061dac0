"""What an engine suggests, run by run, and our arithmetic over it. Nothing of an earlier run is changed or deleted."""

from __future__ import annotations

from typing import ClassVar, TypedDict

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from interviews.models.interviews import Interview
from interviews.models.positions import Position, Question
from interviews.models.providers import ProviderReply
from interviews.models.rubrics import Criterion, RubricVersion
from interviews.models.takes import Answer


class StoredQuote(TypedDict):
    """The transcript's own words, from `first_word` to `last_word` inclusive."""

    text: str
    first_word: int
    last_word: int


class Reassessment(models.Model):
    """Interviews of a position that are assessed again together, by a run each. It is over when no run is open."""

    class State(models.TextChoices):
        RUNNING = "running", _("Running")
        PAUSED = "paused", _("Paused")
        STOPPED = "stopped", _("Stopped")

    position = models.ForeignKey(Position, models.CASCADE, related_name="reassessments")
    state = models.CharField(max_length=16, choices=State, default=State.RUNNING)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    asked_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return f"{self.position}: {self.get_state_display()}"


class AssessmentRun(models.Model):
    """All answers of an interview, read by one engine with one model and one prompt.

    The first opens by itself, further ones when a person asks. Which one is current, `queries.runs` derives.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        DISCARDED = "discarded", _("Discarded")  # ended before it was done; `problem` says why

    OPEN: ClassVar = (State.WAITING, State.RUNNING)

    interview = models.ForeignKey(Interview, models.CASCADE, related_name="runs")
    number = models.PositiveIntegerField(default=1, validators=[MinValueValidator(1)])
    state = models.CharField(max_length=16, choices=State, default=State.WAITING)
    engine = models.CharField(max_length=32, blank=True, help_text="blank until it begins, like the next three")
    model = models.CharField(max_length=100, blank=True)
    prompt_version = models.CharField(max_length=32, blank=True)
    prompt_sha256 = models.CharField(max_length=64, blank=True)
    samples = models.PositiveSmallIntegerField(default=1, help_text="how often each answer is read")
    problem = models.CharField(max_length=300, blank=True, help_text="why it was discarded, in words for people")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="none: it opened by itself",
    )
    reassessment = models.ForeignKey(
        Reassessment, models.SET_NULL, null=True, blank=True, related_name="runs", help_text="none: asked for by itself"
    )
    asked_at = models.DateTimeField(db_default=Now())
    began_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    input_tokens = models.PositiveBigIntegerField(default=0)
    output_tokens = models.PositiveBigIntegerField(default=0)
    cost = models.DecimalField(
        max_digits=12, decimal_places=6, null=True, blank=True, help_text="US dollars; none: not known"
    )

    class Meta:
        verbose_name = _("assessment of an interview")
        verbose_name_plural = _("assessments of interviews")
        ordering: ClassVar = ["interview_id", "-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["interview", "number"], name="run_number_is_unique"),
            models.UniqueConstraint(
                fields=["interview"],
                condition=Q(state__in=["waiting", "running"]),
                name="one_open_run_per_interview",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "discarded"]) | (~Q(engine="") & Q(began_at__isnull=False)),
                name="run_that_began_names_its_engine",
            ),
        ]

    def __str__(self) -> str:
        return f"run {self.number}: {self.get_state_display()}"


class RunQuestion(models.Model):
    """The rubric that a question's answer is read against in this run."""

    run = models.ForeignKey(AssessmentRun, models.CASCADE, related_name="questions")
    question = models.ForeignKey(Question, models.PROTECT, related_name="runs")
    rubric = models.ForeignKey(RubricVersion, models.PROTECT, related_name="runs")

    class Meta:
        ordering: ClassVar = ["run_id", "question__number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "question"], name="one_rubric_per_question_of_a_run")
        ]

    def __str__(self) -> str:
        return f"question {self.question.number} by {self.rubric}"


class Assessment(models.Model):
    """One answer on one criterion. `level` is None for "insufficient evidence"; no level stands without a quote.

    `samples` has one level or None for each time that the answer was read, each checked against its own quotes.
    """

    run = models.ForeignKey(AssessmentRun, models.CASCADE, related_name="assessments")
    answer = models.ForeignKey(Answer, models.CASCADE, related_name="assessments")
    criterion = models.ForeignKey(Criterion, models.PROTECT, related_name="assessments")
    level = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    reason = models.TextField()
    quotes = models.JSONField(default=list, help_text="[{text, first_word, last_word}]")
    samples = models.JSONField(default=list, help_text="[level or null]")
    refused = models.PositiveSmallIntegerField(default=0, help_text="quotes that are not in the transcript")
    transcript_sha256 = models.CharField(max_length=64, help_text="of the text that was read")
    reply = models.ForeignKey(
        ProviderReply,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="assessments",
        help_text="none: made on this machine",
    )
    copied_from = models.ForeignKey(
        "self",
        models.RESTRICT,
        null=True,
        blank=True,
        related_name="copies",
        help_text="of an earlier run, where the same had been asked",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["run_id", "answer_id", "criterion__number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "answer", "criterion"], name="one_assessment_per_criterion"),
            models.CheckConstraint(
                condition=Q(level__isnull=True) | Q(level__gte=1, level__lte=5),
                name="level_is_1_to_5_or_none",
            ),
            models.CheckConstraint(condition=Q(level__isnull=True) | ~Q(quotes=[]), name="level_needs_a_quote"),
        ]

    def __str__(self) -> str:
        return f"assessment {self.pk}"  # without the level: reviewers may have to rate first


class Result(models.Model):
    """Weighted mean of a run's levels, 1.00 to 5.00, or None with the reason. Derived: it can be computed again."""

    run = models.OneToOneField(AssessmentRun, models.CASCADE, related_name="result")
    interview = models.ForeignKey(Interview, models.CASCADE, related_name="results")
    score = models.DecimalField(max_digits=4, decimal_places=2, null=True, blank=True)
    unscored_reason = models.CharField(max_length=300, blank=True)
    levels = models.PositiveSmallIntegerField(default=0, help_text="criteria that have a level, of each answer")
    criteria = models.PositiveSmallIntegerField(default=0, help_text="criteria asked about, of each answer")
    computed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering: ClassVar = ["-computed_at"]
        indexes: ClassVar = [
            models.Index(fields=["-score"], condition=Q(score__isnull=False), name="result_by_score"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(score__isnull=False, unscored_reason="") | (Q(score__isnull=True) & ~Q(unscored_reason="")),
                name="result_has_a_score_or_a_reason",
            )
        ]

    def __str__(self) -> str:
        return f"result {self.pk}"
