"""What an open page may follow: asked for many pages at once, since after a restart all come back together.

Topics: `applicant:<id>`, `interview:<id>` and `invitation:<id>` of an interview; `position:<id>`,
`accommodations:<id>`, `invitations:<id>` and `reassessments:<id>` of a position (these last two and `invitation` are
for its coordinators); `operations`, which concerns the whole site; and `positions`, followed by a page that lists
everything its visitor may see.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from interviews import access
from interviews.models import Interview, Link, Position

OPERATIONS = "operations"
POSITIONS = "positions"


@dataclass(frozen=True, slots=True)
class Following:
    """Who follows what. `session_key` is "" for a visitor without a session."""

    session_key: str
    topics: frozenset[str]
    language: str = settings.LANGUAGE_CODE

    @property
    def audience(self) -> tuple[frozenset[str], str]:
        """Who is told the same, in the same words."""
        return self.topics, self.language


class Verdict(Enum):
    WELCOME = "welcome"
    OUTDATED = "outdated"
    """The page lists everything, and its visitor may see other positions now: it is fetched again."""
    REFUSED = "refused"


@dataclass(slots=True)
class _Visitor:
    """What a session is good for: the links that it opened (the hash, by interview), and its account's positions."""

    links: dict[str, str] = field(default_factory=dict)
    user: User | None = None
    positions: set[int] = field(default_factory=set)
    coordinated: set[int] = field(default_factory=set)


def standings(followings: Iterable[Following]) -> dict[Following, Verdict]:
    """Whether each may go on, from today's rows. The number of queries does not grow with that of the followings."""
    asked = set(followings)
    if not asked:
        return {}
    visitors = _visitors({following.session_key for following in asked})
    superusers = [visitor for visitor in visitors.values() if visitor.user is not None and visitor.user.is_superuser]
    if superusers:
        every_position = set(Position.objects.values_list("pk", flat=True))
        for visitor in superusers:
            visitor.positions = visitor.coordinated = every_position
    rows = _Rows(_positions(_keys(asked, "interview") | _keys(asked, "invitation")), _links(_keys(asked, "applicant")))
    return {
        following: _verdict(following.topics, visitors.get(following.session_key, _Visitor()), rows)
        for following in asked
    }


@dataclass(frozen=True, slots=True)
class _Rows:
    """By the id of an interview: its position, and the hashes of its links that are good."""

    positions: dict[str, int]
    links: dict[str, set[str]]


def _verdict(topics: frozenset[str], visitor: _Visitor, rows: _Rows) -> Verdict:
    listed = {topic for topic in topics if topic.startswith("position:")}
    visible = {f"position:{pk}" for pk in visitor.positions}
    if POSITIONS in topics and visitor.user is not None and listed != visible:
        return Verdict.OUTDATED
    if topics and all(_may_follow(topic, visitor, visible, rows) for topic in topics):
        return Verdict.WELCOME
    return Verdict.REFUSED


def _may_follow(topic: str, visitor: _Visitor, visible: set[str], rows: _Rows) -> bool:
    audience, _colon, key = topic.partition(":")
    if audience == "position":
        return topic in visible
    if audience == "accommodations":
        return f"position:{key}" in visible and visitor.user is not None and access.may_accommodate(visitor.user)
    if audience == "interview":
        return rows.positions.get(key) in visitor.positions
    if audience == "invitation":
        return rows.positions.get(key) in visitor.coordinated
    if audience in ("invitations", "reassessments"):
        return key in map(str, visitor.coordinated)
    if audience == "applicant":
        return visitor.links.get(key) in rows.links.get(key, ())
    if topic == OPERATIONS:
        return bool(visitor.positions)
    return topic == POSITIONS and visitor.user is not None


def _keys(followings: Iterable[Following], audience: str) -> set[str]:
    """The ids asked for, those alone that are written as ours are."""
    prefix = f"{audience}:"
    found = {topic.removeprefix(prefix) for f in followings for topic in f.topics if topic.startswith(prefix)}
    return {key for key in found if _is_id(key)}


def _is_id(key: str) -> bool:
    try:
        return str(uuid.UUID(key)) == key
    except ValueError:
        return False


def _positions(keys: set[str]) -> dict[str, int]:
    rows = Interview.objects.filter(pk__in=keys).values_list("pk", "question_set__position_id") if keys else ()
    return {str(pk): position_id for pk, position_id in rows}


def _links(keys: set[str]) -> dict[str, set[str]]:
    good = Link.objects.filter(interview__in=keys, revoked_at__isnull=True) if keys else Link.objects.none()
    links: dict[str, set[str]] = defaultdict(set)
    for interview_id, link_hash in good.values_list("interview_id", "hash"):
        links[str(interview_id)].add(link_hash)
    return links


def _visitors(keys: set[str]) -> dict[str, _Visitor]:
    rows = Session.objects.filter(session_key__in=keys - {""}, expire_date__gt=timezone.now())
    store = SessionStore()
    sessions: dict[str, dict[str, Any]] = {
        key: store.decode(data) for key, data in rows.values_list("pk", "session_data")
    }
    users = _users({session.get(SESSION_KEY) for session in sessions.values()} - {None})
    teams, coordinators = _by_user(Position.team.through, users), _by_user(Position.coordinators.through, users)
    visitors = {}
    for key, session in sessions.items():
        visitor = visitors[key] = _Visitor(links=session.get(access.SESSION_KEY, {}))
        user = users.get(session.get(SESSION_KEY, ""))
        if user is not None and _is_signed_in(session, user):
            visitor.user, visitor.positions = user, teams[user.pk]
            visitor.coordinated = teams[user.pk] & coordinators[user.pk]
    return visitors


def _by_user(pairs: Any, users: dict[str, User]) -> dict[int, set[int]]:
    """The positions of each of these users, by a table of pairs."""
    found: dict[int, set[int]] = defaultdict(set)
    if users:
        theirs = pairs.objects.filter(user_id__in=[user.pk for user in users.values()])
        for user_id, position_id in theirs.values_list("user_id", "position_id"):
            found[user_id].add(position_id)
    return found


def _users(keys: Collection[Any]) -> dict[str, User]:
    return {str(user.pk): user for user in User.objects.filter(pk__in=keys, is_active=True)} if keys else {}


def _is_signed_in(session: dict[str, Any], user: User) -> bool:
    """As `django.contrib.auth.get_user` decides, but for a user who is read already: a changed password signs out."""
    held = session.get(HASH_SESSION_KEY, "")
    current = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    return BACKEND_SESSION_KEY in session and any(constant_time_compare(held, good) for good in current)
