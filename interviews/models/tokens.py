"""Keys for programs. Each belongs to a person, and a program that has it sees and does what that person may."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Scope(models.TextChoices):
    """What a token may be used for. It never allows more than its owner may."""

    POSITIONS_READ = "positions:read", _("Read positions and their questions")
    POSITIONS_WRITE = "positions:write", _("Make, change, open and close positions")
    INVITATIONS_WRITE = "invitations:write", _("Invite, remind, give more time, withdraw invitations")
    INTERVIEWS_READ = "interviews:read", _("Read who was invited, and how far they are")
    RESULTS_READ = "results:read", _("Read transcripts, and levels where they are shown to you")
    DECISIONS_READ = "decisions:read", _("Read decisions, and their reasons where they are shown to you")
    DECISIONS_WRITE = "decisions:write", _("Decide in your name, with a reason")


class ApiToken(models.Model):
    """The token itself is shown once; here is its hash. `scopes` are separated by spaces, as in OAuth (RFC 6749, 3.3).

    `last_used_at` is right to the hour, so that a request costs no write.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=100)
    hash = models.CharField(max_length=64, unique=True)
    scopes = models.CharField(max_length=300)
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("token for a program")
        verbose_name_plural = _("tokens for programs")
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def scope_list(self) -> list[str]:
        """Values of `Scope`."""
        return self.scopes.split()


class ApiDeed(models.Model):
    """What a POST with an `Idempotency-Key` has done: written in its transaction, kept for a day.

    It names the rows that were made, and holds none of their words: the answer to a repeat is drawn from today's rows.
    """

    token = models.ForeignKey(ApiToken, models.CASCADE, related_name="deeds")
    key = models.CharField(max_length=255)
    asked = models.CharField(max_length=64, help_text="SHA-256 of method, path and body")
    made = models.JSONField(default=list, help_text="ids")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["token", "key"], name="one_deed_per_token_and_key")]

    def __str__(self) -> str:
        return f"deed {self.pk}"
