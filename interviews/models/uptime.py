"""When the site could be reached: what applicants lose by our outages, they get back."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class SignOfLife(models.Model):
    """When a web process was last there. One row, written by all of them."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    seen_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=models.Q(id=1), name="sign_of_life_is_one_row")]

    def __str__(self) -> str:
        return str(self.seen_at)


class Downtime(models.Model):
    """No web process was there. Deadlines that were open then were moved by its length."""

    began_at = models.DateTimeField()
    ended_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-began_at"]

    def __str__(self) -> str:
        return f"{self.began_at} to {self.ended_at}"
