"""Who is asking, and what they may touch. Pages and files ask here; open pages, many at once, ask `standings`.

An applicant is known by a link: its token was exchanged for an entry in the session, bound to that link's hash, so a
link that is revoked ends every session that it opened. Staff are known by their login, and see the interviews of the
positions whose team they are on, each in a role: viewers see, reviewers also rate, decide and correct, recruiters also
run the position and invite to it. Superusers see and do all. Who comes by a public link to a position is known by that
link alone, and so is somebody from outside with whom one interview was shared.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from interviews.models import Draft, Interview, Link, Membership, Position, PublicLink, RubricVersion, ShareLink, Take
from interviews.models.needs import grace_ends
from interviews.processing.links import token_hash
from interviews.queries.reveals import Sight, done_by, sight_of

_Seen = TypeVar("_Seen", bound=Interview)
SESSION_KEY = "interviews"
PUBLIC_LINKS = "public_links"
JUDGES = frozenset({Membership.Role.RECRUITER, Membership.Role.REVIEWER})
SHARES = "shares"
VISITOR = "visitor"
"""What this browser's arrivals are counted by."""


@dataclass(frozen=True, slots=True)
class LinkProblem(Exception):
    """The link does not lead anywhere: `status` for programs, three texts for the person."""

    status: int
    title: str
    message: str
    next_step: str
    expired: Interview | None = None  # its applicant may still ask for more time
    ended_at: datetime | None = None  # to be shown in the reader's zone, before the message
    position: Position | None = None  # whose host stands over the page; of whoever has the right token alone


def unknown_link() -> LinkProblem:
    return LinkProblem(
        404,
        _("This link does not work"),
        _("It may have been cut off when it was copied, or replaced by a newer one."),
        _("Open the whole link from your most recent invitation, or ask the person who invited you for a new one."),
    )


def _cut_off(next_step: str) -> LinkProblem:
    return LinkProblem(404, _("This link does not work"), _("It may have been cut off when it was copied."), next_step)


def ended(position: Position, title: str, message: str, **more: Any) -> LinkProblem:
    """It led somewhere once: its host can be asked."""
    next_step = _("Ask %(host)s: %(contact)s.") % {"host": position.host, "contact": position.contact}
    return LinkProblem(410, title, message, next_step, position=position, **more)


def open_link(session: Any, interview_id: uuid.UUID, token: str) -> Interview:
    """Exchange a link's token for an entry in the session. May be repeated, so a link preview uses nothing up."""
    held = token_hash(token)
    interview = _linked(interview_id, held)
    if interview is None:
        raise unknown_link()
    session.cycle_key()
    session[SESSION_KEY] = {**session.get(SESSION_KEY, {}), str(interview.pk): held}
    _must_be_in_time(interview)
    return interview


def applicants_interview(
    session: Mapping[str, Any], interview_id: uuid.UUID, *, late_too: bool = False
) -> Interview | None:
    """The interview that this session's link opened, or None where it opened none. Raises LinkProblem.

    After the deadline only while there is something to send or submit, unless `late_too`.
    """
    held = session.get(SESSION_KEY, {}).get(str(interview_id))
    interview = _linked(interview_id, held) if held else None
    if interview is not None and not late_too:
        _must_be_in_time(interview)
    return interview


def open_public_link(session: Any, link_id: uuid.UUID, token: str) -> None:
    """Exchange a public link's token for an entry in the session. Raises LinkProblem.

    Many people may share the browser: whatever interview it had open before is closed to who comes now.
    """
    held = token_hash(token)
    if _public_link(link_id, held) is None:
        raise _cut_off(_("Scan the code again, or open the whole address that you were given."))
    session.cycle_key()
    session.pop(SESSION_KEY, None)
    session[PUBLIC_LINKS] = {**session.get(PUBLIC_LINKS, {}), str(link_id): held}
    session.setdefault(VISITOR, secrets.token_hex(16))


def public_link(session: Mapping[str, Any], link_id: uuid.UUID) -> PublicLink | None:
    """The link that this session came by, or None where it came by none. Raises LinkProblem."""
    held = session.get(PUBLIC_LINKS, {}).get(str(link_id))
    return _public_link(link_id, held) if held else None


def _public_link(link_id: uuid.UUID, link_hash: str) -> PublicLink | None:
    link = PublicLink.objects.select_related("position").filter(pk=link_id, hash=link_hash).first()
    if link is not None and link.revoked_at is not None:
        raise ended(
            link.position,
            _("This link is closed"),
            _("Nobody is invited by it any more. If you have an invitation of your own, that one stays good."),
        )
    return link


def open_share(session: Any, share_id: uuid.UUID, token: str) -> ShareLink:
    """Exchange the token of a link for somebody from outside for an entry in the session. Raises LinkProblem."""
    held = token_hash(token)
    link = _share(share_id, held)
    if link is None:
        raise _cut_off(_("Open the whole link that you were sent, or ask the person who sent it."))
    session.cycle_key()
    session[SHARES] = {**session.get(SHARES, {}), str(share_id): held}  # also of one that has ended: see `share_again`
    return _good(link)


def share(session: Mapping[str, Any], share_id: uuid.UUID) -> ShareLink | None:
    """The link that this session opened, asked anew each time, or None where it opened none. Raises LinkProblem."""
    held = session.get(SHARES, {}).get(str(share_id))
    link = _share(share_id, held) if held else None
    return None if link is None else _good(link)


def _share(share_id: uuid.UUID, link_hash: str) -> ShareLink | None:
    shared = ShareLink.objects.select_related("interview__applicant", "interview__question_set__position", "made_by")
    return shared.filter(pk=share_id, hash=link_hash).first()


