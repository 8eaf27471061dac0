"""Who is told, on other machines, that something happened; and what became of each telling."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from interviews.models.interviews import Interview
from interviews.models.positions import Position

URL_LENGTH = 500


def message_id(delivery: Delivery) -> str:
    """As its receiver knows it: the same for each try."""
    return f"msg_{delivery.pk.hex}"


class Telling(models.TextChoices):
    """What may be told: that it happened, and to which interview. Never a name, a word or a score."""

    INVITED = "interview.invited", _("Somebody was invited")
    STARTED = "interview.started", _("Somebody agreed and started")
    SUBMITTED = "interview.submitted", _("An interview was submitted")
    ASSESSED = "interview.assessed", _("Machines are done with an interview")
    STUCK = "interview.stuck", _("Work on an interview needs a person")
    REOPENED = "interview.reopened", _("An interview was given back to be changed")
    DECIDED = "interview.decided", _("Somebody decided, or took a decision back")
    WITHDRAWN = "interview.withdrawn", _("An applicant withdrew")
    REVOKED = "interview.revoked", _("An invitation was withdrawn, or that was undone")


class Endpoint(models.Model):
    """An address that is told. Its secret is derived from `SECRET_KEY`, the id and the generation; none is stored.

    `told_until`: the number of the newest event that was looked at for it. The log of events is its outbox.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    position = models.ForeignKey(
        Position, models.CASCADE, null=True, blank=True, related_name="endpoints", help_text="none: the whole site"
    )
    url = models.CharField(max_length=URL_LENGTH)
    kinds = models.CharField(max_length=400, help_text="values of Telling, separated by spaces")
    generation = models.PositiveIntegerField(default=1, help_text="of its secret")
    rotated_at = models.DateTimeField(
        null=True, blank=True, help_text="when the secret was changed last; for a day both sign"
    )
    told_until = models.PositiveBigIntegerField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    disabled_at = models.DateTimeField(null=True, blank=True)
    disabled_because = models.CharField(max_length=300, blank=True, help_text="in words for people; none: by a person")
    mailed_at = models.DateTimeField(null=True, blank=True, help_text="whoever made it was told that it is disabled")

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        ordering: ClassVar = ["created_at", "pk"]
        indexes: ClassVar = [
            models.Index(fields=["told_until"], condition=Q(disabled_at=None), name="endpoint_to_be_told")
        ]

    def __str__(self) -> str:
        return self.url

    @property
    def kind_list(self) -> list[str]:
        """Values of `Telling`."""
        return self.kinds.split()


class Delivery(models.Model):
    """One event told to one endpoint. Each try sends these very bytes under this id, so the receiver knows a repeat."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting to be delivered")
        DELIVERED = "delivered", _("Delivered")
        FAILED = "failed", _("Given up")
        DROPPED = "dropped", _("Not delivered")  # its endpoint was disabled

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    endpoint = models.ForeignKey(Endpoint, models.CASCADE, related_name="deliveries")
    interview = models.ForeignKey(Interview, models.SET_NULL, null=True, blank=True, related_name="+")
    event = models.PositiveBigIntegerField(null=True, blank=True, help_text="its number; none: a test")
    kind = models.CharField(max_length=32)
    body = models.TextField(help_text="ids and times alone")
    state = models.CharField(max_length=16, choices=State, default=State.QUEUED)
    tries = models.PositiveSmallIntegerField(default=0)
    status = models.PositiveSmallIntegerField(null=True, blank=True, help_text="HTTP, of the last answer")
    problem = models.CharField(max_length=300, blank=True, help_text="of the last try, in words for people")
    created_at = models.DateTimeField(db_default=Now())
    give_up_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("webhook delivery")
        verbose_name_plural = _("webhook deliveries")
        ordering: ClassVar = ["-created_at", "-pk"]
        indexes: ClassVar = [models.Index(fields=["endpoint", "-created_at"], name="delivery_newest_of_endpoint")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["endpoint", "event"], name="one_delivery_per_endpoint_and_event")
        ]

    def __str__(self) -> str:
        return self.kind
