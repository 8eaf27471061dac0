"""What is looked for in answers: criteria with five described levels, kept apart from the questions that use them."""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from interviews.models.published import FrozenWhenPublished, Published


class Rubric(models.Model):
    name = models.CharField(_("name"), max_length=100)
    about = models.TextField(_("about"), blank=True, help_text=_("For colleagues: when it is the right one to use."))
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["name", "pk"]

    def __str__(self) -> str:
        return self.name


class RubricVersion(Published):
    """Immutable once published: questions and assessments point at exactly what was looked for.

    `edits` counts the changes of a draft.
    """

    rubric = models.ForeignKey(Rubric, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(default=1, validators=[MinValueValidator(1)])
    edits = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = _("version of a rubric")
        verbose_name_plural = _("versions of rubrics")
        ordering: ClassVar = ["rubric__name", "rubric_id", "-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["rubric", "number"], name="rubric_version_number_is_unique"),
            models.UniqueConstraint(
                fields=["rubric"], condition=models.Q(published_at__isnull=True), name="one_draft_per_rubric"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rubric} v{self.number}"


class Criterion(FrozenWhenPublished):
    """One thing looked for in an answer: content only, never voice, accent, face or feeling."""

    version = models.ForeignKey(RubricVersion, models.CASCADE, related_name="criteria")
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
        verbose_name = _("criterion")
        verbose_name_plural = _("criteria")
        ordering: ClassVar = ["version_id", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["version", "number"], name="criterion_number_is_unique")
        ]

    def __str__(self) -> str:
        return self.name

    def owner(self) -> RubricVersion:
        return self.version

    @property
    def levels(self) -> tuple[str, str, str, str, str]:
        return (self.level_1, self.level_2, self.level_3, self.level_4, self.level_5)
