"""Receipts: what is copied into one at the submit, and what is read out of it ever after."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypedDict

from django.db.models import FilteredRelation, Q
from django.template.loader import render_to_string

from interviews.models import Interview, Question, Receipt
from interviews.queries.machines import is_transcribed
from interviews.queries.times import in_words


class AnswerFacts(TypedDict):
    """`words`: of a written answer, else 0. `digests`: SHA-256 in hexadecimal, one for each part of the recording.
    `received_at` in ISO 8601."""

    number: int
    question: str
    words: int
    seconds: float | None
    bytes: int
    digests: list[str]
    received_at: str


class Facts(TypedDict):
    code: str
    name: str
    position: str
    host: str
    contact: str
    zone: str
    reply_by: str
    is_transcribed: bool
    answers: list[AnswerFacts]


@dataclass(frozen=True, slots=True)
class LineView:
    number: int
    question: str
    words: int
    seconds: float | None
    bytes: int
    digests: list[str]
    received_at: datetime
    received_in_words: str

    @property
    def whole_seconds(self) -> int | None:
        """Rounded down, as pages show a length."""
        return None if self.seconds is None else int(self.seconds)


@dataclass(frozen=True, slots=True)
class ReceiptView:
    """`..._in_words`: in the applicant's zone, as far as it was known at the submit."""

    code: str
    name: str
    position: str
    host: str
    contact: str
    submitted_at: datetime
    submitted_in_words: str
    reply_by: datetime
    reply_by_in_words: str
    is_transcribed: bool
    lines: list[LineView]

    @property
    def text(self) -> str:
        return render_to_string("applicant/receipt.txt", {"receipt": self})


@dataclass(frozen=True, slots=True)
class EarlierView:
    number: int
    submitted_at: datetime


def facts(interview: Interview, submitted_at: datetime) -> tuple[Facts, list[int]]:
    """Today's rows, as they are copied, and the numbers of the questions that have no answer.

    Two statements, with values: whoever submits waits for them.
    """
    who = Interview.objects.filter(pk=interview.pk).values_list(
        "applicant__name",
        "question_set__position__title",
        "question_set__position__host",
        "question_set__position__contact",
        "question_set__position__reply_days",
    )
    name, position, host, contact, reply_days = who.get()
    answers, unanswered = _answers(interview)
    told = Facts(
        code=interview.receipt_code,
        name=name,
        position=position,
        host=host,
        contact=contact,
        zone=interview.time_zone,
        reply_by=(submitted_at + timedelta(days=reply_days)).isoformat(),
        is_transcribed=is_transcribed(interview),
        answers=answers,
    )
    return told, unanswered


def newest(interview: Interview) -> ReceiptView:
    return view(Receipt.objects.filter(interview=interview).latest("pk"))


def earlier(interview: Interview) -> list[EarlierView]:
    """All receipts of an interview that is open again; all but the newest, which is shown, of one that is submitted."""
    given = Receipt.objects.filter(interview=interview).order_by("pk").values_list("submitted_at", flat=True)
    found = [EarlierView(number, at) for number, at in enumerate(given, start=1)]
    return found[:-1] if interview.is_submitted else found


def numbered(interview: Interview, number: int) -> ReceiptView | None:
    """`number` counts from 1, the oldest."""
    given = Receipt.objects.filter(interview=interview).order_by("pk")
    found = given[number - 1 : number].first() if number > 0 else None
    return view(found) if found else None


def view(receipt: Receipt) -> ReceiptView:
    """From its own copies alone, so that it says the same for ever."""
    told: Facts = receipt.facts
    zone, reply_by = told["zone"], datetime.fromisoformat(told["reply_by"])
    return ReceiptView(
        code=told["code"],
        name=told["name"],
        position=told["position"],
        host=told["host"],
        contact=told["contact"],
        submitted_at=receipt.submitted_at,
        submitted_in_words=in_words(receipt.submitted_at, zone),
        reply_by=reply_by,
        reply_by_in_words=in_words(reply_by, zone),
        is_transcribed=told["is_transcribed"],
        lines=[_line(answer, zone) for answer in told["answers"]],
    )


def _answers(interview: Interview) -> tuple[list[AnswerFacts], list[int]]:
    rows = (
        Question.objects.filter(question_set=interview.question_set_id)
        .annotate(answer=FilteredRelation("answers", condition=Q(answers__interview=interview.pk)))
        .order_by("number", "answer__take__segments__number")
        .values_list(
            "number",
            "text",
            "answer__created_at",
            "answer__take__finished_at",
            "answer__take__text",
            "answer__take__seconds",
            "answer__take__bytes",
            "answer__take__sha256",
            "answer__take__segments__sha256",
        )
    )
    told: dict[int, AnswerFacts] = {}
    unanswered = []
    for number, question, created_at, finished_at, text, seconds, size, whole, segment in rows:
        if created_at is None:
            unanswered.append(number)
            continue
        answer = told.setdefault(
            number,
            AnswerFacts(
                number=number,
                question=question,
                words=len(text.split()),
                seconds=seconds,
                bytes=size or 0,
                digests=[],
                received_at=(finished_at or created_at).isoformat(),
            ),
        )
        answer["digests"].append(whole if segment is None else segment)
    return list(told.values()), unanswered


def _line(told: AnswerFacts, zone: str) -> LineView:
    received_at = datetime.fromisoformat(told["received_at"])
    return LineView(
        number=told["number"],
        question=told["question"],
        words=told["words"],
        seconds=told["seconds"],
        bytes=told["bytes"],
        digests=told["digests"],
        received_at=received_at,
        received_in_words=in_words(received_at, zone),
    )
