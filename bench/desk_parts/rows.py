"""Fills the desk.

    python -m tests.with_django bench.desk_parts.rows INTERVIEWS

makes so many, of 30 positions and over two years, in the stages that a site has after them, and prints as JSON whose
session reads them and what is asked of the pages.
"""

from __future__ import annotations

import itertools
import json
import random
import sys
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import connection, models
from django.utils import timezone

from bench.bare.rows import WORDS, signed_in
from interviews.events import Event, Head, Kind
from interviews.models import (
    Answer,
    Applicant,
    ApplicantWord,
    Assessment,
    AssessmentRun,
    Criterion,
    Decision,
    Interview,
    Job,
    Position,
    Question,
    QuestionSet,
    Result,
    Review,
    Take,
    Transcript,
)
from interviews.models.interviews import sort_name
from interviews.models.searching import words_of
from interviews.queries.machines import AI_CONSENT_VERSION
from tests.people import make_position, make_question_set

POSITIONS = 30
DAYS = 730
ASKED = 40
"""Different addresses of each kind of page."""
SYLLABLES = [
    "al",
    "be",
    "cor",
    "da",
    "el",
    "fin",
    "gra",
    "hol",
    "ira",
    "jo",
    "ka",
    "lun",
    "mar",
    "no",
    "ost",
    "pe",
    "ri",
    "sol",
]
SHARES = [(0.30, "invited"), (0.10, "started"), (0.02, "submitted"), (0.58, "scored")]


def fill(count: int) -> dict[str, Any]:
    rng = random.Random(50_000)
    ada = User.objects.create(username="ada", password="!")
    sets = [make_question_set(make_position(f"Position {n + 1:02}", ada), 3) for n in range(POSITIONS)]
    Position.objects.filter(pk__in=[it.position_id for it in sets[::2]]).update(rate_first=False)
    applicants = _applicants(count, rng)
    interviews = _interviews(applicants, sets, rng)
    _handed_in([it for it in interviews if it.is_submitted], ada, rng)
    _events(interviews)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return {"session": signed_in(ada), "asked": _asked(interviews, sets, rng)}


def _name(rng: random.Random, syllables: int) -> str:
    return "".join(rng.choices(SYLLABLES, k=syllables)).capitalize()


def _applicants(count: int, rng: random.Random) -> list[Applicant]:
    made = []
    for number in range(count):
        name = f"{_name(rng, 2)} {_name(rng, 3)}"
        email = f"{name.replace(' ', '.').lower()}.{number}@example.com"
        made.append(Applicant(name=name, email=email, sort_name=sort_name(name)))
    _bulk(made)
    _bulk(ApplicantWord(applicant=it, word=word) for it in made for word in words_of(it.name, it.email))
    return made


def _interviews(applicants: list[Applicant], sets: list[QuestionSet], rng: random.Random) -> list[Interview]:
    Interview._meta.get_field("created_at").auto_now_add = False  # they came over two years
    now = timezone.now()
    states = rng.choices([state for _share, state in SHARES], [share for share, _state in SHARES], k=len(applicants))
    made = []
    for applicant, state in zip(applicants, states, strict=True):
        came = now - timedelta(days=DAYS * rng.random())
        interview = Interview(
            applicant=applicant,
            question_set=rng.choice(sets),
            state=state,
            deadline=came + timedelta(days=14),
            created_at=came,
        )
        if state != "invited":
            interview.consented_at = came + timedelta(hours=1)
            interview.ai_consent, interview.ai_consent_version = True, AI_CONSENT_VERSION
        if interview.is_submitted:
            interview.submitted_at = came + timedelta(hours=30 * rng.random())
        if rng.random() < 0.02:
            interview.withdrawn_at = came + timedelta(days=2)
        made.append(interview)
    _bulk(made)
    return made


