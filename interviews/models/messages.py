"""Mail to applicants: what was to be sent, and what became of it. The words are made when it is sent."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from interviews.models.interviews import Interview
from interviews.models.positions import Position


class Message(models.Model):
    class Kind(models.TextChoices):
        INVITATION = "invitation", _("Invitation")
        REMINDER = "reminder", _("Reminder")
        EXTENDED = "extended", _("More time was given")
        NOT_EXTENDED = "not_extended", _("More time was declined")
        RECEIPT = "receipt", _("Receipt")
        REOPENED = "reopened", _("Reopened")
        REDO = "redo", _("One answer again")
        CLOSED = "closed", _("Position closed")
        EXPLANATION = "explanation", _("Explanation")

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting to be sent")
        SENT = "sent", _("Sent")  # the mail server took it; whether it reached the mailbox, SMTP does not tell
        FAILED = "failed", _("Could not be sent")
        DROPPED = "dropped", _("Not sent")  # it had become pointless

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    interview = models.ForeignKey(Interview, models.CASCADE, related_name="messages")
    kind = models.CharField(max_length=16, choices=Kind)
    to = models.EmailField()
    state = models.CharField(max_length=16, choices=State, default=State.QUEUED)
    problem = models.CharField(max_length=300, blank=True, help_text="why it was not sent, in words for people")
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.get_state_display()}"


class MailText(models.Model):
    """What a position writes instead of our words, with placeholders; `processing.texts` says which."""

    position = models.ForeignKey(Position, models.CASCADE, related_name="mail_texts")
    kind = models.CharField(max_length=16, choices=Message.Kind)
    subject = models.CharField(max_length=200)
    body = models.TextField()

    class Meta:
        ordering: ClassVar = ["position", "kind"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["position", "kind"], name="one_mail_text_per_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.position}: {self.get_kind_display()}"
