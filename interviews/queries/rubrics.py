"""Rubrics as those see them who write them, with what applicants and engines are told of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Prefetch, QuerySet

from interviews.engines.analysis.base import CriterionBrief
from interviews.engines.analysis.prompt import criterion_part
from interviews.models import Criterion, Question, QuestionSet, Rubric, RubricVersion


@dataclass(frozen=True, slots=True)
class VersionView:
    """`published_at` None: a draft. `questions` counts those that use it."""

    id: int
    number: int
    published_at: datetime | None
    criteria: list[str]
    questions: int


@dataclass(frozen=True, slots=True)
class RubricView:
    """Newest version first."""

    name: str
    about: str
    versions: list[VersionView]


def listed(versions: QuerySet[RubricVersion]) -> list[RubricView]:
    """Those of them that `versions` are of."""
    counted = versions.annotate(used=Count("questions")).prefetch_related("criteria").order_by("-number")
    rubrics = Rubric.objects.filter(versions__in=versions).distinct()
    return [
        RubricView(rubric.name, rubric.about, [_version(version) for version in rubric.seen])
        for rubric in rubrics.prefetch_related(Prefetch("versions", counted, to_attr="seen"))
    ]


def _version(version: RubricVersion) -> VersionView:
    names = [criterion.name for criterion in version.criteria.all()]
    return VersionView(version.pk, version.number, version.published_at, names, version.used)  # type: ignore[attr-defined] # annotated


def looked_for(question_set: QuestionSet) -> list[str]:
    """All that applicants are told of rubrics: the names of their criteria. The rest would answer the questions."""
    asked = Question.objects.filter(question_set=question_set).prefetch_related("rubric__criteria")
    names = [criterion.name for question in asked if question.rubric for criterion in question.rubric.criteria.all()]
    return list(dict.fromkeys(names))


def brief(criterion: Criterion) -> CriterionBrief:
    """All that an engine is told of a criterion: no weight."""
    return CriterionBrief(str(criterion.pk), criterion.name, criterion.look_for, criterion.levels)


def given_to_engines(version: RubricVersion) -> str:
    """As it stands in the prompt, but for line breaks."""
    parts = [criterion_part(brief(criterion)) for criterion in version.criteria.all()]
    return json.dumps(parts, ensure_ascii=False, indent=2)
