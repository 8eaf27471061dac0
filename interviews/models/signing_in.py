"""How staff prove who they are beside a password, and what was tried."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone


class SecondFactor(models.Model):
    """An app that makes a code every 30 seconds (RFC 6238), by a secret that it shares with this row."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="second_factor"
    )
    secret = models.CharField(max_length=64)
    last_step = models.PositiveBigIntegerField(default=0, help_text="a code is good once: only later ones count")
    made_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"second factor of {self.user}"


class RecoveryCode(models.Model):
    """Instead of a code, where the device is lost; good once. Made by us at random, and kept as a hash."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="recovery_codes")
    hash = models.CharField(max_length=64, unique=True)

    def __str__(self) -> str:
        return f"recovery code of {self.user_id}"


class Attempt(models.Model):
    """Something that could be guessed was tried, and was wrong, or is being looked at now.

    `who` (an account; of links none) and `whence` are digests under this site's key: they can be counted, and nobody
    can read them. What is a day old is forgotten.
    """

    class Kind(models.TextChoices):
        PASSWORD = "password"  # noqa: S105 - a kind
        CODE = "code"
        LINK = "link"

    kind = models.CharField(max_length=16, choices=Kind)
    who = models.CharField(max_length=64)
    whence = models.CharField(max_length=64)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["kind", "who", "at"], name="attempt_of_one"),
            models.Index(fields=["kind", "whence", "at"], name="attempt_from_somewhere"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(kind__in=["password", "code", "link"]), name="attempt_is_of_a_kind"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%H:%M:%S}"
