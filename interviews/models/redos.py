"""Questions that an applicant is asked to answer again, and why."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from interviews.models.interviews import Interview
from interviews.models.needs import arranged_for
from interviews.models.positions import Question


class Redo(models.Model):
    """Gives one more recording of one question. What was recorded before stays."""

    interview = models.ForeignKey(Interview, models.CASCADE, related_name="redos")
    question = models.ForeignKey(Question, models.PROTECT, related_name="redos")
    reason = models.CharField(max_length=500, help_text="as the applicant reads it")
    alone = models.BooleanField(
        default=False, help_text="asked for after the submit: until the next one, nothing else can be changed"
    )
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True, blank=True, help_text="when a newer answer was complete")

    class Meta:
        verbose_name = _("answer asked for again")
        verbose_name_plural = _("answers asked for again")
        ordering: ClassVar = ["-asked_at", "-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["interview", "question"],
                condition=models.Q(done_at__isnull=True),
                name="one_open_redo_per_question",
            )
        ]

    def __str__(self) -> str:
        return f"{self.interview}: question {self.question.number} again"


def takes_allowed(interview: Interview, question: Question) -> int:
    """With what is arranged for this applicant, and what they were asked to record again."""
    redos = Redo.objects.filter(interview=interview, question=question)
    return arranged_for(interview).takes(question) + redos.count()


def open_alone(interview: Interview) -> dict[int, int]:
    """The questions, by id with their numbers, that alone can be changed; none where all can be."""
    alone = Redo.objects.filter(interview=interview, alone=True)
    return dict(alone.order_by("question__number").values_list("question", "question__number"))
