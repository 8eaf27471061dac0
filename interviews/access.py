"""Who is asking, and what they may touch. Pages, files and sockets all ask here, and here only.

An applicant is known by a link: its token was exchanged for an entry in the session, bound to that link's hash, so a
link that is revoked ends every session that it opened. Staff are known by their login, and see the
interviews of the positions whose team they are on; superusers see all.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from interviews.actions.invitations import token_hash
from interviews.models import Interview, Link, Position

SESSION_KEY = "interviews"
OPERATIONS = "operations"
POSITIONS = "positions"
"""Followed by a page that lists everything its visitor may see: when that changes, the page is fetched again."""


@dataclass(frozen=True, slots=True)
class LinkProblem(Exception):
    """The link does not lead anywhere: `status` for programs, three texts for the person."""

    status: int
    title: str
    message: str
    next_step: str


def unknown_link() -> LinkProblem:
    return LinkProblem(
        404,
        _("This link does not work"),
        _("It may have been cut off when it was copied, or replaced by a newer one."),
        _("Open the whole link from your most recent invitation, or ask the person who invited you for a new one."),
    )


def open_link(session: Any, interview_id: uuid.UUID, token: str) -> Interview:
    """Exchange a link's token for an entry in the session. May be repeated, so a link preview uses nothing up."""
    held = token_hash(token)
    interview = _linked(interview_id, held)
    if interview is None:
        raise unknown_link()
    session.cycle_key()
    session[SESSION_KEY] = {**session.get(SESSION_KEY, {}), str(interview.pk): held}
    return interview


def applicants_interview(session: Mapping[str, Any], interview_id: uuid.UUID) -> Interview | None:
    """The interview that this session's link opened, or None where it opened none. Raises LinkProblem."""
    held = session.get(SESSION_KEY, {}).get(str(interview_id))
    return _linked(interview_id, held) if held else None


def visible_interviews(user: User | AnonymousUser) -> QuerySet[Interview]:
    interviews = Interview.objects.select_related("applicant", "question_set__position")
    if not user.is_authenticated or not user.is_active:
        return interviews.none()
    return interviews if user.is_superuser else interviews.filter(question_set__position__team=user)


def visible_positions(user: User | AnonymousUser) -> QuerySet[Position]:
    if not user.is_authenticated or not user.is_active:
        return Position.objects.none()
    return Position.objects.all() if user.is_superuser else Position.objects.filter(team=user)


def permitted_topics(user: User | AnonymousUser, session: Mapping[str, Any], topics: Collection[str]) -> frozenset[str]:
    """Those of the topics that this visitor may follow now.

    `applicant:<id>`, `interview:<id>`, `position:<id>`, and `operations`, which concerns the whole site.
    """
    asked: dict[str, set[str]] = {"applicant": set(), "interview": set(), "position": set()}
    for topic in topics:
        audience, _colon, key = topic.partition(":")
        if audience in asked and _is_key(audience, key):
            asked[audience].add(key)
    held = session.get(SESSION_KEY, {})
    own = Link.objects.filter(revoked_at__isnull=True, interview__in=asked["applicant"] & set(held)).values_list(
        "interview", "hash"
    )
    permitted = {f"applicant:{pk}" for pk, link_hash in own if held[str(pk)] == link_hash}
    if asked["interview"]:
        found = visible_interviews(user).filter(pk__in=asked["interview"]).values_list("pk", flat=True)
        permitted |= {f"interview:{pk}" for pk in found}
    if asked["position"]:
        positions = visible_positions(user).filter(pk__in=asked["position"]).values_list("pk", flat=True)
        permitted |= {f"position:{pk}" for pk in positions}
    if OPERATIONS in topics and visible_positions(user).exists():
        permitted.add(OPERATIONS)
    if POSITIONS in topics and user.is_authenticated:
        permitted.add(POSITIONS)
    return frozenset(permitted)


def is_outdated(user: User | AnonymousUser, topics: Collection[str]) -> bool:
    """Whether a page that lists everything was made when this visitor might see more, or less."""
    if POSITIONS not in topics or not user.is_authenticated:
        return False
    visible = {f"position:{pk}" for pk in visible_positions(user).values_list("pk", flat=True)}
    return visible != {topic for topic in topics if topic.startswith("position:")}


def _is_key(audience: str, key: str) -> bool:
    if audience == "position":
        return key.isdecimal() and len(key) < 19 and str(int(key)) == key
    try:
        return str(uuid.UUID(key)) == key
    except ValueError:
        return False


def _linked(interview_id: uuid.UUID, link_hash: str) -> Interview | None:
    # Without position and applicant: each slice of an upload asks here too, and only pages show them.
    link = Link.objects.select_related("interview").filter(hash=link_hash, interview=interview_id).first()
    if link is None:
        return None
    _must_be_usable(link.interview)
    return link.interview if link.revoked_at is None else None


def _must_be_usable(interview: Interview) -> None:
    if interview.revoked_at is not None:
        raise _ended(interview, _("This invitation was withdrawn"), _("The link can no longer be used."))
    # Who has submitted keeps the receipt, whatever the deadline.
    if not interview.is_submitted and interview.deadline < timezone.now():
        raise _ended(
            interview,
            _("This invitation has expired"),
            _("It could be used until %(deadline)s (UTC). What you recorded before is kept.")
            % {"deadline": f"{interview.deadline:%d %B %Y, %H:%M}"},
        )


def _ended(interview: Interview, title: str, message: str) -> LinkProblem:
    position = interview.position
    contact = _("Ask %(host)s: %(contact)s.") % {"host": position.host, "contact": position.contact}
    return LinkProblem(410, title, message, contact)
