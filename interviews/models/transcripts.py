"""What was said, word by word."""

from __future__ import annotations

import hashlib
from typing import ClassVar, TypedDict

from django.db import models

from interviews.models.takes import Take

WRITTEN = "written"
"""In place of an engine's name: the applicant wrote the words."""


class StoredWord(TypedDict):
    """Seconds from the start of the recording; confidence 0 to 1, or None where the engine has no honest figure.

    In a written answer there are no seconds, and both are 0.
    """

    text: str
    start: float
    end: float
    confidence: float | None


class Transcript(models.Model):
    take = models.OneToOneField(Take, models.CASCADE, related_name="transcript")
    words = models.JSONField(help_text="[{text, start, end, confidence}]; empty when nobody spoke")
    language = models.CharField(max_length=16)
    engine = models.CharField(max_length=32)
    model = models.CharField(max_length=100)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-created_at"]

    def __str__(self) -> str:
        return f"transcript by {self.engine}"

    @property
    def text(self) -> str:
        return " ".join(word["text"] for word in self.words)

    @property
    def sha256(self) -> str:
        """Of the text."""
        return hashlib.sha256(self.text.encode()).hexdigest()
