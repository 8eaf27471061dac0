"""What goes in and comes out, as OpenAPI has it. Unknown fields are refused: a typing error is not to be lost."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.conf import settings
from ninja import Schema
from pydantic import ConfigDict, Field

from interviews.api.fields import Days, Email, ExternalId, Filled, Language, Moment, Outcome, State, Text, Whole
from interviews.lists import NAME_LENGTH, PEOPLE_AT_MOST


class Sent(Schema):
    model_config = ConfigDict(extra="forbid", strict=True)


class PositionIn(Sent):
    """A draft; its questions are written and published on its pages."""

    title: Annotated[Filled, Field(max_length=200)]
    host: Annotated[Filled, Field(max_length=200, description="Who asks, as the applicant knows it.")]
    contact: Annotated[Email, Field(description="The address at which applicants find help.")]
    about: Filled
    language: Language = settings.LANGUAGE_CODE
    external_id: ExternalId = ""


class PositionChange(Sent):
    """What is left out stays. When reviewers see suggestions (`rate_first`) is changed by a person, on the page."""

    title: Annotated[Filled, Field(max_length=200)] | None = None
    host: Annotated[Filled, Field(max_length=200)] | None = None
    contact: Email | None = None
    about: Filled | None = None
    language: Language | None = None
    reply_days: Annotated[Whole, Field(ge=0, le=32767)] | None = None
    invitation_days: Days | None = None
    deadline: Moment | None = Field(
        None,
        description="To come, unless it stays. Moves those of interviews that are not submitted. null: none",
    )
    retention_days: Annotated[Whole, Field(ge=1, le=3650)] | None = Field(None, description="null: no rule")
    external_id: ExternalId | None = None


class PositionOut(Schema):
    id: int
    title: str
    host: str
    contact: str
    about: str
    language: Language
    state: State
    reply_days: int
    invitation_days: int
    deadline: datetime | None = Field(
        description="After it nobody is invited, and only who was given more time can begin an answer."
    )
    retention_days: int | None
    rate_first: bool = Field(description="Reviewers rate before they see what is suggested.")
    external_id: str
    created_at: datetime
    may_change: bool = Field(description="The token's owner runs this position.")


class PositionPage(Schema):
    items: list[PositionOut]
    next: int | None = Field(description="Give it as `after` to go on; null: this is all.")


class CriterionOut(Schema):
    id: int
    name: str
    weight: int


class RubricOut(Schema):
    id: int = Field(description="of this version")
    name: str
    version: int
    criteria: list[CriterionOut]


class QuestionOut(Schema):
    id: int
    number: int
    text: str
    think_seconds: int
    answer_seconds: int
    takes: int
    rubric: RubricOut | None


class QuestionSetOut(Schema):
    id: int
    version: int
    published_at: datetime | None = Field(description="null: a draft, which only those see who run the position")
    practice: bool
    questions: list[QuestionOut]


class PersonIn(Sent):
    name: Annotated[Filled, Field(max_length=NAME_LENGTH)]
    email: Email
    external_id: ExternalId = Field("", description="Of this application in your system. Unique on this site.")
    applicant_external_id: ExternalId = Field("", description="Of the person in your system.")


class InvitationsIn(Sent):
    people: Annotated[list[PersonIn], Field(min_length=1, max_length=PEOPLE_AT_MOST)]
    days: Days | None = Field(
        None,
        description="How long the links can be used, at most until the position's deadline. Left out: as it says.",
    )
    by_mail: bool = Field(True, description="false, or a site without mail: the links come in the answer, once.")
    reminds: bool = Field(True, description="One reminder by mail, two days before the deadline.")


class InvitedOut(Schema):
    interview: UUID
    email: str
    external_id: str
    link: str | None = Field(description="To pass on; null where a mail carries it, or it cannot be used any more.")


class KnownOut(Schema):
    """Somebody who has an invitation to this position that stands. Nothing was changed."""

    interview: UUID
    email: str
    external_id: str


class InvitationsOut(Schema):
    invited: list[InvitedOut]
    already_invited: list[KnownOut]


class MoreTime(Sent):
    days: Days = Field(description="Counted from the deadline or from now, whichever is later.")


class ApplicantOut(Schema):
    name: str
    email: str | None = Field(description="null unless the token's owner runs the position")
    external_id: str


class InterviewOut(Schema):
    id: UUID
    external_id: str
    position: int
    position_external_id: str
    applicant: ApplicantOut
    stage: str = Field(description="A word for programs; new ones may come.")
    stage_words: str
    invited_at: datetime
    submitted_at: datetime | None
    changed_at: datetime
    deadline: datetime
    decision: Outcome | None = Field(description="The outcome that counts today.")
    no_ai: bool = Field(description="No machine may read it.")
    doubtful: bool = Field(description="The transcript, and so a score, is not to be trusted.")
    url: str


class InterviewPage(Schema):
    items: list[InterviewOut]
    next: str | None = Field(description="Give it as `after` to go on; null: this is all.")


class ScoreOut(Schema):
    value: float | None = Field(description="A suggestion from a machine; null: `not_scored` says why.")
    of: int
    levels: int
    criteria: int
    label: str
    not_scored: str
    doubtful: bool


class ResultOut(Schema):
    """As in the file of one interview; docs/exports.md has the parts of `questions`."""

    interview: UUID
    not_revealed: list[str] = Field(
        description="What the token's owner may not see before their own review is done: `levels`, `ratings`."
    )
    score: ScoreOut | None = Field(description="null where levels are not revealed")
    score_words: str
    questions: list[dict[str, Any]]


class DecisionIn(Sent):
    outcome: Outcome
    reason: Annotated[Filled, Field(max_length=5000)]


class DecisionOut(Schema):
    outcome: Outcome
    by: str
    at: datetime
    reason: str | None = Field(description="null where it is not revealed to the token's owner")


class DecisionsOut(Schema):
    """Newest first; the first counts."""

    decisions: list[DecisionOut]


class GroupOut(Schema):
    undecided: list[UUID]
    held: list[UUID]
    unfinished: list[UUID]
    seen: str = Field(description="Stands for exactly these people in these groups.")


class OutcomeIn(Sent):
    outcome: Literal["advance", "reject"]
    reason: Annotated[Filled, Field(max_length=5000)]
    tells: bool = Field(True, description="Those who are rejected, by mail.")


class RestIn(Sent):
    ends: bool = Field(description="Their invitations end; false: they may finish.")
    tells: bool = True


class ClosingIn(Sent):
    """A group in which nobody is needs nothing; each other one needs an outcome."""

    seen: Annotated[Text, Field(min_length=1, max_length=64)]
    undecided: OutcomeIn | None = None
    held: OutcomeIn | None = None
    unfinished: RestIn | None = None


class ProblemOut(Schema):
    """RFC 9457. `errors`: of each part that is wrong."""

    type: str
    title: str
    status: int
    code: str = Field(description="A stable word for programs.")
    detail: str = Field(description="For people, in the language of Accept-Language.")
    errors: list[dict[str, str]] = []
