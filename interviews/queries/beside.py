"""Applicants of one position beside each other: what they answered, what is revealed of it, and who may be chosen.

`anonymous`: their names are hidden, and with them their pictures, their addresses, when they came, and their ids.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from interviews.models import Interview, Position, Question, Rendition
from interviews.queries import ratings, reviews, stages
from interviews.queries.aliases import Alias, aliases
from interviews.queries.ratings import SideBySideView, ToRateView
from interviews.queries.reveals import Sight, done_by, sight
from interviews.queries.reviews import AnswerView, ReviewView


@dataclass(frozen=True, slots=True)
class ChoiceView:
    """One applicant who may be chosen. `key` stands in addresses: the interview's id or, where hidden, another."""

    interview: UUID
    key: UUID
    alias: UUID
    name: str
    is_reviewed: bool


@dataclass(frozen=True, slots=True)
class CellView:
    """What one applicant answered to one question. `own`: the reader's ratings, where others' are not revealed yet.

    `sound_url` where the picture is hidden; "" while there is no file that holds the sound alone.
    """

    answer: AnswerView
    own: list[ToRateView]
    compared: SideBySideView | None
    sound_url: str


@dataclass(frozen=True, slots=True)
class ColumnView:
    """One applicant. `cells` by the number of the question."""

    key: UUID
    name: str
    review: ReviewView
    cells: dict[int, CellView]
    sight: Sight


@dataclass(frozen=True, slots=True)
class QuestionView:
    """What the applicants were asked under one number: each wording once, that of the newest question set first."""

    number: int
    texts: list[str]


def handed_in(position: Position) -> QuerySet[Interview]:
    return Interview.objects.filter(
        question_set__position=position,
        state__in=[Interview.State.SUBMITTED, Interview.State.SCORED],
        withdrawn_at=None,
    ).order_by("applicant__name", "pk")


def choices(position: Position, reader: User, *, anonymous: bool) -> list[ChoiceView]:
    """By name or, where these are hidden, in an order that is the reader's own."""
    found = list(handed_in(position).select_related("applicant"))
    hidden = aliases(position, [interview.pk for interview in found], reader)
    reviewed = set(done_by(reader).filter(interview__in=found).values_list("interview", flat=True))
    made = [_choice(interview, hidden[interview.pk], anonymous, interview.pk in reviewed) for interview in found]
    return sorted(made, key=lambda choice: choice.alias) if anonymous else made


def _choice(interview: Interview, alias: Alias, anonymous: bool, is_reviewed: bool) -> ChoiceView:
    if not anonymous:
        return ChoiceView(interview.pk, interview.pk, alias.key, interview.applicant.name, is_reviewed)
    name = _("Applicant %(letters)s") % {"letters": alias.letters}
    return ChoiceView(interview.pk, alias.key, alias.key, name, is_reviewed)


def columns(
    position: Position, chosen: Sequence[ChoiceView], reader: User, *, anonymous: bool, question: int | None = None
) -> list[ColumnView]:
    """In as many queries for many as for two. Of one `question`, or of all."""
    found = {it.pk: it for it in stages.with_counts_of([choice.interview for choice in chosen])}
    interviews = [found[choice.interview] for choice in chosen if choice.interview in found]
    sights = {choice.interview: sight(position.rate_first, choice.is_reviewed) for choice in chosen}
    revealed = {pk for pk, it in sights.items() if it.levels}
    read = reviews.read(interviews, revealed)
    said = reviews.of_each(interviews, read, revealed)
    rated = ratings.rated_of(interviews, read, ratings.reviews_of(interviews), reader)
    heard = set(with_sound(Rendition.objects.filter(take__answer__interview__in=found)).values_list("take", flat=True))
    by_key = {choice.interview: choice for choice in chosen}
    made = []
    for interview, view in zip(interviews, said, strict=True):
        choice = by_key[interview.pk]
        beside = {it.number: it for it in rated[interview.pk].compared}
        cells = {
            answer.number: CellView(
                answer,
                [] if sights[interview.pk].ratings else rated[interview.pk].own.to_rate.get(answer.number, []),
                beside.get(answer.number),
                "",
            )
            for answer in view.answers
            if question in (None, answer.number)
        }
        if anonymous:
            cells = {number: _hidden(cell, position, choice.key, heard) for number, cell in cells.items()}
        made.append(ColumnView(choice.key, choice.name, view, cells, sights[interview.pk]))
    return made


def with_sound(renditions: QuerySet[Rendition]) -> QuerySet[Rendition]:
    return renditions.exclude(sound_sha256="")


def _hidden(cell: CellView, position: Position, key: UUID, heard: Collection[UUID]) -> CellView:
    """Without picture and addresses, and by the key instead of the interview's id."""
    answer = cell.answer
    hidden_id = f"{key}-{answer.number}"
    can_be_heard = answer.player is not None and answer.take_id in heard
    return CellView(
        answer=replace(answer, id=hidden_id, player=None),
        own=cell.own,
        compared=replace(cell.compared, id=hidden_id) if cell.compared else None,
        sound_url=reverse("compare-sound", args=[position.pk, key, answer.number]) if can_be_heard else "",
    )


def questions(position: Position) -> list[QuestionView]:
    """Of the question sets of all who handed in."""
    texts: dict[int, list[str]] = {}
    for number, text in (
        Question.objects.filter(question_set__in=handed_in(position).order_by().values("question_set"))
        .order_by("number", "-question_set__version")
        .values_list("number", "text")
    ):
        said = texts.setdefault(number, [])
        if text not in said:
            said.append(text)
    return [QuestionView(number, said) for number, said in texts.items()]
