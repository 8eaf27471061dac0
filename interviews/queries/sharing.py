"""An interview that is shown to somebody from outside: what they see of it, and what the team sees of them.

They see what was asked and said, and suggested levels only where that was meant and whoever shared it may see them
too; nothing of what people rated, decided or wrote, and no address of the applicant.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone

from interviews.models import Interview, ShareComment, ShareLink, ShareVisit
from interviews.queries import reviews
from interviews.queries.reveals import sight, sight_of
from interviews.queries.reviews import CriterionView
from interviews.queries.spoken import TranscriptView

MOMENT = re.compile(r"\[(\d{1,3}):([0-5]\d)\]")


@dataclass(frozen=True, slots=True)
class SharedAnswerView:
    """`id` as in AnswerView; `key`: the player stays while it is the same. `url` is "" where there is nothing to play.

    `criteria` are empty where no levels are shown.
    """

    id: str
    number: int
    question: str
    is_written: bool
    key: str
    url: str
    poster_url: str
    has_picture: bool
    transcript: TranscriptView | None
    criteria: list[CriterionView]


@dataclass(frozen=True, slots=True)
class OwnCommentView:
    text: str
    version: int


@dataclass(frozen=True, slots=True)
class VisitView:
    """`question`: the number of the answer that was played, else None."""

    words: str
    question: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class ShareView:
    """One link, as the team sees it. `state` is open, expired or ended; `visits`, newest first."""

    id: UUID
    name: str
    email: str
    shows_levels: bool
    made_by: str
    made_at: datetime
    expires_at: datetime
    state: str
    ended_by: str
    ended_at: datetime | None
    visits: list[VisitView]


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a comment; `second` where it names a moment of the recording."""

    text: str
    second: int | None


@dataclass(frozen=True, slots=True)
class CommentView:
    """`is_of_another_take`: the recording that was commented on has been replaced."""

    name: str
    number: int
    question: str
    parts: list[Part]
    at: datetime
    is_of_another_take: bool


def shows_levels(link: ShareLink) -> bool:
    """Today: a position whose people rate first shows them to nobody before, and to nobody's guests."""
    if not link.shows_levels:
        return False
    if link.made_by is None:
        return sight(link.interview.position.rate_first, has_reviewed=False).levels
    return sight_of(link.interview, link.made_by).levels


def answers(link: ShareLink) -> list[SharedAnswerView]:
    return [_answer(link, answer) for answer in reviews.answers(link.interview, revealed=shows_levels(link))]


def own_comments(link: ShareLink) -> dict[int, OwnCommentView]:
    """By the number of the question."""
    held = ShareComment.objects.filter(link=link).select_related("answer__question")
    return {it.answer.question.number: OwnCommentView(it.text, it.version) for it in held}


def of(interview: Interview) -> list[ShareView]:
    """Newest first."""
    links = list(ShareLink.objects.filter(interview=interview).select_related("made_by", "revoked_by"))
    visits: dict[UUID, list[VisitView]] = {}
    seen = ShareVisit.objects.filter(link__interview=interview).select_related("answer__question")
    for visit in seen if links else ():
        number = visit.answer.question.number if visit.answer else None
        visits.setdefault(visit.link_id, []).append(VisitView(visit.get_kind_display(), number, visit.at))
    return [_share(link, visits.get(link.pk, [])) for link in links]


def comments(interview: Interview) -> list[CommentView]:
    """In the order of the questions. For those to whom is revealed what others rated and wrote."""
    held = ShareComment.objects.filter(link__interview=interview).exclude(text="")
    return [
        CommentView(
            name=it.link.name,
            number=it.answer.question.number,
            question=it.answer.question.text,
            parts=parts(it.text),
            at=it.changed_at,
            is_of_another_take=it.take_id != it.answer.take_id,
        )
        for it in held.select_related("link", "answer__question").order_by("answer__question__number", "pk")
    ]


def parts(text: str) -> list[Part]:
    found = []
    end = 0
    for moment in MOMENT.finditer(text):
        found += [Part(text[end : moment.start()], None), Part(moment[0][1:-1], int(moment[1]) * 60 + int(moment[2]))]
        end = moment.end()
    return [part for part in (*found, Part(text[end:], None)) if part.text]


def among(links: Collection[UUID], interviews: Collection[UUID]) -> list[ShareLink]:
    """Those of the links that lead to one of the interviews."""
    found = ShareLink.objects.filter(pk__in=links, interview__in=interviews)
    return list(found.select_related("interview__question_set__position", "made_by"))


def _answer(link: ShareLink, answer: reviews.AnswerView) -> SharedAnswerView:
    player = answer.player
    names = [link.pk, answer.number]
    return SharedAnswerView(
        id=answer.id,
        number=answer.number,
        question=answer.question,
        is_written=answer.is_written,
        key=player.key if player else "none",
        url=reverse("shared-media", args=names) if player and player.url else "",
        poster_url=reverse("shared-poster", args=names) if player and player.poster_url else "",
        has_picture=player is not None and player.has_picture,
        transcript=answer.transcript,
        criteria=answer.criteria,
    )


def _share(link: ShareLink, visits: list[VisitView]) -> ShareView:
    state = "ended" if link.revoked_at else "expired" if link.expires_at <= timezone.now() else "open"
    return ShareView(
        id=link.pk,
        name=link.name,
        email=link.email,
        shows_levels=link.shows_levels,
        made_by=_name(link.made_by),
        made_at=link.made_at,
        expires_at=link.expires_at,
        state=state,
        ended_by=_name(link.revoked_by),
        ended_at=link.revoked_at,
        visits=visits,
    )


def _name(user: User | None) -> str:
    return user.get_username() if user else ""
