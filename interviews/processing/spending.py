"""What providers cost: a row for each call, by the prices that the settings name. What is not known is not 0.

A position and the site may have a budget for each calendar month, in UTC. When it is spent, calls wait for the next,
or until somebody raises it; a call that is under way is not cut off.
"""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Sum
from django.db.models.functions import Now
from django.utils import timezone

from interviews.engines.errors import Busy, FaultKind
from interviews.engines.keeping import Usage
from interviews.events import Kind, record
from interviews.models import AssessmentRun, Charge, Interview, Job, Position
from interviews.queries.spending import month, used_up

_MILLION = 1_000_000
PAUSED = "AI paused: this month's budget of the {of} is used up; an administrator can raise it"


class OverBudget(Busy):
    """Waits until the next month begins, unless it is set going before."""

    fault = FaultKind.BUDGET


def charge(
    interview_id: UUID,
    engine: str,
    model: str,
    *,
    usage: Usage | None = None,
    seconds: float | None = None,
    run_id: int | None = None,
) -> Charge:
    """Write down one call: by the tokens that it used, or by the seconds of sound that it was given."""
    interview = Interview.objects.select_related("question_set").get(pk=interview_id)
    with transaction.atomic():
        made = Charge.objects.create(
            position_id=interview.question_set.position_id,
            interview=interview,
            run_id=run_id,
            engine=engine,
            model=model,
            input_tokens=usage.input_tokens if usage else None,
            output_tokens=usage.output_tokens if usage else None,
            seconds=seconds,
            cost=price_of_tokens(usage) if usage else price_of_sound(seconds),
        )
        if run_id is not None:
            _total(run_id)
    return made


def price_of_tokens(usage: Usage) -> Decimal | None:
    """US dollars, to a millionth; None where a price is not known."""
    into, out = settings.GEMINI_PRICE_INPUT, settings.GEMINI_PRICE_OUTPUT
    if into is None or out is None:
        return None
    return _rounded((usage.input_tokens * into + usage.output_tokens * out) / _MILLION)


def price_of_sound(seconds: float | None) -> Decimal | None:
    """US dollars, to a millionth; None where the price or the length is not known."""
    a_minute = settings.DEEPGRAM_PRICE_MINUTE
    if a_minute is None or seconds is None:
        return None
    return _rounded(Decimal(seconds) * a_minute / 60)


def _rounded(dollars: Decimal) -> Decimal:
    return dollars.quantize(Decimal("0.000001"))


def _total(run_id: int) -> None:
    """Of the run: all its calls. One whose cost is not known makes that of the run unknown."""
    calls = Charge.objects.filter(run=run_id).aggregate(
        input_tokens=Sum("input_tokens", default=0),
        output_tokens=Sum("output_tokens", default=0),
        known=Count("cost"),
        all=Count("pk"),
        cost=Sum("cost"),
    )
    is_known = calls.pop("known") == calls.pop("all")
    AssessmentRun.objects.filter(pk=run_id).update(**calls | {"cost": calls["cost"] if is_known else None})


def must_be_within_budget(interview_id: UUID) -> None:
    """Raises OverBudget."""
    of = used_up(Position.objects.get(question_sets__interviews=interview_id))
    if of:
        now = timezone.now()
        raise OverBudget(PAUSED.format(of=of), retry_after=(month(now, after=1) - now).total_seconds())


def set_going() -> None:
    """What waits for a budget that has room again."""
    waiting = Job.objects.filter(state=Job.State.QUEUED, over_budget=True)
    positions = Position.objects.filter(question_sets__interviews__jobs__in=waiting).distinct()
    for position in positions:
        if used_up(position):
            continue
        mine = waiting.filter(interview__question_set__position=position)
        for interview in Interview.objects.filter(jobs__in=mine).distinct():
            with transaction.atomic():
                if mine.filter(interview=interview).update(
                    over_budget=False, problem="", run_after=Now(), hinted_at=None
                ):
                    record(Kind.RESUMED, interview)
