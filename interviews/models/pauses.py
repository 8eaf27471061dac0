"""Work that a person holds up: a row here, and no worker claims it. What is under way is finished."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from interviews.models.jobs import Job


class Pause(models.Model):
    """Of all jobs of one kind, of those that one provider works on, or of a single job."""

    kind = models.CharField(max_length=16, choices=Job.Kind, blank=True, help_text="blank: of a single job")
    engine = models.CharField(max_length=32, blank=True, help_text="only while this one does the jobs of that kind")
    job = models.OneToOneField(Job, models.CASCADE, null=True, blank=True, related_name="pause")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "engine"], condition=~Q(kind=""), name="one_pause_of_a_kind"),
            models.CheckConstraint(
                condition=Q(job__isnull=True) & ~Q(kind="") | Q(job__isnull=False, kind="", engine=""),
                name="pause_is_of_a_kind_or_of_a_job",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.engine or self.kind or f'job {self.job_id}'} is paused"