def _good(link: ShareLink) -> ShareLink:
    if not good_shares().filter(pk=link.pk).exists():
        raise ended(
            link.interview.position,
            _("This link has ended"),
            _("It could be used for a limited time, or was ended by who sent it. Your comments are kept."),
        )
    return link


def good_shares() -> QuerySet[ShareLink]:
    """Those that lead somewhere at this moment."""
    return ShareLink.objects.filter(revoked_at=None, expires_at__gt=timezone.now(), interview__withdrawn_at=None)


def coordinates(user: User | AnonymousUser, of: Interview | Position) -> bool:
    """Whether this person may invite to the position; they also share its interviews and write to applicants."""
    position = of.pk if isinstance(of, Position) else of.question_set.position_id
    return coordinated_positions(user).filter(pk=position).exists()


def may_accommodate(user: User | AnonymousUser) -> bool:
    """Whether this person may see and arrange other conditions, in the interviews that they may see."""
    return user.is_active and user.has_perm("interviews.change_accommodation")


def visible_interviews(user: User | AnonymousUser) -> QuerySet[Interview]:
    return visible(Interview.objects.select_related("applicant", "question_set__position"), user)


def visible(interviews: QuerySet[_Seen], user: User | AnonymousUser) -> QuerySet[_Seen]:
    """Of these, those that this person may see."""
    if not user.is_authenticated or not user.is_active:
        return interviews.none()
    return interviews if user.is_superuser else interviews.filter(question_set__position__memberships__user=user)


def seen_by(user: User | AnonymousUser, interview: Interview) -> Sight:
    """What is revealed of an interview that this person may see."""
    return sight_of(interview, staff(user))


def reviewed_by(user: User | AnonymousUser, interviews: Collection[uuid.UUID] | None = None) -> set[uuid.UUID]:
    """Of these interviews, or of all that this person may see: those whose review they have done."""
    done = done_by(staff(user)).filter(interview__in=visible_interviews(user) if interviews is None else interviews)
    return set(done.values_list("interview", flat=True))


def visible_positions(user: User | AnonymousUser) -> QuerySet[Position]:
    return _positions(user, Membership.Role)


def role_in(position: Position, user: User) -> str:
    """One of Membership.Role, "" for who is not on its team. Superusers do all that recruiters do."""
    if user.is_superuser:
        return Membership.Role.RECRUITER if user.is_active else ""
    found = Membership.objects.filter(position=position, user=user, user__is_active=True)
    return found.values_list("role", flat=True).first() or ""


def judged_positions(user: User | AnonymousUser) -> QuerySet[Position]:
    """Those whose interviews this person may rate, decide about and correct."""
    return _positions(user, JUDGES)


def judged_interviews(user: User | AnonymousUser) -> QuerySet[Interview]:
    return visible_interviews(user).filter(question_set__position__in=judged_positions(user))


def may_judge(user: User | AnonymousUser, interview: Interview) -> bool:
    return judged_positions(user).filter(question_sets=interview.question_set_id).exists()


def staff(user: User | AnonymousUser) -> User:
    """For the record of who did what, on pages behind a login."""
    if not isinstance(user, User):
        raise PermissionDenied
    return user


def coordinated_positions(user: User | AnonymousUser) -> QuerySet[Position]:
    """Those that this person runs: edits, and invites to."""
    return _positions(user, {Membership.Role.RECRUITER})


def may_make_positions(user: User | AnonymousUser) -> bool:
    return user.is_active and user.has_perm("interviews.add_position")


def visible_rubrics(user: User | AnonymousUser) -> QuerySet[RubricVersion]:
    """Rubrics belong to the whole site: who is on any team, or may make positions, reads and uses what others wrote."""
    versions = RubricVersion.objects.select_related("rubric")
    may_read = may_make_positions(user) or visible_positions(user).exists()
    return versions if may_read else versions.none()


def may_write_rubrics(user: User | AnonymousUser) -> bool:
    """Whoever runs any position, or may make one: it needs a rubric."""
    return may_make_positions(user) or coordinated_positions(user).exists()


def _positions(user: User | AnonymousUser, roles: Iterable[str]) -> QuerySet[Position]:
    if not isinstance(user, User) or not user.is_active:
        return Position.objects.none()
    mine = Position.objects.filter(memberships__user=user, memberships__role__in=list(roles))
    return Position.objects.all() if user.is_superuser else mine


def _linked(interview_id: uuid.UUID, link_hash: str) -> Interview | None:
    # Without position and applicant: each slice of an upload asks here too, and only pages show them.
    link = Link.objects.select_related("interview").filter(hash=link_hash, interview=interview_id).first()
    if link is None:
        return None
    if link.interview.revoked_at is not None:
        title, message = _("This invitation was withdrawn"), _("The link can no longer be used.")
        raise ended(link.interview.position, title, message)
    return link.interview if link.revoked_at is None else None


def _must_be_in_time(interview: Interview) -> None:
    # Who has submitted keeps the receipt, whatever the deadline.
    if interview.is_submitted or interview.deadline >= timezone.now() or _may_finish(interview):
        return
    title, message = _("This invitation has expired"), _("What you recorded before is kept.")
    raise ended(interview.position, title, message, expired=interview)


def _may_finish(interview: Interview) -> bool:
    """What was begun before the deadline may still arrive, and be submitted, for a while."""
    begun = {"interview": interview, "created_at__lte": interview.deadline}
    return timezone.now() < grace_ends(interview) and (
        Take.objects.filter(**begun).exists() or Draft.objects.filter(**begun).exists()
    )
