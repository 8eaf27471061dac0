"""Which copies of everything there are: whoever is erased here is still in them."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models.functions import Now


class Backup(models.Model):
    """One copy, made by `manage.py backup`.

    `made_at`: when it was complete; none: it is being made, or was broken off. `digest`: SHA-256 of its `backup.json`,
    which leads to the digest of every file in it. `deleted_at`: when the folder `place` was removed by us; copies that
    people made of it elsewhere are theirs to know.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    began_at = models.DateTimeField(db_default=Now())
    made_at = models.DateTimeField(null=True, blank=True)
    place = models.CharField(max_length=1000)
    digest = models.CharField(max_length=64, blank=True)
    files = models.PositiveIntegerField(default=0)
    bytes = models.PositiveBigIntegerField(default=0)
    problem = models.CharField(max_length=300, blank=True, help_text="what is wrong with it; blank: nothing")
    delete_after = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-began_at"]

    def __str__(self) -> str:
        return self.place
