"""Who works on a position."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from interviews.actions.refusals import WrongState
from interviews.models import Membership, Position


def put(position: Position, user: User, role: str) -> None:
    """Adds somebody, or changes what they are. Raises WrongState where no recruiter would be left."""
    with transaction.atomic():
        _locked(position)
        if role != Membership.Role.RECRUITER:
            _must_leave_a_recruiter(position, user)
        Membership.objects.update_or_create(position=position, user=user, defaults={"role": role})


def remove(position: Position, user: User) -> None:
    """Raises WrongState where no recruiter would be left. Who is not on the team stays so."""
    with transaction.atomic():
        _locked(position)
        _must_leave_a_recruiter(position, user)
        for membership in Membership.objects.filter(position=position, user=user):
            membership.delete()


def _locked(position: Position) -> None:
    """Of two recruiters who remove each other, the second is refused."""
    Position.objects.select_for_update(no_key=True).get(pk=position.pk)


def _must_leave_a_recruiter(position: Position, user: User) -> None:
    recruiters = position.memberships.filter(role=Membership.Role.RECRUITER)
    if recruiters.filter(user=user).exists() and not recruiters.exclude(user=user).exists():
        raise WrongState(_("A position needs a recruiter. Make somebody else one first."))
