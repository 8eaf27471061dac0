"""Which questions are asked for again, for the applicant and for recruiters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from interviews.models import Interview, Question, Redo
from interviews.models.redos import open_alone
from interviews.queries.receipts import EarlierView, earlier


@dataclass(frozen=True, slots=True)
class RedoView:
    """`asked_by` is "" where that account is gone; `is_alone`: nothing else can be changed."""

    question_id: int
    number: int
    question: str
    reason: str
    is_alone: bool
    asked_by: str
    asked_at: datetime
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class AgainView:
    """What became of an interview that was submitted before, or of an answer that is wanted again.

    `is_open`: it was reopened, and not submitted since; `is_limited`: to the questions `asked`.
    """

    interview_id: UUID
    is_open: bool
    is_limited: bool
    asked: list[RedoView]
    receipts: list[EarlierView]
    words: str


@dataclass(frozen=True, slots=True)
class GivingBackView:
    """What can be given back now: `questions` to be answered again, all of it where it `reopens`. `by_link`: the site
    sends no mail. `days`: how many the applicant has unless somebody says otherwise."""

    questions: list[Question]
    reopens: bool
    by_link: bool
    days: int

    @property
    def offers(self) -> str:
        """The same for the same offer: what somebody has begun to fill in stays where it is."""
        return " ".join([*(str(it.pk) for it in self.questions), *(["all"] if self.reopens else [])])


def giving_back(interview: Interview) -> GivingBackView:
    is_theirs = not kept_from(interview)
    return GivingBackView(
        questions=list(to_ask_again(interview)) if is_theirs else [],
        reopens=is_theirs and was_handed_in(interview),
        by_link=not settings.SENDS_MAIL,
        days=interview.position.invitation_days,
    )


def kept_from(interview: Interview) -> str:
    """Why nothing of it can be given back to its applicant; "" where it can."""
    if interview.withdrawn_at is not None:
        return _("The applicant withdrew.")
    if interview.media_erased_at is not None:
        return _("Its recordings were deleted, since their time was over. Invite the person anew.")
    if interview.revoked_at is not None:
        return _("The invitation was withdrawn: send it again to give it back.")
    return ""


def was_handed_in(interview: Interview) -> bool:
    """And not all of it is open again."""
    return interview.is_submitted or bool(open_alone(interview))


def to_ask_again(interview: Interview) -> QuerySet[Question]:
    """Those with an answer, and before the submit without those that are asked for again already."""
    answered = Question.objects.filter(answers__interview=interview).order_by("number")
    if interview.is_submitted:
        return answered
    return answered.exclude(pk__in=Redo.objects.filter(interview=interview, done_at=None).values("question"))


def again(interview: Interview) -> AgainView:
    receipts = earlier(interview)
    wanted = [] if interview.is_submitted else asked(interview)
    is_open = bool(receipts) and not interview.is_submitted
    words = [_("Your interview is open again.")] if is_open else []
    words += [_("Please answer question %(number)s again.") % {"number": redo.number} for redo in wanted]
    return AgainView(
        interview_id=interview.pk,
        is_open=is_open,
        is_limited=is_open and bool(open_alone(interview)),
        asked=wanted,
        receipts=receipts,
        words=" ".join(words),
    )


def asked(interview: Interview) -> list[RedoView]:
    """What the applicant is to answer again now, by number."""
    mine = Redo.objects.filter(interview=interview, done_at=None)
    if Redo.objects.filter(interview=interview, alone=True).exists():
        mine = mine.filter(alone=True)
    return _views(mine.order_by("question__number"))


def every(interview_id: UUID) -> list[RedoView]:
    """The newest first."""
    return _views(Redo.objects.filter(interview=interview_id))


def _views(redos: QuerySet[Redo]) -> list[RedoView]:
    return [
        RedoView(
            question_id=redo.question_id,
            number=redo.question.number,
            question=redo.question.text,
            reason=redo.reason,
            is_alone=redo.alone,
            asked_by=redo.asked_by.get_username() if redo.asked_by else "",
            asked_at=redo.asked_at,
            done_at=redo.done_at,
        )
        for redo in redos.select_related("question", "asked_by")
    ]
