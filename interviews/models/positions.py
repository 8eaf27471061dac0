"""What is asked."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from interviews.models.published import FrozenWhenPublished, Published
from interviews.models.rubrics import RubricVersion

EXTERNAL_LENGTH = 100
"""Of an id that another system gave: ours are no business of its, so its are kept beside them, as they are."""


def usual_days() -> int:
    return settings.INVITATION_DAYS


class Position(models.Model):
    """Only an open one is invited to, or joined by a public link. `edits` counts how often it was saved by hand.

    `accent_light` and `accent_dark`: a colour for the applicant's pages, each legible on pages of its kind.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        OPEN = "open", _("Open")
        CLOSED = "closed", _("Closed")

    title = models.CharField(max_length=200)
    about = models.TextField(help_text=_("What the applicant reads first: the work, the team, what happens next."))
    host = models.CharField(max_length=200, help_text=_("Who asks: the organisation, as the applicant knows it."))
    contact = models.EmailField(help_text=_("Where an applicant can ask for help."))
    language = models.CharField(
        max_length=8,
        choices=settings.LANGUAGES,
        default=settings.LANGUAGE_CODE,
        help_text=_(
            "What applicants are mailed in until, on their own pages, they agree in another language or choose one. "
            "Mails in your own words are sent as you wrote them."
        ),
    )
    external_id = models.CharField(
        max_length=EXTERNAL_LENGTH,
        blank=True,
        help_text=_("The number or name of this position in another system, such as your applicant tracking."),
    )
    reply_days = models.PositiveSmallIntegerField(
        default=14, help_text=_("Within how many days an applicant hears from you. Stands in each receipt.")
    )
    state = models.CharField(max_length=8, choices=State, default=State.DRAFT, editable=False)
    invitation_days = models.PositiveSmallIntegerField(
        default=usual_days,
        validators=[MinValueValidator(1), MaxValueValidator(365)],
        help_text=_("How many days somebody who is invited has, unless you say otherwise when you invite."),
    )
    deadline = models.DateTimeField(
        null=True, blank=True, help_text=_("After it nobody is invited, and no answer can be begun. Empty: none.")
    )
    retention_days = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(3650)],
        help_text=_(
            "How many days after the submit recordings are deleted. Applicants read it before they agree. "
            "Empty: as on the whole site."
        ),
    )
    logo = models.UUIDField(null=True, blank=True, editable=False, help_text="below MEDIA_DIR/logos; none: no logo")
    accent_light = models.CharField(max_length=7, blank=True, editable=False)
    accent_dark = models.CharField(max_length=7, blank=True, editable=False)
    edits = models.PositiveIntegerField(default=0, editable=False)
    team = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        through="interviews.Membership",
        related_name="positions",
        blank=True,
        help_text=_("Who works on this position. Superusers see all."),
    )
    rate_first = models.BooleanField(
        default=True, help_text=_("Reviewers rate an answer before they see the levels that are suggested for it.")
    )
    asks_self_report = models.BooleanField(
        default=False,
        help_text=_(
            "After the submit, applicants may say their sex and race or ethnicity, for a bias audit: only in places "
            "whose law allows or asks for it."
        ),
    )
    ai_budget = models.DecimalField(
        max_digits=10,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text=_("US dollars a calendar month for transcription and assessment. Then they wait. Empty: no limit."),
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("position")
        verbose_name_plural = _("positions")
        ordering: ClassVar = ["title", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(state__in=["draft", "open", "closed"]), name="position_state_is_one_of_three"
            ),
            models.UniqueConstraint(
                fields=["external_id"],
                condition=~models.Q(external_id=""),
                name="position_external_id_is_unique",
                violation_error_message=_("Another position has this external id."),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_over(self) -> bool:
        return self.deadline is not None and self.deadline < timezone.now()


class QuestionSet(Published):
    """The questions of a position. Immutable once published: interviews point at exactly what was asked."""

    position = models.ForeignKey(Position, models.PROTECT, related_name="question_sets")
    version = models.PositiveIntegerField(default=1)
    edits = models.PositiveIntegerField(default=0, editable=False, help_text="how often a draft was saved")
    practice = models.BooleanField(
        default=True,
        help_text=_("Begin with a question for practice, which nobody sees and which is deleted after it."),
    )

    class Meta:
        verbose_name = _("question set")
        verbose_name_plural = _("question sets")
        ordering: ClassVar = ["position__title", "position_id", "-version"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["position", "version"], name="question_set_version_is_unique")
        ]

    def __str__(self) -> str:
        return f"{self.position} v{self.version}"


def prompt_path(question: Question, filename: str) -> str:
    """Below MEDIA_DIR. Nothing that a person named becomes part of a path."""
    return f"prompts/{uuid.uuid4()}"


class Question(FrozenWhenPublished):
    question_set = models.ForeignKey(QuestionSet, models.CASCADE, related_name="questions")
    number = models.PositiveSmallIntegerField(validators=[MinValueValidator(1)])
    text = models.TextField(help_text=_("Always shown, also beside a video."))
    rubric = models.ForeignKey(
        RubricVersion,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="questions",
        help_text=_("What is looked for in the answers. It may be chosen later, before the question set is published."),
    )
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
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        ordering: ClassVar = ["question_set_id", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["question_set", "number"], name="question_number_is_unique")
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.text}"

    def owner(self) -> QuestionSet:
        return self.question_set
