"""What this site tells people before they agree to something, in its own words, for each place and language."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from interviews.models.append_only import AppendOnly


class Notice(models.Model):
    """A version of one. The newest is shown; none is ever changed or deleted, so that it is known who was told what."""

    class Place(models.TextChoices):
        INTERVIEW = "interview", _("before an applicant agrees to the interview")
        SELF_REPORT = "self_report", _("above the voluntary questions on sex and ethnicity")

    place = models.CharField(max_length=16, choices=Place)
    language = models.CharField(max_length=8, choices=settings.LANGUAGES)
    text = models.TextField(
        blank=True, help_text=_("Plain text; an empty line begins a paragraph. Empty: nothing is shown from now on.")
    )
    published_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [AppendOnly(name="notice_stays")]

    def __str__(self) -> str:
        return f"{self.get_place_display()} ({self.language}), no. {self.pk}"
