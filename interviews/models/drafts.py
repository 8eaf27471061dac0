"""What an applicant is writing."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from interviews.models.interviews import Interview
from interviews.models.positions import Question


class Draft(models.Model):
    """A written answer as far as it is typed. `version` counts its changes; kept, its text becomes a take."""

    interview = models.ForeignKey(Interview, models.CASCADE, related_name="drafts")
    question = models.ForeignKey(Question, models.PROTECT, related_name="drafts")
    text = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering: ClassVar = ["interview_id", "question__number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["interview", "question"], name="one_draft_per_question")
        ]

    def __str__(self) -> str:
        return f"draft of an answer to question {self.question.number}"
