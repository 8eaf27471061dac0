"""What people arrange in the list of interviews for themselves. Nobody else sees any of it, so there is no event."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import timedelta
from uuid import UUID

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from interviews.actions.refusals import Refused
from interviews.models import Hidden, HiddenColumns, Interview, SavedView

DELETED_VIEWS_STAY = timedelta(days=1)
VIEWS_AT_MOST = 30


def hide(interviews: Iterable[Interview], user: User) -> list[UUID]:
    """Those that this has put out of the list; some may have been out of it before."""
    wanted = [interview.pk for interview in interviews]
    with transaction.atomic():
        before = set(Hidden.objects.filter(user=user, interview__in=wanted).values_list("interview", flat=True))
        new = [pk for pk in wanted if pk not in before]
        Hidden.objects.bulk_create([Hidden(user=user, interview_id=pk) for pk in new], ignore_conflicts=True)
    return new


def show(interviews: Collection[UUID], user: User) -> list[UUID]:
    """Those that this has put back."""
    with transaction.atomic():
        hidden = Hidden.objects.filter(user=user, interview__in=interviews)
        back = list(hidden.values_list("interview", flat=True))
        hidden.delete()
    return back


def save_view(user: User, name: str, query: str) -> SavedView:
    """Raises Refused."""
    if len(query) > 1000:
        raise Refused(_("This view filters by too much to be saved: shorten what is searched for."))
    standing = SavedView.objects.filter(user=user, deleted_at=None)
    if standing.count() >= VIEWS_AT_MOST:
        raise Refused(_("You have %(count)s views. Delete one that you need no more.") % {"count": VIEWS_AT_MOST})
    try:
        with transaction.atomic():
            return SavedView.objects.create(user=user, name=name, query=query)
    except IntegrityError as error:
        raise Refused(_("You have a view of this name. Choose another, or delete that one first.")) from error


def delete_view(user: User, view: int) -> SavedView | None:
    """It can be taken back for a day. None where it was gone."""
    now = timezone.now()
    SavedView.objects.filter(user=user, deleted_at__lt=now - DELETED_VIEWS_STAY).delete()
    mine = SavedView.objects.filter(user=user, pk=view)
    return mine.first() if mine.filter(deleted_at=None).update(deleted_at=now) else None


def restore_view(user: User, view: int) -> SavedView | None:
    """None where there is nothing to take back. Raises Refused."""
    mine = SavedView.objects.filter(user=user, pk=view)
    try:
        with transaction.atomic():
            return mine.first() if mine.exclude(deleted_at=None).update(deleted_at=None) else None
    except IntegrityError as error:
        raise Refused(_("You have a view of this name again. Delete that one first.")) from error


def choose_columns(user: User, hidden: Iterable[str]) -> None:
    HiddenColumns.objects.update_or_create(user=user, defaults={"columns": list(hidden)})
