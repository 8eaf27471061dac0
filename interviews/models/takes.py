"""What was recorded: takes, the uploads that they are made of, and the answers that count."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from interviews.models.interviews import Interview
from interviews.models.positions import Question


class Take(models.Model):
    """One try at one question: a recording, in as many segments as it took to make it; or, without any, a text.

    `bytes`, `sha256` (of all segments' bytes, in order) and `finished_at` are there once it has ended. `writer` names
    the tab that may add to it; blank: any that holds the link. `seconds` is measured where that is possible.
    """

    class State(models.TextChoices):
        RECORDING = "recording", _("Recording")
        FINISHED = "finished", _("Finished")
        PARTIAL = "partial", _("Broken off")  # the applicant has not come back to it, so far

    RECEIVING: ClassVar = (State.RECORDING, State.PARTIAL)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    interview = models.ForeignKey(Interview, models.CASCADE, related_name="takes")
    question = models.ForeignKey(
        Question, models.PROTECT, null=True, blank=True, related_name="recordings", help_text="none: for practice"
    )
    number = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=16, choices=State, default=State.RECORDING)
    writer = models.CharField(max_length=64, blank=True)
    bytes = models.PositiveBigIntegerField(null=True, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    seconds = models.FloatField(null=True, blank=True)
    stored_at = models.DateTimeField(
        null=True, blank=True, help_text="since when all that is of it is in the bucket, and nothing on this disk"
    )
    text = models.TextField(blank=True, help_text="of an answer that was written instead of recorded")
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("recording")
        verbose_name_plural = _("recordings")
        ordering: ClassVar = ["interview_id", "question_id", "number"]
        indexes: ClassVar = [
            models.Index(fields=["state"], condition=~models.Q(state="finished"), name="take_not_finished"),
            models.Index(fields=["finished_at"], condition=models.Q(stored_at=None), name="take_on_this_disk"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["interview", "question", "number"], name="take_number_is_unique"),
            models.CheckConstraint(
                condition=models.Q(state="recording") | models.Q(bytes__isnull=False, finished_at__isnull=False),
                name="ended_take_has_a_size_and_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"take {self.number} of question {self.question.number}" if self.question else "for practice"

    @property
    def mime_type(self) -> str:
        """Of its first segment."""
        first = self.segments.first()
        return first.mime_type if first else ""

    @property
    def path(self) -> Path:
        """Where the bytes of its first segment are."""
        return self.segments.get(number=1).path


class Segment(models.Model):
    """One upload, which makes up a take or, where recording was interrupted and went on, a part of one.

    `received` is how many bytes are on disk for good, all of them in `pieces`; what the file holds beyond them counts
    for nothing. `length` is what the sender has declared, `metadata` the header it sent with the creation, `client` its
    own name for this upload, by which a creation is known that is sent twice. `seconds` is the answer's clock at
    `received`, as the recorder tells it, from the take's beginning on: to be shown, and nothing else.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    take = models.ForeignKey(Take, models.CASCADE, related_name="segments")
    number = models.PositiveSmallIntegerField()
    mime_type = models.CharField(max_length=100)
    metadata = models.TextField(blank=True)
    client = models.CharField(max_length=64, blank=True)
    length = models.PositiveBigIntegerField(null=True, blank=True)
    received = models.PositiveBigIntegerField(default=0)
    seconds = models.FloatField(null=True, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    appended_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["take_id", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["take", "number"], name="segment_number_is_unique"),
            models.CheckConstraint(
                condition=models.Q(length__isnull=True) | models.Q(received__lte=models.F("length")),
                name="segment_is_no_longer_than_declared",
            ),
        ]

    def __str__(self) -> str:
        return f"segment {self.number} of {self.take}"

    @property
    def path(self) -> Path:
        """Where its bytes are. Named by ids alone: nothing a person typed becomes part of a path."""
        take = self.take
        return Path(settings.MEDIA_DIR) / "takes" / str(take.interview_id) / str(take.pk) / str(self.pk)


class Piece(models.Model):
    """One stretch of a segment as it arrived in one request. `sha256` is raw: 32 bytes."""

    segment = models.ForeignKey(Segment, models.CASCADE, related_name="pieces")
    offset = models.PositiveBigIntegerField()
    length = models.PositiveBigIntegerField()
    sha256 = models.BinaryField(max_length=32)
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["segment_id", "offset"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["segment", "offset"], name="one_piece_per_offset"),
        ]

    def __str__(self) -> str:
        return f"bytes {self.offset} to {self.offset + self.length} of {self.segment}"


class Answer(models.Model):
    """The take that counts for one question."""

    interview = models.ForeignKey(Interview, models.CASCADE, related_name="answers")
    question = models.ForeignKey(Question, models.PROTECT, related_name="answers")
    take = models.OneToOneField(Take, models.CASCADE, related_name="answer")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        ordering: ClassVar = ["interview_id", "question__number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["interview", "question"], name="one_answer_per_question")
        ]

    def __str__(self) -> str:
        return f"answer to question {self.question.number}"
