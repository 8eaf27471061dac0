"""Who looks after the work: operators act, auditors only look, and who recruits for a position sees to its interviews.

Operators have the permission *Can change job*, auditors *Can view job*; both sign in to the admin. The two groups are
made with the tables, and may be given other permissions than these.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import AnonymousUser, Group, Permission, User
from django.db import DEFAULT_DB_ALIAS

from interviews import access
from interviews.actions.mending import ChangedMeanwhile, press
from interviews.actions.refusals import NotAllowed
from interviews.models import Interview
from interviews.processing.queue import queue_answers
from interviews.queries.why.causes import OF_PEOPLE, OF_THE_SITE, Act, Cause, Press
from interviews.queries.why.digest import digest
from interviews.queries.why.journey import Journey, journeys, without_technical
from interviews.queries.why.of_interviews import causes
from interviews.queries.why.rows import rows_of

OPERATORS = "Operators"
AUDITORS = "Auditors"
CONFIDENTIAL = ("accommodation", "extensionrequest", "selfreport")
AUDIT_LOG = "auditentry"


def may_look(user: User | AnonymousUser) -> bool:
    return user.is_active and user.is_staff and user.has_perm("interviews.view_job")


def may_operate(user: User | AnonymousUser) -> bool:
    return user.is_active and user.is_staff and user.has_perm("interviews.change_job")


def may_press(user: User, interview: Interview, act: Act) -> bool:
    if act in OF_PEOPLE:
        return access.coordinates(user, interview)
    return may_operate(user) or (act not in OF_THE_SITE and access.coordinates(user, interview))


def make_groups(using: str = DEFAULT_DB_ALIAS, **_signal: Any) -> None:
    """After the tables: those of these names that are not there yet. What somebody gave them since is left alone."""
    # Ours is heard before Django's own, which makes the permissions: the groups of a new site would be without any.
    create_permissions(apps.get_app_config("interviews"), verbosity=0, using=using)
    ours = Permission.objects.using(using).filter(content_type__app_label="interviews")
    may_be_seen = ours.exclude(content_type__model__in=CONFIDENTIAL)
    looking = may_be_seen.filter(codename__startswith="view_")
    operating = looking.exclude(content_type__model=AUDIT_LOG) | may_be_seen.filter(codename="change_job")
    for name, given in ((AUDITORS, looking), (OPERATORS, operating)):
        group, is_new = Group.objects.using(using).get_or_create(name=name)
        if is_new:
            group.permissions.set(given)


def connect(post_migrate: Any) -> None:
    post_migrate.connect(make_groups, sender=apps.get_app_config("interviews"), dispatch_uid="interviews.operators")


@dataclass(frozen=True, slots=True)
class Offer:
    press: Press
    is_yours: bool


@dataclass(frozen=True, slots=True)
class Told:
    """One cause, as it is told to somebody."""

    cause: Cause
    offers: list[Offer]


@dataclass(frozen=True, slots=True)
class WhyView:
    """The first of `told` is why; the others hold it up too, or would. `digest`: of all of it."""

    told: list[Told]
    journeys: list[Journey]
    digest: str


def why(user: User, interview: Interview, *, technical: bool) -> WhyView:
    """`technical`: with workers, replies and what they cost. Who does not run this site is told in plain words."""
    rows = rows_of(interview, queue_answers)
    found = causes(rows, revealed=access.seen_by(user, interview).levels)
    if not may_look(user):
        found = [cause.in_plain_words() for cause in found]
    acts = {press.act for cause in found for press in cause.presses}
    allowed = {act for act in acts if may_press(user, interview, act)}
    told = [Told(cause, [Offer(it, it.act in allowed) for it in cause.presses]) for cause in found]
    way = journeys(rows)
    return WhyView(told, way if technical else without_technical(way), digest(rows))


def mend(user: User, interview: Interview, key: str) -> str:
    """Presses what is offered to this person at this moment. The token of a link to pass on, or "". Raises Refused."""
    rows = rows_of(interview, queue_answers)
    found = causes(rows, revealed=access.seen_by(user, interview).levels)
    pressed = _offered(found, key)
    if not may_press(user, interview, pressed.act):
        raise NotAllowed(pressed.whose)
    return press(interview, pressed, user)


def _offered(found: Iterable[Cause], key: str) -> Press:
    for cause in found:
        for it in cause.presses:
            if it.key == key:
                return it
    raise ChangedMeanwhile