def _handed_in(interviews: list[Interview], ada: User, rng: random.Random) -> None:
    now = timezone.now()
    questions: dict[int, list[Question]] = {}
    for question in Question.objects.all():
        questions.setdefault(question.question_set_id, []).append(question)
    criteria: dict[int | None, list[int]] = {}
    for pk, version in Criterion.objects.values_list("pk", "version"):
        criteria.setdefault(version, []).append(pk)
    for some in _batched(interviews, 5000):
        takes = [
            Take(
                interview=it,
                question=question,
                number=1,
                state=Take.State.FINISHED,
                bytes=1,
                sha256="0" * 64,
                seconds=60.0,
                finished_at=now,
            )
            for it in some
            for question in questions[it.question_set_id]
        ]
        _bulk(takes)
        answers = [Answer(interview=it.interview, question=it.question, take=it) for it in takes]
        _bulk(answers)
        _bulk(Transcript(take=it, words=WORDS[:20], language="en", engine="made up", model="1") for it in takes)
        scored = [it for it in some if it.state == Interview.State.SCORED]
        runs = {
            it.pk: AssessmentRun(interview=it, state=AssessmentRun.State.DONE, engine="gemini", began_at=now)
            for it in scored
        }
        _bulk(runs.values())
        _bulk(
            Result(run=run, interview=run.interview, levels=6, criteria=6, score=rng.randint(100, 500) / 100)
            for run in runs.values()
        )
        quote = [{"text": "planned", "first_word": 0, "last_word": 0}]
        _bulk(
            Assessment(
                run=runs[it.interview_id],
                answer=it,
                criterion_id=pk,
                level=rng.randint(1, 5),
                quotes=quote,
                reason="It is said.",
                transcript_sha256="0" * 64,
            )
            for it in answers
            if it.interview_id in runs
            for pk in criteria[it.question.rubric_id][:1]
        )
        _bulk(
            Job(kind=Job.Kind.ASSESS, interview=it, state=Job.State.PARKED if rng.random() < 0.1 else Job.State.QUEUED)
            for it in some
            if it.state == Interview.State.SUBMITTED
        )
        reviewed = [it for it in scored if rng.random() < 0.4]
        _bulk(Review(interview=it, reviewer=ada, state=Review.State.DONE, done_at=now) for it in reviewed)
        decided = [it for it in scored if rng.random() < 0.6]
        outcomes = Decision.Outcome.values
        _bulk(Decision(interview=it, by=ada, outcome=rng.choice(outcomes), reason="So it is.") for it in decided)


def _events(interviews: list[Interview]) -> None:
    numbers = itertools.count(1 + Event.objects.count())

    def happened() -> Iterator[Event]:
        for it in sorted(interviews, key=lambda it: it.created_at):
            kinds = [Kind.INVITED, *([Kind.STARTED] if it.state != "invited" else [])]
            kinds += [Kind.RECORDED] * 3 + [Kind.SUBMITTED] if it.is_submitted else []
            kinds += [Kind.SCORED] if it.state == "scored" else []
            for hours, kind in enumerate(kinds):
                at = it.created_at + timedelta(hours=hours)
                yield Event(number=next(numbers), kind=kind, interview=it, at=at)

    _bulk(happened())
    Head.objects.update_or_create(pk=1, defaults={"number": next(numbers) - 1})


def _asked(interviews: list[Interview], sets: list[QuestionSet], rng: random.Random) -> dict[str, list[dict[str, str]]]:
    """By the name of a page: addresses of the product's, with the path of the bare one."""
    newest = sorted(interviews, key=lambda it: (it.created_at, it.pk), reverse=True)
    ready = [it for it in newest if it.state == "scored" and it.withdrawn_at is None]
    words = [it.applicant.name.split()[1].lower()[:4] for it in rng.sample(interviews, ASKED)]
    deep = rng.sample(newest[50:], ASKED)
    of_set = [sets[n % len(sets)] for n in range(ASKED)]
    results = "/hr-dashboard/results/"
    return {
        "list": [{"path": results, "bare": "/list/?"}],
        "filter": [
            {"path": f"{results}?position={it.position_id}&stage=ready", "bare": f"/filter/?question_set={it.pk}&"}
            for it in of_set
        ],
        "search": [{"path": f"{results}?q={word}", "bare": f"/search/?q={word}&"} for word in words],
        "open": [
            {"path": f"{results}{it.pk}/review/", "bare": f"/open/{it.pk}/?"} for it in rng.sample(ready[:2000], ASKED)
        ],
        "next": [
            {
                "path": f"{results}?after={_quoted(it.created_at)}~{it.pk}",
                "bare": f"/next/?than={_quoted(it.created_at)}&",
            }
            for it in deep
        ],
    }


def _quoted(at: datetime) -> str:
    return at.isoformat().replace("+", "%2B")


def _batched(rows: list[Interview], size: int) -> Iterator[list[Interview]]:
    for begin in range(0, len(rows), size):
        yield rows[begin : begin + size]


def _bulk(rows: Iterable[models.Model]) -> None:
    """In pieces, so that no million of rows is put together first."""
    several = iter(rows)
    while some := list(itertools.islice(several, 5000)):
        type(some[0])._default_manager.bulk_create(some, batch_size=1000)


if __name__ == "__main__":
    print(json.dumps(fill(int(sys.argv[1]))))
