"""Which files are in the bucket instead of on this disk."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from interviews.models.renditions import Rendition
from interviews.models.takes import Segment


class StoredFile(models.Model):
    """A file that is in the bucket, or on its way there. A file without a row is on this disk and nowhere else.

    The row comes before the bytes, and goes after them: nothing is in the bucket that no row names. From `stored_at` on
    it was read back and found whole, and is served from there. `segment` or `rendition` is what it is the file of, and
    neither for prompts, captions and logos. Who deletes one of these rows has its files deleted from the bucket, too.
    """

    key = models.CharField(max_length=255, primary_key=True, help_text="its path below MEDIA_DIR, and its name there")
    segment = models.ForeignKey(Segment, models.SET_NULL, null=True, blank=True, related_name="stored_files")
    rendition = models.ForeignKey(Rendition, models.SET_NULL, null=True, blank=True, related_name="stored_files")
    bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    began_at = models.DateTimeField(db_default=Now())
    stored_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("file in the bucket")
        verbose_name_plural = _("files in the bucket")
        ordering: ClassVar = ["key"]

    def __str__(self) -> str:
        return self.key


NOBODYS = Q(segment=None, rendition=None) & (Q(key__startswith="takes/") | Q(key__startswith="renditions/"))
"""Stored files of what is gone, or was made anew."""


def key_of(path: Path) -> str:
    """Of a file below MEDIA_DIR. Raises ValueError for any other."""
    return path.relative_to(settings.MEDIA_DIR).as_posix()
