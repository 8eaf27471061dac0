"""How a position goes: how far its applicants come, with what, where they stop, and how long a decision takes.

Counts of people and times alone: nothing of what was rated or suggested is read here.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

from django.db.models import Count, Exists, F, Min, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from interviews.models import Answer, Decision, Interview, Position, Question, Receipt, Review

FEW = 5
"""Fewer people than this are no group of which anything could be said."""


@dataclass(frozen=True, slots=True)
class StepView:
    """`share`: of those of the step before, in percent; `lost`: how many of these are not among them."""

    name: str
    count: int
    share: int | None
    lost: int | None


@dataclass(frozen=True, slots=True)
class DeviceView:
    """Of those who agreed on one kind of device: how many, and how many of them came to each later step.

    `answered`: at least one question; `share`: of those who submitted, in percent.
    """

    name: str
    started: int
    answered: int
    submitted: int
    decided: int
    share: int

    @property
    def is_few(self) -> bool:
        return self.started < FEW


@dataclass(frozen=True, slots=True)
class QuestionView:
    """`asked`: who agreed and has this question; `answered`: of these. `share` in percent."""

    number: int
    text: str
    asked: int
    answered: int
    share: int


@dataclass(frozen=True, slots=True)
class DurationsView:
    """From the submit to the first decision after it: lowest, lower quartile, median, upper quartile, highest.

    Quartiles as R's type 7 has them, which is also the spreadsheets' QUARTILE.INC.
    """

    count: int
    values: list[timedelta]


@dataclass(frozen=True, slots=True)
class InsightView:
    """`revoked` and `withdrawn`: interviews that came to no submit because HR or the applicant ended them."""

    steps: list[StepView]
    revoked: int
    withdrawn: int
    devices: list[DeviceView]
    questions: list[QuestionView]
    durations: DurationsView | None

    @property
    def is_few(self) -> bool:
        return self.steps[0].count < FEW


def of(position: Position) -> InsightView:
    interviews = Interview.objects.filter(question_set__position=position).order_by()
    mine = {"interview": OuterRef("pk")}
    submitted = Q(submitted_at__isnull=False) | Q(Exists(Receipt.objects.filter(**mine)))
    decided = Q(Exists(Decision.objects.filter(**mine)))
    counted = interviews.aggregate(
        invited=Count("pk"),
        opened=Count("pk", filter=Q(opened_at__isnull=False) | Q(consented_at__isnull=False)),
        started=Count("pk", filter=Q(consented_at__isnull=False)),
        submitted=Count("pk", filter=submitted),
        reviewed=Count("pk", filter=Q(Exists(Review.objects.filter(**mine, state=Review.State.DONE))) | decided),
        decided=Count("pk", filter=decided),
        revoked=Count("pk", filter=~submitted & Q(revoked_at__isnull=False)),
        withdrawn=Count("pk", filter=~submitted & Q(withdrawn_at__isnull=False) & ~_only_erased()),
    )
    names = {
        "invited": _("Invited"),
        "opened": _("Opened the link"),
        "started": _("Agreed and started"),
        "submitted": _("Submitted"),
        # Where levels are shown at once, somebody may be decided about whom nobody reviewed.
        "reviewed": _("Reviewed or decided about"),
        "decided": _("Decided about"),
    }
    return InsightView(
        steps=_steps([(words, counted[name]) for name, words in names.items()]),
        revoked=counted["revoked"],
        withdrawn=counted["withdrawn"],
        devices=_devices(interviews, submitted, decided),
        questions=_questions(position),
        durations=_durations(interviews),
    )


def _only_erased() -> Q:
    """Its time was over: nobody withdrew it."""
    return Q(erased_at__isnull=False, withdrawn_at=F("erased_at"))


def _steps(counts: Sequence[tuple[str, int]]) -> list[StepView]:
    """Whoever came to a step came to those before it."""
    steps = [StepView(*counts[0], None, None)]
    for (_name, before), (name, count) in pairwise(counts):
        steps.append(StepView(name, count, _share(count, before) if before else None, before - count))
    return steps


def _devices(interviews: QuerySet[Interview], submitted: Q, decided: Q) -> list[DeviceView]:
    answered = submitted | Q(Exists(Answer.objects.filter(interview=OuterRef("pk"))))
    found = (
        interviews.filter(consented_at__isnull=False)
        .values("device")
        .annotate(
            started=Count("pk"),
            answered=Count("pk", filter=answered),
            submitted=Count("pk", filter=submitted),
            decided=Count("pk", filter=decided),
        )
        .values_list("device", "started", "answered", "submitted", "decided")
    )
    counts = {device: numbers for device, *numbers in found}
    names = {**dict(Interview.Device.choices), "": _("Not known")}
    return [
        DeviceView(str(name), started, began, done, outcome, _share(done, started))
        for device, name in names.items()
        if device in counts
        for started, began, done, outcome in [counts[device]]
    ]


def _questions(position: Position) -> list[QuestionView]:
    """By number; of several question sets, in the words of the newest."""
    asked: dict[int, tuple[str, int]] = {}
    for number, text, people in (
        Question.objects.filter(question_set__position=position)
        .annotate(
            people=Count("question_set__interviews", filter=Q(question_set__interviews__consented_at__isnull=False))
        )
        .order_by("number", "question_set__version")
        .values_list("number", "text", "people")
    ):
        if people:
            asked[number] = text, people + asked.get(number, ("", 0))[1]
    answered = dict(
        Answer.objects.filter(question__question_set__position=position)
        .order_by()
        .values("question__number")
        .annotate(people=Count("pk"))
        .values_list("question__number", "people")
    )
    return [
        QuestionView(number, text, people, answered.get(number, 0), _share(answered.get(number, 0), people))
        for number, (text, people) in asked.items()
    ]


def _durations(interviews: QuerySet[Interview]) -> DurationsView | None:
    """None where nothing is decided."""
    after = Q(decisions__at__gte=F("submitted_at"))
    found = interviews.annotate(decided_at=Min("decisions__at", filter=after)).filter(decided_at__isnull=False)
    lasted = sorted(
        (decided - submitted).total_seconds() for submitted, decided in found.values_list("submitted_at", "decided_at")
    )
    if not lasted:
        return None
    middle = statistics.quantiles(lasted, n=4, method="inclusive") if len(lasted) > 1 else lasted * 3
    return DurationsView(len(lasted), [timedelta(seconds=it) for it in (lasted[0], *middle, lasted[-1])])


def _share(part: int, whole: int) -> int:
    return round(100 * part / whole)
