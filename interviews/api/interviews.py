"""Interviews, what is suggested of them, and what people decide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any, Literal
from urllib.parse import urlencode
from uuid import UUID

from django.contrib.auth.models import User
from django.http import HttpRequest, QueryDict
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema
from ninja.responses import Status
from pydantic import Field

from interviews import access
from interviews.actions import reviewing
from interviews.actions.exporting import note
from interviews.actions.refusals import NotAllowed
from interviews.api.bearer import Bearer, asker
from interviews.api.fields import Day, ExternalId, Number, Outcome, Text
from interviews.api.once import Key, once
from interviews.api.problems import Problem
from interviews.api.shapes import (
    ApplicantOut,
    DecisionIn,
    DecisionOut,
    DecisionsOut,
    InterviewOut,
    InterviewPage,
    ResultOut,
)
from interviews.exports import interview as exports
from interviews.exports.listing import Asked
from interviews.forms.listing import Looking
from interviews.models import Decision, Export, Interview, Scope
from interviews.queries import listing, stages
from interviews.queries.stages import RowView

NOTED_ONCE_IN = timedelta(hours=1)
"""That a program reads the results of an interview is written down, but not each time that it asks."""
FILE_FORMAT = "api"
router = Router(tags=["interviews"])
reading, results = Bearer(Scope.INTERVIEWS_READ), Bearer(Scope.RESULTS_READ)
decisions, deciding = Bearer(Scope.DECISIONS_READ), Bearer(Scope.DECISIONS_WRITE)


class Filter(Schema):
    """As in the address of the list on the page."""

    q: Annotated[Text, Field(max_length=200, description="Beginnings of words of name, address, external id.")] = ""
    external_id: Annotated[ExternalId, Field(description="Of the interview, the applicant or the position.")] = ""
    position: Number | None = None
    stage: Literal["invited", "recording", "working", "ready", "withdrawn", "revoked"] | None = None
    decision: Literal["none", "advance", "hold", "reject"] | None = None
    since: Annotated[Day | None, Field(description="Invited on this day (UTC) or later.")] = None
    until: Annotated[Day | None, Field(description="Invited on this day (UTC) or before.")] = None
    sort: Literal["arrived", "changed", "name"] = "arrived"
    after: Annotated[Text, Field(max_length=300, description="`next` of the page before, with the same filter.")] = ""


@router.get("", auth=reading, response=InterviewPage, url_name="api-interviews")
def list_interviews(request: HttpRequest, wanted: Query[Filter]) -> InterviewPage:
    """Of positions on whose team the token's owner is, in pages of 50."""
    user = asker(request)
    asked = {name: value for name, value in wanted.dict().items() if value not in (None, "")}
    looking = Looking(QueryDict(urlencode(asked)))
    view = replace(looking.wanted(), hidden=None)
    if wrong := looking.not_understood():
        errors = [{"field": name, "detail": _("This was not understood.")} for name in wrong]
        raise Problem(422, "not_understood", _("Part of this was not understood."), errors=errors)
    page = listing.page(access.visible_interviews(user), user, view, after=looking.place("after"))
    return InterviewPage(items=_shown(request, user, page.ids), next=page.last if page.has_after else None)


@router.get("/{interview_id}", auth=reading, response=InterviewOut, url_name="api-interview")
def get_interview(request: HttpRequest, interview_id: UUID) -> InterviewOut:
    """How far it is, without anything that was suggested."""
    return shown(request, _seen_by(asker(request), interview_id).pk)


@router.get("/{interview_id}/results", auth=results, response=ResultOut, url_name="api-results")
def get_results(request: HttpRequest, interview_id: UUID) -> ResultOut:
    """What was said, and, where it is shown to the token's owner, what was suggested and why. It is written down."""
    user = asker(request)
    interview = _seen_by(user, interview_id)
    _note_once(user, interview)
    told = _told(request, user, interview)
    return ResultOut(
        interview=interview.pk,
        **{name: told[name] for name in ("not_revealed", "score", "score_words", "questions")},
    )


