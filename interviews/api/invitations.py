"""Inviting to a position, and what is done with an invitation afterwards."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Router
from ninja.responses import Status

from interviews import access, lists
from interviews.actions import deadlines
from interviews.actions import invitations as acts
from interviews.actions.refusals import NotAllowed, WrongState
from interviews.api.bearer import Bearer, asker
from interviews.api.fields import Number
from interviews.api.interviews import shown
from interviews.api.once import Done, Key, nothing_made, once
from interviews.api.problems import Problem
from interviews.api.shapes import (
    InterviewOut,
    InvitationsIn,
    InvitationsOut,
    InvitedOut,
    KnownOut,
    MoreTime,
    PersonIn,
)
from interviews.models import Interview, Position, Scope
from interviews.processing.links import link_path
from interviews.queries.invitations import standing_of

router = Router(tags=["invitations"])
writing = Bearer(Scope.INVITATIONS_WRITE)


@router.post(
    "/positions/{position_id}/invitations",
    auth=writing,
    response={201: InvitationsOut},
    url_name="api-invite",
)
def invite_people(
    request: HttpRequest, position_id: Number, body: InvitationsIn, key: Key = None
) -> Status[InvitationsOut]:
    """One person or many. Who has an invitation that stands is left as they are; so the same list invites once."""
    user = asker(request)
    position = get_object_or_404(access.visible_positions(user), pk=position_id)
    if not access.coordinated_positions(user).filter(pk=position_id).exists():
        raise NotAllowed(_("Only recruiters of this position may do that."))
    _must_be_people(body.people)
    by_mail = body.by_mail and settings.SENDS_MAIL
    days_end = timezone.now() + timedelta(days=body.days or position.invitation_days)
    terms = acts.Terms(days_end, by_mail=by_mail, reminds=body.reminds and settings.SENDS_MAIL)
    people = [acts.Person(it.name, it.email, it.external_id, it.applicant_external_id) for it in body.people]
    tokens: dict[str, str] = {}

    def act() -> list[str]:
        tokens.update((str(it.pk), token) for it, token in acts.invite_people(position, people, terms, user))
        return list(tokens)

    done = once(request, key, act)
    made = Interview.objects.filter(pk__in=done.made).select_related("applicant").order_by("created_at", "pk")
    if done.is_repeat and not by_mail:
        tokens = _new_links(made, user)
    invited = [InvitedOut(**_named(it), link=_link(request, it, tokens.get(str(it.pk), ""))) for it in made]
    return Status(201, InvitationsOut(invited=invited, already_invited=_known(position, body.people, done)))


@router.post("/invitations/{interview_id}/remind", auth=writing, response=InterviewOut, url_name="api-remind")
def remind(request: HttpRequest, interview_id: UUID, key: Key = None) -> InterviewOut:
    """By mail, with a link of its own."""
    user, interview = asker(request), _run_by(asker(request), interview_id)
    if not settings.SENDS_MAIL:
        raise WrongState(_("This site is not set up to send mail."))
    once(request, key, nothing_made(lambda: deadlines.remind(interview, actor=user)))
    return shown(request, interview.pk)


@router.post("/invitations/{interview_id}/extend", auth=writing, response=InterviewOut, url_name="api-extend")
def extend(request: HttpRequest, interview_id: UUID, body: MoreTime, key: Key = None) -> InterviewOut:
    """More time; the applicant is told by mail."""
    user, interview = asker(request), _run_by(asker(request), interview_id)
    once(request, key, nothing_made(lambda: deadlines.extend(interview, body.days, actor=user)))
    return shown(request, interview.pk)


@router.post("/invitations/{interview_id}/withdraw", auth=writing, response=InterviewOut, url_name="api-withdraw")
def withdraw(request: HttpRequest, interview_id: UUID, key: Key = None) -> InterviewOut:
    """Its links end. What was recorded stays; once it is submitted there is nothing to withdraw. Twice is once."""
    user, interview = asker(request), _run_by(asker(request), interview_id)
    once(request, key, nothing_made(lambda: acts.revoke(interview, actor=user)))
    return shown(request, interview.pk)


def _run_by(user: User, interview_id: UUID) -> Interview:
    interview = access.visible_interviews(user).filter(pk=interview_id).first()
    if interview is None:
        raise Http404
    if not access.coordinates(user, interview):
        raise NotAllowed(_("Only recruiters of this position may do that."))
    return interview


def _must_be_people(people: list[PersonIn]) -> None:
    """By the rules of a list on the page; nobody is invited where somebody cannot be."""
    lines = [lists.Line(number, it.name, it.email) for number, it in enumerate(people)]
    wrong = [line for line in lists.checked(lines, {}) if line.problem]
    errors = [{"field": f"people.{line.number}", "detail": line.problem} for line in wrong]
    twice = _twice([it.external_id for it in people if it.external_id])
    errors += [
        {"field": f"people.{number}.external_id", "detail": _("Two people of this list have this external id.")}
        for number, it in enumerate(people)
        if it.external_id in twice
    ]
    if errors:
        raise Problem(422, "not_understood", _("Nobody was invited: part of the list cannot be used."), errors=errors)


def _twice(texts: list[str]) -> set[str]:
    return {text for text in texts if texts.count(text) > 1}


def _known(position: Position, people: list[PersonIn], done: Done) -> list[KnownOut]:
    made = set(done.made)
    found = standing_of(position, {it.email for it in people})
    return [KnownOut(**_named(it)) for it in found if str(it.pk) not in made]


def _new_links(made: Iterable[Interview], actor: User) -> dict[str, str]:
    """Tokens are not kept: whoever lost the first answer gets links of their own, where links are good."""
    now = timezone.now()
    good = (it for it in made if it.revoked_at is None and not it.is_submitted and it.deadline > now)
    return {str(it.pk): acts.new_link(it, actor=actor) for it in good}


def _link(request: HttpRequest, interview: Interview, token: str) -> str | None:
    return request.build_absolute_uri(link_path(interview, token)) if token else None


def _named(interview: Interview) -> dict[str, Any]:
    email, external_id = interview.applicant.email, interview.external_id
    return {"interview": interview.pk, "email": email, "external_id": external_id}
