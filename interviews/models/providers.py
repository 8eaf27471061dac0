"""What was received from providers, and how they are doing."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from interviews.models.interviews import Interview
from interviews.models.positions import Position


class ProviderReply(models.Model):
    """What a provider answered, word for word, kept before it is read: what was paid for is not asked for again.

    `reply` grows while a streamed answer arrives, and may have been cut short.
    """

    interview = models.ForeignKey(Interview, models.CASCADE, related_name="provider_replies")
    engine = models.CharField(max_length=32)
    request_hash = models.CharField(max_length=64, db_index=True)
    reply = models.TextField()
    received_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("reply of a provider")
        verbose_name_plural = _("replies of providers")
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return f"{self.engine} {self.request_hash[:12]}"


class Charge(models.Model):
    """What one call to a provider used, and what it cost by the prices that were set then. Stays when the interview
    is gone."""

    position = models.ForeignKey(Position, models.CASCADE, related_name="charges")
    interview = models.ForeignKey(Interview, models.SET_NULL, null=True, blank=True, related_name="charges")
    run = models.ForeignKey(
        "interviews.AssessmentRun",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="charges",
        help_text="none: a transcription",
    )
    engine = models.CharField(max_length=32)
    model = models.CharField(max_length=100)
    input_tokens = models.PositiveBigIntegerField(null=True, blank=True)
    output_tokens = models.PositiveBigIntegerField(null=True, blank=True)
    seconds = models.FloatField(null=True, blank=True, help_text="of sound")
    cost = models.DecimalField(
        max_digits=12, decimal_places=6, null=True, blank=True, help_text="US dollars; none: not known"
    )
    at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("cost of a call")
        verbose_name_plural = _("costs of calls")
        ordering: ClassVar = ["-pk"]
        indexes: ClassVar = [models.Index(fields=["position", "at"], name="charge_of_position")]

    def __str__(self) -> str:
        return f"{self.engine}: {self.cost if self.cost is not None else 'cost not known'}"


class ProviderHealth(models.Model):
    """One row a provider: a circuit breaker shared by all workers. Until `next_try_at`, nobody calls."""

    engine = models.CharField(max_length=32, primary_key=True)
    failures = models.PositiveIntegerField(default=0, help_text="one after another, without a success between")
    failing_since = models.DateTimeField(null=True, blank=True)
    next_try_at = models.DateTimeField(null=True, blank=True, help_text="set: an outage; one call is let through then")
    problem = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("state of a provider")
        verbose_name_plural = _("states of providers")
        ordering: ClassVar = ["engine"]

    def __str__(self) -> str:
        return self.engine
