"""What is asked, and what is looked for in the answers."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


class Position(models.Model):
    title = models.CharField(max_length=200)
    about = models.TextField(help_text=_("What the applicant reads first: the work, the team, what happens next."))
    host = models.CharField(max_length=200, help_text=_("Who asks: the organisation, as the applicant knows it."))
    contact = models.EmailField(help_text=_("Where an applicant can ask for help."))
    reply_days = models.PositiveSmallIntegerField(
        default=14, help_text=_("Within how many days an applicant hears from you. Stands in each receipt.")
    )
    team = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        related_name="positions",
        blank=True,
        help_text=_("Who may see the interviews of this position. Superusers see all."),
    )
    coordinators = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        related_name="coordinated_positions",
        blank=True,
        help_text=_("Who of the team may also invite, remind, extend, withdraw and reopen. Superusers may everywhere."),
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["title", "pk"]

    def __str__(self) -> str:
        return self.title


class FrozenWhenPublished(models.Model):
    """Refuses to be changed once its question set is published."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.refuse_if_published()
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        self.refuse_if_published()
        return super().delete(*args, **kwargs)

    def clean(self) -> None:
        super().clean()
        self.refuse_if_published()

    def owner(self) -> QuestionSet:
        raise NotImplementedError

    def refuse_if_published(self) -> None:
        """Neither where it is now nor where it is going: nothing is moved out of a published set, or into one."""
        stored = type(self)._base_manager.filter(pk=self.pk).first()
        owners = {row.owner().pk for row in (self, stored) if row is not None}
        if QuestionSet.objects.filter(pk__in=owners, published_at__isnull=False).exists():
            raise ValidationError(_("This question set is published. Make a new version to change it."))


class QuestionSet(FrozenWhenPublished):
    """Questions and rubric of a position. Immutable once published: interviews point at exactly what was asked."""

    position = models.ForeignKey(Position, models.PROTECT, related_name="question_sets")
    version = models.PositiveIntegerField(default=1)
    practice = models.BooleanField(
        default=True,
        help_text=_("Begin with a question for practice, which nobody sees and which is deleted after it."),
    )
    published_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering: ClassVar = ["position", "-version"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["position", "version"], name="question_set_version_is_unique")
        ]

    def __str__(self) -> str:
        return f"{self.position} v{self.version}"

    def owner(self) -> QuestionSet:
        return self


def prompt_path(question: Question, filename: str) -> str:
    """Below MEDIA_DIR. Nothing that a person named becomes part of a path."""
    return f"prompts/{uuid.uuid4()}"


class Question(FrozenWhenPublished):
    question_set = models.ForeignKey(QuestionSet, models.CASCADE, related_name="questions")
    number = models.PositiveSmallIntegerField(validators=[MinValueValidator(1)])
    text = models.TextField(help_text=_("Always shown, also beside a video."))
    prompt = models.FileField(
        _("video or sound"),
        upload_to=prompt_path,
        blank=True,
        help_text=_("Somebody who asks the question: WebM or MP4. It needs captions."),
    )
    prompt_type = models.CharField(max_length=100, blank=True, editable=False)
    captions = models.FileField(upload_to=prompt_path, blank=True, help_text=_("Of the video or sound, as WebVTT."))
    think_seconds = models.PositiveSmallIntegerField(default=60)
    answer_seconds = models.PositiveSmallIntegerField(
        default=120, validators=[MinValueValidator(10), MaxValueValidator(600)]
    )
    takes = models.PositiveSmallIntegerField(
        default=2, validators=[MinValueValidator(1)], help_text=_("Recordings allowed: 2 means one retake.")
    )

    class Meta:
        ordering: ClassVar = ["question_set", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["question_set", "number"], name="question_number_is_unique")
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.text}"

    def owner(self) -> QuestionSet:
        return self.question_set


class Criterion(FrozenWhenPublished):
    """One thing looked for in one answer: content only, never voice, accent, face or feeling."""

    question = models.ForeignKey(Question, models.CASCADE, related_name="criteria")
    number = models.PositiveSmallIntegerField(default=1, validators=[MinValueValidator(1)])
    name = models.CharField(max_length=100)
    look_for = models.TextField(help_text=_("What an answer that shows it would contain."))
    weight = models.PositiveSmallIntegerField(default=1)
    level_1 = models.TextField(help_text=_("What an answer at the lowest level looks like."))
    level_2 = models.TextField()
    level_3 = models.TextField()
    level_4 = models.TextField()
    level_5 = models.TextField(help_text=_("What an answer at the highest level looks like."))

    class Meta:
        ordering: ClassVar = ["question", "number"]
        verbose_name_plural = "criteria"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["question", "number"], name="criterion_number_is_unique")
        ]

    def __str__(self) -> str:
        return self.name

    def owner(self) -> QuestionSet:
        return self.question.question_set

    @property
    def levels(self) -> tuple[str, str, str, str, str]:
        return (self.level_1, self.level_2, self.level_3, self.level_4, self.level_5)
