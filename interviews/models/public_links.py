"""Links to a position that anybody may use: on a poster, at a fair, on a tablet in the hall."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from interviews.models.interviews import Interview
from interviews.models.positions import Position


class PublicLink(models.Model):
    """Who made it holds its token; here is only the hash."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    position = models.ForeignKey(Position, models.CASCADE, related_name="public_links")
    label = models.CharField(max_length=100, help_text="where it hangs, for those who made it")
    hash = models.CharField(max_length=64, unique=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    revoked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("public link")
        verbose_name_plural = _("public links")
        ordering: ClassVar = ["-made_at"]

    def __str__(self) -> str:
        return f"{self.position}: {self.label}"


class Arrival(models.Model):
    """Somebody came by a public link and gave a name and an address. Counted, so that nobody can do it without end.

    `visitor` and `email` are digests under this site's key: they can be counted, and nobody can read them.
    """

    link = models.ForeignKey(PublicLink, models.CASCADE, related_name="arrivals")
    form = models.UUIDField(help_text="the page that was sent: sent again, it is the same arrival")
    visitor = models.CharField(max_length=64)
    email = models.CharField(max_length=64)
    interview = models.ForeignKey(
        Interview, models.SET_NULL, null=True, blank=True, related_name="+", help_text="none: there was one before"
    )
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["pk"]
        indexes: ClassVar = [models.Index(fields=["link", "at"], name="arrival_of_link")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["visitor", "form"], name="one_arrival_per_form"),
        ]

    def __str__(self) -> str:
        return f"arrival {self.pk}"


def digest(text: str) -> str:
    """Can be counted, and not read: under this site's key."""
    return salted_hmac("interviews.joining", text, algorithm="sha256").hexdigest()
