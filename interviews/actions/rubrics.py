"""Rubrics and their versions."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from interviews.actions.refusals import WrongState
from interviews.models import RubricVersion


def publish(version: RubricVersion) -> None:
    """From now on questions can use it and it cannot be changed. Raises WrongState where it is not complete."""
    if not version.criteria.aggregate(total=Sum("weight"))["total"]:
        raise WrongState(
            _("A rubric needs at least one criterion with a weight above zero before it can be published.")
        )
    with transaction.atomic():
        if not RubricVersion.objects.filter(pk=version.pk, published_at__isnull=True).update(
            published_at=timezone.now()
        ):
            raise WrongState(_("This rubric is already published."))
