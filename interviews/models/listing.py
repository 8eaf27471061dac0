"""How one person has arranged the list of interviews for themselves."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from interviews.models.interviews import Interview


class SavedView(models.Model):
    """A filter and an order of the list under a name. `query` is the query string of its address."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_views")
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=1000, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    deleted_at = models.DateTimeField(null=True, blank=True, help_text="for a while it can be taken back")

    class Meta:
        ordering: ClassVar = ["name", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "name"], condition=Q(deleted_at__isnull=True), name="saved_view_has_a_name_of_its_own"
            )
        ]

    def __str__(self) -> str:
        return self.name


class HiddenColumns(models.Model):
    """What somebody does not want to see in the list. Nothing is taken out of it: the page leaves it undrawn."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="hidden_columns")
    columns = models.JSONField(default=list, help_text='["arrived"]')

    def __str__(self) -> str:
        return ", ".join(self.columns)


class Hidden(models.Model):
    """An interview that somebody has put out of their own list. Everybody else sees it as before."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="hidden")
    interview = models.ForeignKey(Interview, models.CASCADE, related_name="hidden_by")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "interview"], name="hidden_once")]

    def __str__(self) -> str:
        return f"hidden {self.pk}"
