"""Whether open pages may go on with what they follow: asked for many at once, since after a restart all come back
together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from interviews import access, sessions
from interviews.models import Interview, Link, Membership, Position, Review, Session, ShareLink
from interviews.models.sessions import SessionStore
from interviews.operators import may_look
from interviews.queries.reveals import sight
from interviews.topics import (
    FIGURES,
    LISTED,
    OF_INTERVIEW,
    OF_REVIEW,
    OF_ROLE,
    OPERATIONS,
    OVERVIEW,
    POSITIONS,
    SHARED,
    WORK,
    Following,
    is_id,
    of_reader,
    of_review,
    of_role,
    reader_of,
    why_of,
)


class Verdict(Enum):
    WELCOME = "welcome"
    OUTDATED = "outdated"
    """Its visitor may see other positions now, or more or less of an interview: it is fetched again."""
    REFUSED = "refused"


@dataclass(slots=True)
class _Visitor:
    """What a session is good for: the links that it opened (the hash, by interview or, if shared, by link), and its
    account's positions."""

    links: dict[str, str] = field(default_factory=dict)
    shares: dict[str, str] = field(default_factory=dict)
    user: User | None = None
    positions: set[int] = field(default_factory=set)
    judged: set[int] = field(default_factory=set)
    coordinated: set[int] = field(default_factory=set)
    reviewed: dict[str, int] = field(default_factory=dict)
    """Of the interviews asked about: those whose review this account has done, each with its position."""


def standings(followings: Iterable[Following]) -> dict[Following, Verdict]:
    """Whether each may go on, from today's rows. The number of queries does not grow with that of the followings."""
    asked = set(followings)
    if not asked:
        return {}
    about = set().union(
        *(_keys(asked, audience) for audience in (*OF_INTERVIEW, *OF_ROLE, LISTED) if audience != "applicant")
    )
    visitors = _visitors({following.session_key for following in asked}, about)
    superusers = [visitor for visitor in visitors.values() if visitor.user is not None and visitor.user.is_superuser]
    if superusers:
        every_position = set(Position.objects.values_list("pk", flat=True))
        for visitor in superusers:
            visitor.positions = visitor.judged = visitor.coordinated = every_position
    about |= {named[0] for it in asked for topic in it.topics if (named := reader_of(topic) or why_of(topic))}
    rows = _Rows(_positions(about), _links(_keys(asked, "applicant")), _shares(_keys(asked, SHARED)))
    return {
        following: _verdict(following.topics, visitors.get(following.session_key, _Visitor()), rows)
        for following in asked
    }


@dataclass(frozen=True, slots=True)
class _Rows:
    """By the id of an interview: its position with whether to rate first, and the hashes of its links that are good.
    Of links for somebody from outside, by their own id."""

    positions: dict[str, tuple[int, bool]]
    links: dict[str, set[str]]
    shares: dict[str, str]


def _verdict(topics: frozenset[str], visitor: _Visitor, rows: _Rows) -> Verdict:
    visible = {f"position:{pk}" for pk in visitor.positions}
    if POSITIONS in topics and visitor.user is not None:
        with_levels = {topic for topic in topics if topic.startswith("levels:")}
        named = {topic.partition(":")[2] for topic in topics if topic.startswith((f"{LISTED}:", "levels:"))}
        reviewed = {f"levels:{key}" for key in named if visitor.reviewed.get(key) in visitor.positions}
        if with_levels != reviewed or {topic for topic in topics if topic.startswith("position:")} != visible:
            return Verdict.OUTDATED
        if OVERVIEW in topics and not _is_overview_of(topics, visitor):
            return Verdict.OUTDATED
    if not topics or not all(_may_follow(topic, visitor, visible, rows) for topic in topics):
        return Verdict.REFUSED
    return Verdict.OUTDATED if _sees_other_things(topics, visitor, rows) else Verdict.WELCOME


def _is_overview_of(topics: frozenset[str], visitor: _Visitor) -> bool:
    """Whether its visitor coordinates what it follows, no more and no less, and may still arrange conditions."""
    invitations = {topic for topic in topics if topic.startswith("invitations:")}
    arranges = any(topic.startswith("accommodations:") for topic in topics)
    return invitations == {f"invitations:{pk}" for pk in visitor.coordinated} and (
        not arranges or (visitor.user is not None and access.may_accommodate(visitor.user))
    )


def _sees_other_things(topics: frozenset[str], visitor: _Visitor, rows: _Rows) -> bool:
    """Whether more, or less, of an interview is revealed now than this page follows. Of a list, that was asked."""
    followed: dict[str, set[str]] = defaultdict(set)
    for topic in topics:
        audience, _colon, key = topic.partition(":")
        if audience in OF_ROLE and topic != of_role(key, rows.positions[key][0] in visitor.judged):
            return True
        if audience in OF_REVIEW:
            followed[key].add(topic)
    return any(
        theirs != set(of_review(key, sight(rows.positions[key][1], key in visitor.reviewed)))
        for key, theirs in followed.items()
        if POSITIONS not in topics or theirs != {f"levels:{key}"}
    )


