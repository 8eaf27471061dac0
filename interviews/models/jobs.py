"""The work that is due. These rows are the queue; Huey only carries their ids as a hint to look."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from interviews.models.interviews import Interview, Take


class Job(models.Model):
    class Kind(models.TextChoices):
        TRANSCRIBE = "transcribe", _("Transcribe an answer")
        ASSESS = "assess", _("Assess an interview")

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        RUNNING = "running", _("Running")
        PARKED = (
            "parked",
            _("Parked"),
        )  # needs a person; counts as open, so that nothing starts it behind their back
        DONE = "done", _("Done")

    OPEN: ClassVar = (State.QUEUED, State.RUNNING, State.PARKED)

    kind = models.CharField(max_length=16, choices=Kind)
    interview = models.ForeignKey(Interview, models.CASCADE, related_name="jobs")
    take = models.ForeignKey(Take, models.CASCADE, null=True, blank=True, related_name="jobs")
    state = models.CharField(max_length=16, choices=State, default=State.QUEUED)
    attempt = models.PositiveSmallIntegerField(default=0)
    # All clocks of a job are the database's, not the workers'.
    run_after = models.DateTimeField(db_default=Now())
    hinted_at = models.DateTimeField(null=True, db_default=Now())
    lease_token = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=300, blank=True, help_text="what went wrong last, in words for people")
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-pk"]
        indexes: ClassVar = [models.Index(fields=["state", "run_after"], name="job_due")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["take"],
                condition=Q(kind="transcribe", state__in=["queued", "running", "parked"]),
                name="one_open_transcription_per_take",
            ),
            models.UniqueConstraint(
                fields=["interview"],
                condition=Q(kind="assess", state__in=["queued", "running", "parked"]),
                name="one_open_assessment_per_interview",
            ),
            models.CheckConstraint(
                condition=Q(kind="assess", take__isnull=True) | Q(kind="transcribe", take__isnull=False),
                name="job_subject_fits_its_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.get_state_display()}"
