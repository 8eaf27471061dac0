"""Who took what out of the site, and when."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from interviews.models.interviews import Interview


class Export(models.Model):
    """Written when it begins; whether all of it arrived, nobody can know."""

    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    interview = models.ForeignKey(
        Interview, models.SET_NULL, null=True, blank=True, related_name="+", help_text="none: the list"
    )
    file_format = models.CharField(max_length=8)
    query = models.TextField(blank=True, help_text="which interviews of the list, as in the address of its page")
    interviews = models.PositiveIntegerField(help_text="how many")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return f"export {self.pk}"
