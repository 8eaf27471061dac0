"""What people note while they watch."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from interviews.models.interviews import Interview
from interviews.models.takes import Take


class Note(models.Model):
    """Of one recording. Its writer alone changes it; `version` counts that. Deleted, it can be brought back.

    The id is made where the note is written: a request that is repeated makes no second one.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    interview = models.ForeignKey(Interview, models.CASCADE, related_name="notes")
    take = models.ForeignKey(Take, models.CASCADE, related_name="notes", help_text="the recording that was watched")
    second = models.PositiveIntegerField(null=True, blank=True, help_text="of the recording; none: of all of it")
    text = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="notes")
    version = models.PositiveIntegerField(default=1)
    at = models.DateTimeField(db_default=Now())
    changed_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["interview_id", "second", "at"]
        constraints: ClassVar = [models.CheckConstraint(condition=~Q(text=""), name="note_says_something")]

    def __str__(self) -> str:
        return f"note {self.pk}"
