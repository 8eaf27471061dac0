"""What was noted of an interview: one's own notes, or, where other people's are revealed, everybody's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F

from interviews.models import Answer, Interview, Note, Question
from interviews.queries.answered import Answered


@dataclass(frozen=True, slots=True)
class NoteView:
    """`is_earlier`: of a recording that was replaced, so that there is no such second to go to."""

    id: UUID
    by: str
    by_id: int
    second: int | None
    text: str
    version: int
    at: datetime
    changed_at: datetime | None
    is_earlier: bool


@dataclass(frozen=True, slots=True)
class NotesView:
    """Of one question; `id` as in AnswerView. In the order of the recording, what is of no second last."""

    id: str
    notes: list[NoteView]


def notes(interview_id: UUID, *, only_by: int | None) -> list[NotesView]:
    """Of every question, by everybody or by one account alone."""
    current = dict(Answer.objects.filter(interview=interview_id).values_list("question", "take"))
    of_set = Question.objects.filter(question_set__interviews=interview_id)
    asked = list(of_set.order_by("number").values_list("pk", "number"))
    return _notes(interview_id, only_by, asked, current)


def notes_of(interview: Interview, said: Answered, *, only_by: int | None) -> list[NotesView]:
    """The same, of an interview that was read."""
    asked = [(question.pk, question.number) for question in said.questions[interview.question_set_id]]
    current = {question: answer.take_id for (of, question), answer in said.given.items() if of == interview.pk}
    return _notes(interview.pk, only_by, asked, current)


def _notes(
    interview_id: UUID, only_by: int | None, asked: Iterable[tuple[int, int]], current: Mapping[int, UUID]
) -> list[NotesView]:
    """`asked`: the questions with their numbers; `current`: the take that counts, by question."""
    found = Note.objects.filter(interview=interview_id, deleted_at=None).select_related("by", "take")
    if only_by is not None:
        found = found.filter(by=only_by)
    by_question: dict[int, list[NoteView]] = {}
    for note in found.order_by(F("second").asc(nulls_last=True), "at", "pk"):
        question_id = note.take.question_id
        if question_id is not None:
            by_question.setdefault(question_id, []).append(_view(note, current.get(question_id)))
    return [NotesView(f"{interview_id}-{number}", by_question.get(pk, [])) for pk, number in asked]


def _view(note: Note, counts: UUID | None) -> NoteView:
    return NoteView(
        note.pk,
        note.by.get_username(),
        note.by_id,
        note.second,
        note.text,
        note.version,
        note.at,
        note.changed_at,
        note.take_id != counts,
    )