def _may_follow(topic: str, visitor: _Visitor, visible: set[str], rows: _Rows) -> bool:
    audience, _colon, key = topic.partition(":")
    if audience in ("position", FIGURES):
        return f"position:{key}" in visible
    if audience == "accommodations":
        return f"position:{key}" in visible and visitor.user is not None and access.may_accommodate(visitor.user)
    if reader := reader_of(topic):
        is_theirs = visitor.user is not None and topic == of_reader(reader[0], visitor.user)
        return is_theirs and rows.positions.get(reader[0], (None, True))[0] in visitor.positions
    if why := why_of(topic):
        is_visible = rows.positions.get(why[0], (None, True))[0] in visitor.positions
        return is_visible or (why[0] in rows.positions and visitor.user is not None and may_look(visitor.user))
    position = rows.positions.get(key, (None, True))[0]
    if audience in OF_REVIEW or audience in OF_ROLE or audience == LISTED:
        return position in visitor.positions
    if audience == "invitation":
        return position in visitor.coordinated
    if audience in ("invitations", "reassessments"):
        return key in map(str, visitor.coordinated)
    if audience == "applicant":
        return visitor.links.get(key) in rows.links.get(key, ())
    if audience == SHARED:
        return key in rows.shares and visitor.shares.get(key) == rows.shares[key]
    if topic == WORK:
        return visitor.user is not None and may_look(visitor.user)
    if topic == OPERATIONS:
        return bool(visitor.positions) or (visitor.user is not None and may_look(visitor.user))
    return topic in (POSITIONS, OVERVIEW) and visitor.user is not None


def _keys(followings: Iterable[Following], audience: str) -> set[str]:
    """The ids asked for, those alone that are written as ours are."""
    prefix = f"{audience}:"
    found = {topic.removeprefix(prefix) for f in followings for topic in f.topics if topic.startswith(prefix)}
    return {key for key in found if is_id(key)}


def _positions(keys: set[str]) -> dict[str, tuple[int, bool]]:
    names = ("pk", "question_set__position_id", "question_set__position__rate_first")
    rows = Interview.objects.filter(pk__in=keys).values_list(*names) if keys else ()
    return {str(pk): (position_id, rate_first) for pk, position_id, rate_first in rows}


def _links(keys: set[str]) -> dict[str, set[str]]:
    good = Link.objects.filter(interview__in=keys, revoked_at__isnull=True) if keys else Link.objects.none()
    links: dict[str, set[str]] = defaultdict(set)
    for interview_id, link_hash in good.values_list("interview_id", "hash"):
        links[str(interview_id)].add(link_hash)
    return links


def _shares(keys: set[str]) -> dict[str, str]:
    good = access.good_shares().filter(pk__in=keys) if keys else ShareLink.objects.none()
    return {str(pk): link_hash for pk, link_hash in good.values_list("pk", "hash")}


def _visitors(keys: set[str], interviews: set[str]) -> dict[str, _Visitor]:
    rows = Session.objects.filter(session_key__in=keys - {""}, expire_date__gt=timezone.now())
    store = SessionStore()
    held: dict[str, dict[str, Any]] = {key: store.decode(data) for key, data in rows.values_list("pk", "session_data")}
    users = _users({session.get(SESSION_KEY) for session in held.values()} - {None})
    roles = _roles(users)
    reviewed = _reviewed(users, interviews)
    visitors = {}
    for key, session in held.items():
        visitor = visitors[key] = _Visitor(
            links=session.get(access.SESSION_KEY, {}), shares=session.get(access.SHARES, {})
        )
        user = users.get(session.get(SESSION_KEY, ""))
        if user is not None and _is_signed_in(session, user):
            mine = roles[user.pk]
            visitor.user, visitor.positions = user, set(mine)
            visitor.judged = {pk for pk, role in mine.items() if role in access.JUDGES}
            visitor.coordinated = {pk for pk, role in mine.items() if role == Membership.Role.RECRUITER}
            visitor.reviewed = reviewed[user.pk]
    return visitors


def _reviewed(users: dict[str, User], interviews: set[str]) -> dict[int, dict[str, int]]:
    found: dict[int, dict[str, int]] = defaultdict(dict)
    if users and interviews:
        theirs = Review.objects.filter(reviewer__in=[user.pk for user in users.values()], interview__in=interviews)
        done = theirs.filter(state=Review.State.DONE)
        for user_id, key, position_id in done.values_list(
            "reviewer_id", "interview_id", "interview__question_set__position_id"
        ):
            found[user_id][str(key)] = position_id
    return found


def _roles(users: dict[str, User]) -> dict[int, dict[int, str]]:
    """By user: the role in each of their positions."""
    found: dict[int, dict[int, str]] = defaultdict(dict)
    if users:
        theirs = Membership.objects.filter(user_id__in=[user.pk for user in users.values()])
        for user_id, position_id, role in theirs.values_list("user_id", "position_id", "role"):
            found[user_id][position_id] = role
    return found


def _users(keys: Collection[Any]) -> dict[str, User]:
    return {str(user.pk): user for user in User.objects.filter(pk__in=keys, is_active=True)} if keys else {}


def _is_signed_in(session: dict[str, Any], user: User) -> bool:
    """As `django.contrib.auth.get_user` decides, but for a user who is read already: a changed password signs out."""
    held = session.get(HASH_SESSION_KEY, "")
    current = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    is_right = BACKEND_SESSION_KEY in session and any(constant_time_compare(held, good) for good in current)
    return is_right and sessions.is_enough(session, user)
