"""Showing one interview to somebody from outside: shared and ended by the team, watched and commented on by them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from interviews.actions.refusals import ChangedElsewhere, NotAllowed, TooLarge, WrongState
from interviews.actions.undo import TAKEN_BACK_WITHIN
from interviews.events import Kind, record
from interviews.models import Answer, Interview, ShareComment, ShareLink, ShareVisit
from interviews.processing.advance import locked
from interviews.processing.links import TOKEN_BYTES, token_hash
from interviews.queries.reveals import sight_of

DAYS_AT_MOST = 90
MOST_CHARACTERS = 5000
ONE_VISIT = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Outsider:
    """`email` may be ""."""

    name: str
    email: str


def share(
    interview: Interview, outsider: Outsider, days: int, *, shows_levels: bool, by: User
) -> tuple[ShareLink, str]:
    """The link and its token, which can be read here, once. Raises NotAllowed, WrongState."""
    with transaction.atomic():
        interview = locked(interview.pk)
        if not interview.is_submitted:
            raise WrongState(_("This interview is not submitted yet. It can be shared once it is."))
        if interview.withdrawn_at is not None:
            raise WrongState(_("The applicant withdrew this interview: it is shown to nobody from outside."))
        if shows_levels and not sight_of(interview, by).levels:
            raise NotAllowed(
                _("The suggested levels are not shown to you yet: finish your own review, or share without.")
            )
        token = secrets.token_hex(TOKEN_BYTES)
        made = ShareLink.objects.create(
            interview=interview,
            name=outsider.name,
            email=outsider.email,
            hash=token_hash(token),
            shows_levels=shows_levels,
            made_by=by,
            expires_at=timezone.now() + timedelta(days=days),
        )
        record(Kind.SHARED, interview, actor=by)
    return made, token


def end_share(link: ShareLink, *, by: User) -> bool:
    """Its sessions and open pages end with it; what was commented stays. False where that was so before."""
    with transaction.atomic():
        ended = ShareLink.objects.filter(pk=link.pk, revoked_at=None).update(revoked_at=timezone.now(), revoked_by=by)
        if ended:
            record(Kind.SHARE_ENDED, link.interview, actor=by)
    return bool(ended)


def share_again(link: ShareLink, *, by: User) -> None:
    """Undoes `end_share` by the same person a short while after: the same link is good again. Raises WrongState."""
    now = timezone.now()
    with transaction.atomic():
        ended = ShareLink.objects.filter(pk=link.pk, revoked_by=by, revoked_at__gt=now - TAKEN_BACK_WITHIN)
        if not ended.filter(expires_at__gt=now).update(revoked_at=None, revoked_by=None):
            raise WrongState(_("It is too late to take that back: make a new link."))
        record(Kind.SHARED, link.interview, actor=by)


def visited(link: ShareLink, kind: ShareVisit.Kind, answer: Answer | None = None) -> None:
    """Once for ten minutes of the same: a player asks for a recording in many pieces. An opening counts every time."""
    if kind != ShareVisit.Kind.OPENED and _is_known(link, kind, answer):
        return
    with transaction.atomic():
        ShareLink.objects.select_for_update(no_key=True).get(pk=link.pk)  # of two at once, the second sees the first
        if kind == ShareVisit.Kind.OPENED or not _is_known(link, kind, answer):
            ShareVisit.objects.create(link=link, kind=kind, answer=answer)
            record(Kind.SHARE_SEEN, link.interview, answer=answer)


def comment(link: ShareLink, answer: Answer, text: str, version: int) -> ShareComment:
    """Stores what is typed so far, if it is still `version` that is stored. A repeat changes nothing.

    Raises ChangedElsewhere, TooLarge.
    """
    if len(text) > MOST_CHARACTERS:
        raise TooLarge(_("This comment is longer than %(count)s characters. Shorten it.") % {"count": MOST_CHARACTERS})
    with transaction.atomic():
        ShareLink.objects.select_for_update(no_key=True).get(pk=link.pk)  # of two at once, the second sees the first
        stored, _created = ShareComment.objects.get_or_create(link=link, answer=answer, defaults={"take": answer.take})
        if stored.text == text:
            return stored
        if stored.version != version:
            raise ChangedElsewhere(
                _("This comment was also changed in another tab or on another device. Choose which to go on with."),
                stored.text,
                stored.version,
            )
        stored.text, stored.version, stored.take = text, version + 1, answer.take
        stored.save(update_fields=["text", "version", "take", "changed_at"])
        record(Kind.SHARE_COMMENTED, link.interview, answer=answer)
    return stored


def _is_known(link: ShareLink, kind: ShareVisit.Kind, answer: Answer | None) -> bool:
    # Whoever opened the link looks at its page by that.
    same = [kind, ShareVisit.Kind.OPENED] if kind == ShareVisit.Kind.SEEN else [kind]
    since = timezone.now() - ONE_VISIT
    return ShareVisit.objects.filter(link=link, kind__in=same, answer=answer, at__gt=since).exists()
