"""Links by which somebody from outside may watch one interview and comment on it, and what came of them."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from interviews.models.interviews import Interview
from interviews.models.takes import Answer, Take


class ShareLink(models.Model):
    """Who made it holds its token; here is only the hash. `name` and `email` as whoever made it typed them."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    interview = models.ForeignKey(Interview, models.CASCADE, related_name="shares")
    name = models.CharField(max_length=100)
    email = models.EmailField(blank=True)
    hash = models.CharField(max_length=64, unique=True)
    shows_levels = models.BooleanField(help_text="suggested levels too, while whoever made it may see them")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    revoked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("link for somebody from outside")
        verbose_name_plural = _("links for people from outside")
        ordering: ClassVar = ["-made_at"]

    def __str__(self) -> str:
        return f"{self.interview}: {self.name}"


class ShareVisit(models.Model):
    """Somebody was there. One row stands for ten minutes of the same."""

    class Kind(models.TextChoices):
        OPENED = "opened", _("opened the link")
        SEEN = "seen", _("looked at the page")
        PLAYED = "played", _("played an answer")

    link = models.ForeignKey(ShareLink, models.CASCADE, related_name="visits")
    kind = models.CharField(max_length=8, choices=Kind)
    answer = models.ForeignKey(Answer, models.CASCADE, null=True, blank=True, related_name="+")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return f"visit {self.pk}: {self.get_kind_display()}"


class ShareComment(models.Model):
    """What one of them says of one answer, saved while it is typed. `version` counts its changes.

    A moment of the recording stands in the text, as [1:23].
    """

    link = models.ForeignKey(ShareLink, models.CASCADE, related_name="comments")
    answer = models.ForeignKey(Answer, models.CASCADE, related_name="+")
    take = models.ForeignKey(Take, models.CASCADE, related_name="+", help_text="the recording that was watched")
    text = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=0)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering: ClassVar = ["answer_id", "link_id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["link", "answer"], name="one_comment_per_answer")]

    def __str__(self) -> str:
        return f"comment {self.pk}"
