"""Two assessment runs of one interview, side by side."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from interviews.models import Answer, Assessment, AssessmentRun, Interview, Question
from interviews.queries.reasons import told
from interviews.queries.runs import standing


@dataclass(frozen=True, slots=True)
class RunHead:
    number: int
    engine: str
    model: str
    prompt_version: str
    ended_at: datetime | None
    score: Decimal | None
    unscored_reason: str


@dataclass(frozen=True, slots=True)
class Level:
    """`is_asked` is False where the rubric has no such criterion; `level` None: not enough evidence."""

    is_asked: bool
    level: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CriterionPair:
    """By name, since each version of a rubric has criteria of its own."""

    name: str
    old: Level
    new: Level

    @property
    def differs(self) -> bool:
        return (self.old.is_asked, self.old.level) != (self.new.is_asked, self.new.level)


@dataclass(frozen=True, slots=True)
class QuestionPair:
    number: int
    question: str
    old_rubric: str
    new_rubric: str
    criteria: list[CriterionPair]


@dataclass(frozen=True, slots=True)
class Comparison:
    old: RunHead
    new: RunHead
    questions: list[QuestionPair]
    differing: int
    runs: list[RunHead]


def comparison(interview: Interview, old: int | None = None, new: int | None = None) -> Comparison | None:
    """Of the two runs with these numbers, else of the two newest that have a result; None where there are no two."""
    runs = [run for run in standing().filter(interview=interview) if hasattr(run, "result")]
    by_number = {run.number: run for run in runs}
    if len(runs) < 2:
        return None
    newer = by_number.get(new or 0, runs[0])
    older = by_number.get(old or 0) or next((run for run in runs if run.number < newer.number), runs[-1])
    pairs = _questions(interview, older, newer)
    differing = sum(it.differs for pair in pairs for it in pair.criteria)
    return Comparison(_head(older), _head(newer), pairs, differing, [_head(run) for run in runs])


def _head(run: AssessmentRun) -> RunHead:
    result = run.result
    why = told(result.unscored_reason)
    return RunHead(run.number, run.engine, run.model, run.prompt_version, run.ended_at, result.score, why)


def _questions(interview: Interview, old: AssessmentRun, new: AssessmentRun) -> list[QuestionPair]:
    answered = dict(Answer.objects.filter(interview=interview).values_list("question", "pk"))
    levels = [_levels(run) for run in (old, new)]
    rubrics = [
        {it.question_id: it.rubric for it in run.questions.select_related("rubric__rubric")} for run in (old, new)
    ]
    pairs = []
    for question in Question.objects.filter(question_set=interview.question_set_id):
        of_answer = [found.get(answered.get(question.pk, 0), {}) for found in levels]
        names = list(dict.fromkeys(name for found in of_answer for name in found))
        pairs.append(
            QuestionPair(
                question.number,
                question.text,
                str(rubrics[0].get(question.pk, "")),
                str(rubrics[1].get(question.pk, "")),
                [
                    CriterionPair(name, of_answer[0].get(name, Level(False)), of_answer[1].get(name, Level(False)))
                    for name in names
                ],
            )
        )
    return pairs


def _levels(run: AssessmentRun) -> dict[int, dict[str, Level]]:
    """By answer and the criterion's name."""
    found: dict[int, dict[str, Level]] = {}
    for it in Assessment.objects.filter(run=run).select_related("criterion").order_by("criterion__number"):
        found.setdefault(it.answer_id, {})[it.criterion.name] = Level(True, it.level, it.reason)
    return found