@router.get("/{interview_id}/decisions", auth=decisions, response=DecisionsOut, url_name="api-decisions")
def list_decisions(request: HttpRequest, interview_id: UUID) -> DecisionsOut:
    """Everybody on the team sees the outcome; reasons may tell levels, and are shown where those are."""
    user = asker(request)
    return _decisions(user, _seen_by(user, interview_id))


@router.post("/{interview_id}/decisions", auth=deciding, response={201: DecisionsOut}, url_name="api-decide")
def decide(request: HttpRequest, interview_id: UUID, body: DecisionIn, key: Key = None) -> Status[DecisionsOut]:
    """In the name of the token's owner, who must have done their own review where people rate first."""
    user = asker(request)
    interview = _seen_by(user, interview_id)
    if not access.may_judge(user, interview):
        raise NotAllowed(_("Only recruiters and reviewers of this position may do that."))
    outcome = Decision.Outcome(body.outcome)
    once(request, key, lambda: [str(reviewing.decide(interview, user, outcome, body.reason).pk)])
    return Status(201, _decisions(user, interview))


def shown(request: HttpRequest, interview_id: UUID) -> InterviewOut:
    """One that the token's owner may see."""
    return _shown(request, asker(request), [interview_id])[0]


def _seen_by(user: User, interview_id: UUID) -> Interview:
    return get_object_or_404(access.visible_interviews(user), pk=interview_id)


def _shown(request: HttpRequest, user: User, interviews: Sequence[UUID]) -> list[InterviewOut]:
    found = Interview.objects.filter(pk__in=interviews, question_set__position__in=access.coordinated_positions(user))
    emails = dict(found.order_by().values_list("pk", "applicant__email"))
    site = request.build_absolute_uri("/").rstrip("/")
    # Nothing in it depends on a review: suggestions are a matter of `results`.
    return [_row(row, site, emails.get(row.id)) for row in stages.rows_of(interviews)]


def _row(row: RowView, site: str, email: str | None) -> InterviewOut:
    # A constraint of the table says which there are.
    outcome: Outcome | None = row.decision.outcome if row.decision else None  # type: ignore[assignment]
    return InterviewOut(
        id=row.id,
        external_id=row.external_id,
        position=row.position_id,
        position_external_id=row.position_external_id,
        applicant=ApplicantOut(name=row.applicant, email=email, external_id=row.applicant_external_id),
        stage=row.stage,
        stage_words=row.stage_words,
        invited_at=row.arrived_at,
        submitted_at=row.submitted_at,
        changed_at=row.changed_at,
        deadline=row.deadline,
        decision=outcome,
        no_ai=row.no_ai,
        doubtful=row.doubtful,
        url=site + row.url,
    )


def _told(request: HttpRequest, user: User, interview: Interview) -> dict[str, Any]:
    site = request.build_absolute_uri("/").rstrip("/")
    return exports.facts(Asked(user, get_language() or "en", site, "", timezone.now()), interview)


def _note_once(user: User, interview: Interview) -> None:
    lately = {"interview": interview, "file_format": FILE_FORMAT, "at__gt": timezone.now() - NOTED_ONCE_IN}
    if not Export.objects.filter(by=user, **lately).exists():
        note(user, FILE_FORMAT, interviews=1, interview=interview)


def _decisions(user: User, interview: Interview) -> DecisionsOut:
    is_revealed = access.seen_by(user, interview).levels
    found = interview.decisions.select_related("by")
    return DecisionsOut(
        decisions=[
            DecisionOut(
                outcome=it.outcome,  # type: ignore[arg-type] # a constraint of the table
                by=it.by.get_username(),
                at=it.at,
                reason=it.reason if is_revealed else None,
            )
            for it in found
        ]
    )
