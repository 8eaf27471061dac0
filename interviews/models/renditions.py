"""What was made of a take, so that it can be played from any second, looked at and listened to."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from interviews.models.takes import Take


class Rendition(models.Model):
    """The take's segments stay as they are, so this can be made again; each time in a folder of its own.

    `findings` is what was found on the way, as `interviews.media.making.Made` names it, in seconds of the whole take.
    """

    take = models.OneToOneField(Take, models.CASCADE, related_name="rendition")
    version = models.UUIDField(default=uuid.uuid4, help_text="its folder")
    seconds = models.FloatField()
    mime_type = models.CharField(max_length=100, blank=True, help_text="of the playable file; blank: there is none")
    has_poster = models.BooleanField()
    sound_sha256 = models.CharField(max_length=64, blank=True, help_text="blank: there is nothing to hear")
    findings = models.JSONField(default=dict)
    problem = models.CharField(max_length=300, blank=True, help_text="why there is no playable file")
    made_at = models.DateTimeField()

    class Meta:
        verbose_name = _("recording made ready to play")
        verbose_name_plural = _("recordings made ready to play")
        ordering: ClassVar = ["-made_at"]

    def __str__(self) -> str:
        return f"rendition of {self.take_id}"

    @property
    def folder(self) -> Path:
        return renditions_of(self.take) / str(self.version)

    @property
    def playable(self) -> Path:
        return self.folder / "playable"

    @property
    def poster(self) -> Path:
        return self.folder / "poster.jpg"

    @property
    def sound(self) -> Path:
        """16 kHz, mono, WAV: all that a transcription engine is given."""
        return self.folder / "sound.wav"


def renditions_of(take: Take) -> Path:
    """The folder of all versions. Named by ids alone, like the originals."""
    return Path(settings.MEDIA_DIR) / "renditions" / str(take.interview_id) / str(take.pk)
