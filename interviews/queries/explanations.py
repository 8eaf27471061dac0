"""What an applicant is told of how the interview was assessed: the facts as they are copied, and the page's view."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _

from interviews.engines.catalogue import ANALYSERS
from interviews.models import Answer, Decision, Explanation, Interview, Rating, Review
from interviews.queries.ratings import of_what_counts
from interviews.queries.runs import current_run
from interviews.queries.suggested import Place, suggested


class CriterionFacts(TypedDict):
    """`suggested` and each of `people`: 1 to 5, None for no evidence or "cannot tell". `anchor` describes it."""

    name: str
    look_for: str
    suggested: int | None
    anchor: str
    reason: str
    quotes: list[str]
    people: list[int | None]


class QuestionFacts(TypedDict):
    number: int
    question: str
    rubric: str
    criteria: list[CriterionFacts]


class Facts(TypedDict):
    """`engine` is "" where no machine read it. Times in ISO 8601. `reason` is "" where it is not told."""

    code: str
    name: str
    position: str
    host: str
    contact: str
    submitted_at: str
    engine: str
    model: str
    prompt_version: str
    questions: list[QuestionFacts]
    outcome: str
    decided_at: str
    reason: str


@dataclass(frozen=True, slots=True)
class ExplanationView:
    code: str
    name: str
    position: str
    host: str
    contact: str
    submitted_at: datetime
    engine: str
    model: str
    prompt_version: str
    questions: list[QuestionFacts]
    outcome: str
    decided_at: datetime
    reason: str


def facts(interview: Interview, decision: Decision, *, with_reason: bool) -> Facts:
    """Today's rows, as they are copied. Reviewers are counted, not named."""
    run = current_run(interview)
    position = interview.position
    return Facts(
        code=interview.receipt_code,
        name=interview.applicant.name,
        position=position.title,
        host=position.host,
        contact=position.contact,
        submitted_at=interview.submitted_at.isoformat() if interview.submitted_at else "",
        engine=run.engine if run else "",
        model=run.model if run else "",
        prompt_version=run.prompt_version if run else "",
        questions=_questions(interview),
        outcome=decision.outcome,
        decided_at=decision.at.isoformat(),
        reason=decision.reason if with_reason else "",
    )


def view(held: Facts) -> ExplanationView:
    info = ANALYSERS.get(held["engine"])
    return ExplanationView(
        code=held["code"],
        name=held["name"],
        position=held["position"],
        host=held["host"],
        contact=held["contact"],
        submitted_at=datetime.fromisoformat(held["submitted_at"]),
        engine=_(info.label) if info else held["engine"],
        model=held["model"],
        prompt_version=held["prompt_version"],
        questions=held["questions"],
        outcome=str(Decision.Outcome(held["outcome"]).label),
        decided_at=datetime.fromisoformat(held["decided_at"]),
        reason=held["reason"],
    )


def given(interview: Interview) -> Explanation | None:
    """The one that counts: the newest."""
    return Explanation.objects.filter(interview=interview).first()


def _questions(interview: Interview) -> list[QuestionFacts]:
    run = current_run(interview)
    rubrics = {it.question_id: it.rubric for it in run.questions.select_related("rubric__rubric")} if run else {}
    said = suggested([run] if run else ())
    rated = _rated(interview)
    found = []
    answers = Answer.objects.filter(interview=interview).select_related("question__rubric__rubric")
    read = [(it, rubrics.get(it.question_id) or it.question.rubric) for it in answers.order_by("question__number")]
    prefetch_related_objects([rubric for _answer, rubric in read if rubric], "criteria")
    for answer, rubric in read:
        criteria = []
        for criterion in rubric.criteria.all() if rubric else ():
            assessment = said.get((answer.pk, criterion.pk))
            level = assessment.level if assessment else None
            criteria.append(
                CriterionFacts(
                    name=criterion.name,
                    look_for=criterion.look_for,
                    suggested=level,
                    anchor=criterion.levels[level - 1] if level else "",
                    reason=assessment.reason if assessment else "",
                    quotes=[quote["text"] for quote in assessment.quotes] if assessment else [],
                    people=rated[answer.pk, criterion.pk],
                )
            )
        found.append(
            QuestionFacts(
                number=answer.question.number,
                question=answer.question.text,
                rubric=str(rubric or ""),
                criteria=criteria,
            )
        )
    return found


def _rated(interview: Interview) -> defaultdict[Place, list[int | None]]:
    """What counts of each finished review, in the order in which these were begun."""
    done = Rating.objects.filter(review__interview=interview, review__state=Review.State.DONE)
    newest: dict[tuple[int, Place], int | None] = {}
    for rating in of_what_counts(done).order_by("review_id", "pk"):
        newest[rating.review_id, (rating.answer_id, rating.criterion_id)] = rating.level
    found: defaultdict[Place, list[int | None]] = defaultdict(list)
    for (_review, place), level in newest.items():
        found[place].append(level)
    return found
