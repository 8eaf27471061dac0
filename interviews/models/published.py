"""What is published stays as it is."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _


class FrozenWhenPublished(models.Model):
    """Refuses to be changed once its owner is published."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.refuse_if_published()
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        self.refuse_if_published()
        return super().delete(*args, **kwargs)

    def clean(self) -> None:
        super().clean()
        self.refuse_if_published()

    def owner(self) -> Published:
        raise NotImplementedError

    def refuse_if_published(self) -> None:
        """Neither where it is now nor where it is going: nothing is moved out of what is published, or into it."""
        stored = type(self)._base_manager.filter(pk=self.pk).first()
        owners = [row.owner() for row in (self, stored) if row is not None]
        published = type(owners[0])._default_manager.filter(
            pk__in={owner.pk for owner in owners}, published_at__isnull=False
        )
        if published.exists():
            raise ValidationError(_("This is published. Make a new version to change it."))


class Published(FrozenWhenPublished):
    """A draft first. From `published_at` on, neither it nor what belongs to it can be changed."""

    published_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        abstract = True

    def owner(self) -> Published:
        return self
