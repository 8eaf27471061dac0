"""What was asked in interviews and answered, and what is suggested of it: read once for all that a page tells of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import prefetch_related_objects

from interviews.models import (
    Answer,
    Assessment,
    AssessmentRun,
    Criterion,
    Interview,
    Question,
    RubricVersion,
    RunQuestion,
)
from interviews.queries.suggested import Place, suggested_of


@dataclass(frozen=True, slots=True)
class Answered:
    """Answers have their take with its words and files, questions their rubric.

    `runs` are those that count, and `suggested` what they say, both of the interviews that are revealed alone.
    """

    questions: Mapping[int, Sequence[Question]]  # by question set
    given: Mapping[tuple[UUID, int], Answer]  # by interview and question
    criteria: Mapping[int, Sequence[Criterion]]  # by version of a rubric
    runs: Mapping[UUID, AssessmentRun]
    read_against: Mapping[tuple[UUID, int], RubricVersion]  # by these runs
    suggested: Mapping[Place, Assessment]

    def places(self, interview: Interview) -> list[tuple[Answer, Criterion]]:
        """What is to be rated: each criterion of each answered question, in order, as the questions were published."""
        return [
            (self.given[interview.pk, question.pk], criterion)
            for question in self.questions[interview.question_set_id]
            if question.rubric_id is not None and (interview.pk, question.pk) in self.given
            for criterion in self.criteria[question.rubric_id]
        ]

    def of_answer(self, answer: Answer) -> dict[int, Assessment]:
        """What is suggested of it, by criterion."""
        return {criterion: it for (of, criterion), it in self.suggested.items() if of == answer.pk}


def read(interviews: Collection[Interview], runs: Mapping[UUID, AssessmentRun]) -> Answered:
    """`runs`: those that count, of the interviews that are revealed. In as many queries for many as for one."""
    questions: dict[int, list[Question]] = defaultdict(list)
    by_id: dict[int, Question] = {}
    sets = {interview.question_set_id for interview in interviews}
    for question in Question.objects.filter(question_set__in=sets).select_related("rubric__rubric"):
        questions[question.question_set_id].append(question)
        by_id[question.pk] = question
    given = {
        (answer.interview_id, answer.question_id): answer
        for answer in Answer.objects.filter(interview__in=interviews)
        .select_related("take__transcript", "take__rendition")
        .prefetch_related("take__segments")
    }
    for answer in given.values():
        answer.question = by_id[answer.question_id]
    words = {answer.pk: answer.take.transcript for answer in given.values() if hasattr(answer.take, "transcript")}
    corrected = [transcript for transcript in words.values() if transcript.version > 1]
    if corrected:
        prefetch_related_objects(corrected, "corrections")
    rubrics = {it.rubric.pk: it.rubric for it in by_id.values() if it.rubric is not None}
    read_against = _read_against(runs, rubrics)
    criteria: dict[int, list[Criterion]] = defaultdict(list)
    of_any = {*rubrics, *(rubric.pk for rubric in read_against.values())}
    for criterion in Criterion.objects.filter(version__in=of_any) if of_any else ():
        criteria[criterion.version_id].append(criterion)
    return Answered(questions, given, criteria, runs, read_against, suggested_of(runs.values(), words))


def _read_against(
    runs: Mapping[UUID, AssessmentRun], known: Mapping[int, RubricVersion]
) -> dict[tuple[UUID, int], RubricVersion]:
    """By interview and question. `known` rubrics, which it mostly is, are not read again."""
    if not runs:
        return {}
    interviews = {run.pk: interview for interview, run in runs.items()}
    held = list(RunQuestion.objects.filter(run__in=interviews).order_by().values_list("run", "question", "rubric"))
    others = {rubric for _run, _question, rubric in held} - known.keys()
    rubrics = {**known, **_versions(others)} if others else known
    return {(interviews[run], question): rubrics[rubric] for run, question, rubric in held}


def _versions(rubrics: Iterable[int]) -> dict[int, RubricVersion]:
    return RubricVersion.objects.select_related("rubric").in_bulk(list(rubrics))
