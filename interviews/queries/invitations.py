"""What recruiters see of invitations: whom, how far, until when, and what became of the mail."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from interviews.events import CONFIDENTIAL
from interviews.models import Event, Interview, Job, Message, Position, PublicLink
from interviews.queries import stages
from interviews.queries.reasons import told

if TYPE_CHECKING:
    from interviews.queries.facts import Counted

INVITED = ("open", "submitted", "undelivered")


@dataclass(frozen=True, slots=True)
class MailView:
    """`state` is a slug; `at` when it was sent, or given up."""

    kind: str
    state: str
    words: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class InvitationView:
    id: UUID
    name: str
    email: str
    stage: str
    stage_words: str
    door: str  # whether the applicant may go on: "open", "over", "submitted", "revoked" or "withdrawn"
    deadline: datetime
    remind_at: datetime | None
    mails: list[MailView]
    url: str

    @property
    def is_over(self) -> bool:
        return self.door == "over"

    @property
    def mail(self) -> MailView | None:
        return self.mails[0] if self.mails else None


@dataclass(frozen=True, slots=True)
class EventView:
    """`actor` is "" where nobody of the site did it."""

    words: str
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PositionView:
    id: int
    title: str
    can_invite: bool
    invited: int
    submitted: int
    undelivered: int


@dataclass(frozen=True, slots=True)
class PublicLinkView:
    """`came`: how often somebody gave a name and an address there."""

    id: UUID
    label: str
    made_by: str
    made_at: datetime
    revoked_by: str
    revoked_at: datetime | None
    came: int


def those(interviews: QuerySet[Interview], of: str) -> QuerySet[Interview]:
    """Of these, those of one of `INVITED`; all, where it is ""."""
    if of == "open":
        return interviews.filter(submitted_at=None, revoked_at=None)
    if of == "submitted":
        return interviews.filter(submitted_at__isnull=False)
    if of == "undelivered":
        return interviews.filter(pk__in=Message.objects.filter(state=Message.State.FAILED).values("interview"))
    return interviews


def rows_of(interviews: Sequence[UUID]) -> list[InvitationView]:
    """Of these, in their order: one page of a list."""
    jobs = Prefetch("jobs", Job.objects.filter(state__in=Job.OPEN), to_attr="open_jobs")
    messages = Prefetch("messages", Message.objects.order_by("-created_at").prefetch_related(jobs), to_attr="mails")
    found = {it.pk: it for it in stages.with_counts_of(interviews).prefetch_related(messages)}
    return [_row(found[pk]) for pk in interviews if pk in found]


def of(interview_id: UUID) -> InvitationView:
    return rows_of([interview_id])[0]


def history(interview_id: UUID) -> list[EventView]:
    """Newest first; without what is confidential between the applicant and who arranges other conditions."""
    events = Event.objects.filter(interview=interview_id).exclude(kind__in=CONFIDENTIAL).order_by("-number")
    return [
        EventView(event.get_kind_display(), event.actor.get_username() if event.actor else "", event.at)
        for event in events.select_related("actor")
    ]


def _row(interview: Counted) -> InvitationView:
    at = stages.stage(interview)
    return InvitationView(
        id=interview.pk,
        name=interview.applicant.name,
        email=interview.applicant.email,
        stage=at.slug,
        stage_words=at.words,
        deadline=interview.deadline,
        door=_door(interview),
        remind_at=interview.remind_at,
        mails=[_mail(message) for message in interview.mails],  # type: ignore[attr-defined] # prefetched
        url=reverse("invitation", args=[interview.question_set.position_id, interview.pk]),
    )


def _door(interview: Interview) -> str:
    if interview.withdrawn_at is not None:
        return "withdrawn"
    if interview.is_submitted:
        return "submitted"
    if interview.revoked_at is not None:
        return "revoked"
    return "over" if interview.deadline < timezone.now() else "open"


def _mail(message: Message) -> MailView:
    state, words = str(message.state), message.get_state_display()
    job: Job | None = next(iter(message.open_jobs), None)  # type: ignore[attr-defined] # prefetched
    if job is not None and job.state == Job.State.PARKED:
        state, words = "failed", _("Waits for an administrator: %(problem)s") % {"problem": told(job.problem)}
    elif job is not None and job.problem:
        words = _("Trying again: %(problem)s") % {"problem": told(job.problem)}
    elif message.problem:
        words = f"{words}: {told(message.problem)}"
    elif state == Message.State.SENT and settings.EMAIL_FILE_PATH:
        words = _("Written into a file; it reaches nobody")
    return MailView(message.get_kind_display(), state, words, message.ended_at)


def positions(coordinated: QuerySet[Position]) -> list[PositionView]:
    interviews = "question_sets__interviews"
    counted = coordinated.annotate(
        published=Count("question_sets", filter=Q(question_sets__published_at__isnull=False), distinct=True),
        invited=Count(interviews, distinct=True),
        submitted=Count(interviews, filter=Q(**{f"{interviews}__submitted_at__isnull": False}), distinct=True),
        undelivered=Count(
            interviews, filter=Q(**{f"{interviews}__messages__state": Message.State.FAILED}), distinct=True
        ),
    )
    return [
        PositionView(
            it.pk,
            it.title,
            bool(it.published) and it.state == Position.State.OPEN,
            it.invited,
            it.submitted,
            it.undelivered,
        )
        for it in counted
    ]


def already_invited(position: Position) -> dict[str, str]:
    """By address in small letters: what to say of those whose invitation to this position stands."""
    standing = Interview.objects.filter(question_set__position=position, revoked_at__isnull=True)
    return {
        interview.applicant.email.lower(): _("Invited already on %(date)s (%(state)s).")
        % {"date": date_format(interview.created_at, _("j F Y")), "state": interview.get_state_display().lower()}
        for interview in standing.select_related("applicant").order_by("created_at")
    }


def standing_of(position: Position, emails: Collection[str]) -> list[Interview]:
    """The invitations of people with these addresses that stand, oldest first."""
    wanted = {email.lower() for email in emails}
    standing = Interview.objects.filter(question_set__position=position, revoked_at=None).order_by("created_at", "pk")
    found = standing.annotate(address=Lower("applicant__email")).filter(address__in=wanted)
    return list(found.select_related("applicant"))


def who_have_another(interviews: Collection[UUID]) -> set[UUID]:
    """Those of these whose address has another invitation to the same position that nobody has withdrawn."""
    of = Interview.objects.alias(address=Lower("applicant__email"))
    others = of.filter(
        question_set__position=OuterRef("question_set__position"),
        address=OuterRef("address"),
        revoked_at=None,
        withdrawn_at=None,
    ).exclude(pk=OuterRef("pk"))
    return set(of.filter(Exists(others), pk__in=interviews).values_list("pk", flat=True))


def newest_standing(position: Position, email: str) -> Interview | None:
    """The invitation that somebody of this address can go on with."""
    return (
        Interview.objects.filter(question_set__position=position, applicant__email__iexact=email)
        .filter(revoked_at=None, withdrawn_at=None)
        .order_by("-created_at")
        .first()
    )


def public_links(position: Position) -> list[PublicLinkView]:
    found = PublicLink.objects.filter(position=position).select_related("made_by", "revoked_by")
    counted = found.annotate(came=Count("arrivals"))
    return [
        PublicLinkView(it.pk, it.label, _name(it.made_by), it.made_at, _name(it.revoked_by), it.revoked_at, it.came)
        for it in counted
    ]


def _name(user: User | None) -> str:
    return user.get_username() if user else ""
