"""What was deleted of a person, what stops that, and what is left to show for it."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from interviews.models.interviews import Interview


class DataClass(models.TextChoices):
    """What is kept of one interview, by how long it is kept. `SCORES` has who it is of, so nothing outlives it but
    `AUDIT`, which is what an erasure leaves."""

    MEDIA = "media", _("Recordings, and what is made of them to be played")
    TRANSCRIPTS = "transcripts", _("Transcripts, written answers and what providers replied")
    SCORES = "scores", _("Levels, ratings, decisions and mail, with name and address")
    AUDIT = "audit", _("Counts and times without name, address or words")


class Hold(models.Model):
    """A legal duty to keep: while it stands, nothing of the interview is deleted, whoever asks."""

    interview = models.ForeignKey(Interview, models.CASCADE, related_name="holds")
    reason = models.CharField(max_length=300, help_text=_("Which duty or which proceedings; without names."))
    placed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    placed_at = models.DateTimeField(db_default=Now())
    lifted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("hold on erasing")
        verbose_name_plural = _("holds on erasing")
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["interview"], condition=Q(lifted_at__isnull=True), name="one_standing_hold_per_interview"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="hold_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"hold {self.pk}"


class Erasure(models.Model):
    """The certificate: written with the erasure, never changed after. Holds nothing of the person."""

    class Because(models.TextChoices):
        ASKED = "asked", _("The applicant asked for it")
        DECIDED = "decided", _("An administrator decided it")
        OVER = "over", _("The time was over for which it may be kept")

    interview = models.OneToOneField(Interview, models.CASCADE, related_name="erasure")
    because = models.CharField(max_length=8, choices=Because)
    facts = models.JSONField(help_text="queries.erasures.Facts")
    sha256 = models.CharField(max_length=64, help_text="of the facts, by queries.erasures.digest")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")
        ordering: ClassVar = ["-at"]

    def __str__(self) -> str:
        return f"erasure of {self.interview_id}"
