"""What an applicant was told they had handed in. Written with the submit, never changed after."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from interviews.models.interviews import Interview


class Receipt(models.Model):
    """Holds copies of all it says: what is renamed, redone or deleted later changes no receipt."""

    interview = models.ForeignKey(Interview, models.CASCADE, related_name="receipts")
    submitted_at = models.DateTimeField()
    facts = models.JSONField(help_text="queries.receipts.Facts")

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["interview", "submitted_at"], name="one_receipt_per_submit")
        ]

    def __str__(self) -> str:
        return f"receipt of {self.interview_id}"
