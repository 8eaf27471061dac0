"""A legal hold stops every deletion of an interview, whoever asked for it, until it is lifted."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from interviews.actions.refusals import Refused, WrongState
from interviews.actions.withdrawing import drop_erasure
from interviews.events import Kind, record
from interviews.models import Hold, Interview
from interviews.processing.advance import locked


def place_hold(interview: Interview, reason: str, *, by: User) -> None:
    """Raises Refused without a reason, WrongState where there is nothing to keep, or it is held already."""
    if not reason.strip():
        raise Refused(_("Say which duty or which proceedings it is kept for."))
    with transaction.atomic():
        current = locked(interview.pk)
        if current.erased_at is not None:
            raise WrongState(_("It is erased already: there is nothing to be kept."))
        if Hold.objects.filter(interview=current, lifted_at=None).exists():
            raise WrongState(_("It is held already."))
        drop_erasure(current)
        Hold.objects.create(interview=current, reason=reason.strip(), placed_by=by)
        record(Kind.HELD, current, actor=by)


def lift_hold(interview: Interview, *, by: User) -> None:
    """What was due meanwhile is deleted from now on. A second time changes nothing."""
    with transaction.atomic():
        current = locked(interview.pk)
        standing = Hold.objects.filter(interview=current, lifted_at=None)
        if standing.update(lifted_at=timezone.now(), lifted_by=by):
            record(Kind.HOLD_LIFTED, current, actor=by)
