"""Mail to applicants: what was to be sent, and what became of it. The words are made when it is sent, but those about a
decision, which a person writes."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from interviews.models.interviews import Interview
from interviews.models.positions import Position


class Message(models.Model):
    class Kind(models.TextChoices):
        INVITATION = "invitation", _("Invitation")
        REMINDER = "reminder", _("Reminder")
        EXTENDED = "extended", _("More time was given")
        NOT_EXTENDED = "not_extended", _("More time was declined")
        MOVED = "moved", _("Another deadline")
        RECEIPT = "receipt", _("Receipt")
        REOPENED = "reopened", _("Reopened")
        REDO = "redo", _("One answer again")
        CLOSED = "closed", _("Position closed")
        EXPLANATION = "explanation", _("Explanation")
        ERASURE = "erasure", _("To be erased")
        DECISION = "decision", _("Decision")

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting to be sent")
        SENT = "sent", _("Sent")  # the mail server took it; whether it reached the mailbox, SMTP does not tell
        FAILED = "failed", _("Could not be sent")
        DROPPED = "dropped", _("Not sent")  # it had become pointless

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    interview = models.ForeignKey(Interview, models.CASCADE, related_name="messages")
    kind = models.CharField(max_length=16, choices=Kind)
    to = models.EmailField()
    decision = models.ForeignKey("interviews.Decision", models.CASCADE, null=True, blank=True, related_name="messages")
    subject = models.CharField(max_length=200, blank=True, help_text="of a decision: as somebody wrote it")
    body = models.TextField(blank=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=16, choices=State, default=State.QUEUED)
    problem = models.CharField(max_length=300, blank=True, help_text="why it was not sent, in words for people")
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["decision"], condition=Q(state__in=["queued", "sent"]), name="one_mail_per_decision"
            ),
            models.CheckConstraint(
                condition=Q(kind="decision", decision__isnull=False) & ~Q(subject="") & ~Q(body="")
                | ~Q(kind="decision") & Q(decision__isnull=True, subject="", body=""),
                name="mail_of_a_decision_has_its_words",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.get_state_display()}"


class MailText(models.Model):
    """What a position writes instead of our words, with placeholders; `processing.texts` says which."""

    position = models.ForeignKey(Position, models.CASCADE, related_name="mail_texts")
    kind = models.CharField(max_length=16, choices=Message.Kind)
    subject = models.CharField(max_length=200)
    body = models.TextField()

    class Meta:
        ordering: ClassVar = ["position_id", "kind"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["position_id", "kind"], name="one_mail_text_per_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.position}: {self.get_kind_display()}"
