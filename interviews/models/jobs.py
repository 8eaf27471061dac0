"""The work that is due, and how its attempts went. These rows are the queue; Huey only carries their ids as hints."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from interviews.models.interviews import Interview
from interviews.models.messages import Message
from interviews.models.takes import Take
from interviews.models.webhooks import Delivery


class Job(models.Model):
    class Kind(models.TextChoices):
        RENDER = "render", _("Make a recording ready to play")
        TRANSCRIBE = "transcribe", _("Transcribe an answer")
        ASSESS = "assess", _("Assess an interview")
        MAIL = "mail", _("Send a message")
        WEBHOOK = "webhook", _("Tell another machine")
        ERASE = "erase", _("Delete what is kept no longer")
        STORE = "store", _("Move a recording to the bucket")

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        RUNNING = "running", _("Running")
        PARKED = "parked", _("Parked")  # needs a person; counts as open, so that nothing starts it behind their back
        DONE = "done", _("Done")
        DROPPED = "dropped", _("Dropped")  # it had become pointless

    OPEN: ClassVar = (State.QUEUED, State.RUNNING, State.PARKED)
    APART: ClassVar = (Kind.MAIL, Kind.WEBHOOK, Kind.ERASE, Kind.STORE)
    """No stage of an interview: what is open of these holds up nothing."""

    kind = models.CharField(max_length=16, choices=Kind)
    interview = models.ForeignKey(
        Interview, models.CASCADE, null=True, blank=True, related_name="jobs", help_text="none: of the site's own work"
    )
    take = models.ForeignKey(Take, models.CASCADE, null=True, blank=True, related_name="jobs")
    message = models.ForeignKey(Message, models.CASCADE, null=True, blank=True, related_name="jobs")
    delivery = models.ForeignKey(Delivery, models.CASCADE, null=True, blank=True, related_name="jobs")
    state = models.CharField(max_length=16, choices=State, default=State.QUEUED)
    attempt = models.PositiveSmallIntegerField(default=0, help_text="tries that count; waiting for a provider does not")
    crashes = models.PositiveSmallIntegerField(default=0, help_text="workers that ended or hung while they had it")
    # All clocks of a job are the database's, not the workers'.
    run_after = models.DateTimeField(db_default=Now())
    hinted_at = models.DateTimeField(null=True, db_default=Now())
    lease_token = models.UUIDField(null=True, blank=True, unique=True)
    lease_until = models.DateTimeField(null=True, blank=True, help_text="until then its worker counts as alive")
    deadline = models.DateTimeField(null=True, blank=True, help_text="until then this attempt may take")
    problem = models.CharField(max_length=300, blank=True, help_text="what went wrong last, in words for people")
    fault = models.CharField(max_length=16, blank=True, help_text="the same for programs: a FaultKind")
    over_budget = models.BooleanField(default=False, help_text="waits for a higher budget, or for the next month")
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        ordering: ClassVar = ["-pk"]
        indexes: ClassVar = [models.Index(fields=["state", "run_after"], name="job_due")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["take"],
                condition=Q(kind="render", state__in=["queued", "running", "parked"]),
                name="one_open_rendering_per_take",
            ),
            models.UniqueConstraint(
                fields=["take"],
                condition=Q(kind="transcribe", state__in=["queued", "running", "parked"]),
                name="one_open_transcription_per_take",
            ),
            models.UniqueConstraint(
                fields=["take"],
                condition=Q(kind="store", state__in=["queued", "running", "parked"]),
                name="one_open_storing_per_take",
            ),
            models.UniqueConstraint(
                fields=["interview"],
                condition=Q(kind="assess", state__in=["queued", "running", "parked"]),
                name="one_open_assessment_per_interview",
            ),
            models.UniqueConstraint(
                fields=["message"],
                condition=Q(kind="mail", state__in=["queued", "running", "parked"]),
                name="one_open_mail_per_message",
            ),
            models.UniqueConstraint(
                fields=["delivery"],
                condition=Q(kind="webhook", state__in=["queued", "running", "parked"]),
                name="one_open_webhook_per_delivery",
            ),
            models.UniqueConstraint(
                fields=["interview"],
                condition=Q(kind="erase", state__in=["queued", "running", "parked"]),
                name="one_open_erasure_per_interview",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["assess", "erase"], take__isnull=True, message__isnull=True)
                | Q(kind__in=["render", "transcribe", "store"], take__isnull=False, message__isnull=True)
                | Q(kind="mail", take__isnull=True, message__isnull=False)
                | Q(kind="webhook", take__isnull=True, message__isnull=True),
                name="job_subject_fits_its_kind",
            ),
            models.CheckConstraint(
                condition=Q(kind="webhook", interview__isnull=True, delivery__isnull=False)
                | ~Q(kind="webhook") & Q(interview__isnull=False, delivery__isnull=True),
                name="job_is_of_an_interview_or_a_delivery",
            ),
            models.CheckConstraint(
                condition=Q(state="running", lease_token__isnull=False)
                | (~Q(state="running") & Q(lease_token__isnull=True)),
                name="job_is_leased_while_it_runs",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.get_state_display()}"


class JobAttempt(models.Model):
    """One worker's go at a job. Written when it begins, completed once when it ends, never changed after."""

    class Outcome(models.TextChoices):
        DONE = "done", _("Done")
        DELAYED = "delayed", _("To be tried again")
        PARKED = "parked", _("Parked")
        CRASHED = "crashed", _("Worker lost")
        HANDED_BACK = "handed back", _("Handed back")
        DROPPED = "dropped", _("Dropped")

    job = models.ForeignKey(Job, models.CASCADE, related_name="attempts")
    token = models.UUIDField(unique=True)
    worker = models.CharField(max_length=100)
    outcome = models.CharField(max_length=16, choices=Outcome, blank=True)
    problem = models.CharField(max_length=300, blank=True)
    began_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("attempt at a job")
        verbose_name_plural = _("attempts at jobs")
        ordering: ClassVar = ["-pk"]
        indexes: ClassVar = [models.Index(fields=["ended_at"], name="attempt_by_end")]

    def __str__(self) -> str:
        return f"{self.job_id}: {self.outcome or 'running'}"


class Worker(models.Model):
    """A process that does jobs, and when it last gave a sign of life."""

    name = models.CharField(max_length=100, primary_key=True, help_text="host and process id")
    started_at = models.DateTimeField(db_default=Now())
    seen_at = models.DateTimeField(db_default=Now())
    running = models.PositiveIntegerField(default=0, help_text="jobs that it had in hand then")

    class Meta:
        verbose_name = _("worker")
        verbose_name_plural = _("workers")
        ordering: ClassVar = ["-seen_at"]

    def __str__(self) -> str:
        return self.name
