"""What was said, word by word."""

from __future__ import annotations

import hashlib
from typing import ClassVar, Literal, NotRequired, TypedDict

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from interviews.models.providers import ProviderReply
from interviews.models.takes import Take

WRITTEN = "written"
"""In place of an engine's name: the applicant wrote the words."""


Corrector = Literal["applicant", "reviewer"]


class StoredWord(TypedDict):
    """Seconds from the start of the recording; confidence 0 to 1, or None where the engine has no honest figure.

    In a written answer there are no seconds, and both are 0. A word that a person put in has seconds between those of
    its neighbours, no confidence, and says who did.
    """

    text: str
    start: float
    end: float
    confidence: float | None
    corrected_by: NotRequired[Corrector]


class Transcript(models.Model):
    take = models.OneToOneField(Take, models.CASCADE, related_name="transcript")
    words = models.JSONField(help_text="[{text, start, end, confidence}]; empty when nobody spoke")
    language = models.CharField(max_length=16)
    engine = models.CharField(max_length=32)
    model = models.CharField(max_length=100)
    reply = models.ForeignKey(
        ProviderReply,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="transcripts",
        help_text="none: made on this machine, or written",
    )
    doubtful = models.BooleanField(default=False, help_text="its words were recognised with low confidence: derived")
    version = models.PositiveIntegerField(default=1, help_text="counts the corrections")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("transcript")
        verbose_name_plural = _("transcripts")
        ordering: ClassVar = ["-created_at"]
        indexes: ClassVar = [
            models.Index(fields=["take"], condition=models.Q(doubtful=True), name="transcript_in_doubt"),
        ]

    def __str__(self) -> str:
        return f"transcript by {self.engine}"

    @property
    def text(self) -> str:
        return text_of(self.words)

    @property
    def sha256(self) -> str:
        return sha256_of(self.words)


class Correction(models.Model):
    """A person's change to a transcript: the words before and after it. Written once, never changed."""

    transcript = models.ForeignKey(Transcript, models.CASCADE, related_name="corrections")
    version = models.PositiveIntegerField(help_text="of the transcript after it")
    before = models.JSONField()
    after = models.JSONField()
    by_applicant = models.BooleanField()
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="none: the applicant, or an account that is gone",
    )
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering: ClassVar = ["transcript_id", "version"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["transcript", "version"], name="one_correction_per_version"),
            models.CheckConstraint(
                condition=models.Q(by_applicant=False) | models.Q(actor__isnull=True),
                name="correction_is_by_one_person",
            ),
        ]

    def __str__(self) -> str:
        return f"correction {self.version - 1} of {self.transcript_id}"


def text_of(words: list[StoredWord]) -> str:
    return " ".join(word["text"] for word in words)


def sha256_of(words: list[StoredWord]) -> str:
    """Of the text."""
    return hashlib.sha256(text_of(words).encode()).hexdigest()
