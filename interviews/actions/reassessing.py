"""Having all interviews of a position assessed again: about what it will cost, starting it, pausing, stopping."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Sum
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from interviews.actions.refusals import WrongState
from interviews.engines.catalogue import is_provider
from interviews.engines.keeping import Usage
from interviews.events import Kind, record, record_all
from interviews.models import (
    Answer,
    Assessment,
    AssessmentRun,
    Charge,
    Interview,
    Position,
    Question,
    Reassessment,
    RubricVersion,
)
from interviews.processing import engines, spending
from interviews.processing.advance import advance, advance_together, answers_with_words, locked
from interviews.processing.runs import opened_together
from interviews.queries.reassessing import eligible
from interviews.queries.runs import current_run
from interviews.tasks import hint

Rubrics = Mapping[Question, RubricVersion]

TOKENS_A_WORD = 4
"""A transcript is sent with a number before each word: about three tokens for "[412]", one or two for the word."""
TOKENS_A_CHARACTER = Decimal("0.25")
TOKENS_OF_INSTRUCTIONS = 700
TOKENS_A_CRITERION = 150
"""Written: a quote, a reason of at most 60 words, a level, and the names of all that."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """`asked`: of `answers`, those that are not known already. Tokens are None where nothing is paid for.

    `cost` in US dollars, None where the prices are not known. `is_measured`: by what earlier answers of the position
    used, else by counting words.
    """

    interviews: int
    answers: int
    asked: int
    tokens: Usage | None
    cost: Decimal | None
    is_measured: bool


def estimate(position: Position, rubrics: Rubrics) -> Estimate:
    """An honest "about": nobody knows before how much a model will write."""
    _must_be_published(rubrics)
    interviews = list(eligible(position))
    asked: list[Answer] = []
    answers, calls = 0, 0
    for interview in interviews:
        with_words = answers_with_words(interview)
        unknown = _unknown(interview, with_words, rubrics)
        answers += len(with_words)
        asked += unknown
        calls += bool(unknown)
    if not is_provider(engines.analyser().name):
        return Estimate(len(interviews), answers, len(asked), None, Decimal(0), is_measured=True)
    samples = engines.analyser().samples
    measured = _measured(position, len(asked) * samples)
    tokens = measured or _counted(asked, calls, rubrics, samples)
    return Estimate(
        len(interviews), answers, len(asked), tokens, spending.price_of_tokens(tokens), is_measured=measured is not None
    )


def start(position: Position, rubrics: Rubrics, actor: User) -> Reassessment:
    """Opens a run for each of them. Until it is done, the levels so far are shown; they are kept after it.

    Raises WrongState.
    """
    _must_be_published(rubrics)
    with transaction.atomic():
        all_locked = Interview.objects.select_for_update(no_key=True).filter(pk__in=eligible(position).values("pk"))
        held = {interview.pk for interview in all_locked.order_by("pk")}
        # Asked again: of two that start at once, the second finds nothing left.
        chosen = [interview for interview in eligible(position) if interview.pk in held]
        if not chosen:
            raise WrongState(_("No interview of this position can be assessed again now."))
        made = Reassessment.objects.create(position=position, asked_by=actor)
        opened_together(made, chosen, {question.pk: rubric.pk for question, rubric in rubrics.items()})
        hint(advance_together(chosen, Interview.objects.filter(runs__reassessment=made)))
        record_all(Kind.ASSESSMENT_ASKED, chosen, actor=actor)
        record(Kind.REASSESSMENT, None, actor=actor)
    return made


def pause(made: Reassessment, actor: User) -> None:
    """What a worker has in hand is finished; nothing else begins or goes on. Raises WrongState."""
    with transaction.atomic():
        _move(made, Reassessment.State.RUNNING, Reassessment.State.PAUSED)
        record(Kind.REASSESSMENT, None, actor=actor)


def resume(made: Reassessment, actor: User) -> None:
    """Raises WrongState."""
    with transaction.atomic():
        _move(made, Reassessment.State.PAUSED, Reassessment.State.RUNNING)
        for interview in _locked(made):
            hint(advance(interview))
        record(Kind.REASSESSMENT, None, actor=actor)


def stop(made: Reassessment, actor: User) -> None:
    """What has begun is finished; what has not never will. Raises WrongState."""
    with transaction.atomic():
        _move(made, made.state, Reassessment.State.STOPPED)
        interviews = _locked(made)
        waiting = made.runs.filter(state=AssessmentRun.State.WAITING)
        stopped = set(waiting.values_list("interview", flat=True))
        waiting.update(state=AssessmentRun.State.DISCARDED, ended_at=Now(), problem="it was stopped before it began")
        for interview in interviews:
            if interview.pk not in stopped:
                hint(advance(interview))
        for interview in (it for it in interviews if it.pk in stopped):
            record(Kind.ASSESSMENT_ASKED, interview, actor=actor)
        record(Kind.REASSESSMENT, None, actor=actor)


def _locked(made: Reassessment) -> list[Interview]:
    """Those with a run that is not over, locked in the order in which all who lock several do."""
    ids = made.runs.filter(state__in=AssessmentRun.OPEN).order_by("interview").values_list("interview", flat=True)
    return [locked(pk) for pk in ids]


def _move(made: Reassessment, before: str, after: Reassessment.State) -> None:
    mine = Reassessment.objects.filter(pk=made.pk, state=before).exclude(state=Reassessment.State.STOPPED)
    is_open = made.runs.filter(state__in=AssessmentRun.OPEN).exists()
    if not is_open or not mine.update(state=after):
        raise WrongState(_("This was over, or changed by somebody else. Look at where it stands now."))
    made.state = after


def _must_be_published(rubrics: Rubrics) -> None:
    if any(rubric.published_at is None for rubric in rubrics.values()):
        raise WrongState(_("Answers are assessed against published rubrics only. Publish the rubric first."))


def _unknown(interview: Interview, answers: list[Answer], rubrics: Rubrics) -> list[Answer]:
    """Those whose levels cannot be copied from the current run."""
    engine, run = engines.analyser(), current_run(interview)
    if run is None or (run.engine, run.model, run.prompt_version, run.prompt_sha256, run.samples) != (
        engine.name,
        engine.model,
        engine.version,
        engine.prompt_sha256,
        engine.samples,
    ):
        return answers
    against = dict(run.questions.values_list("question", "rubric"))
    read = set(run.assessments.values_list("answer", "transcript_sha256"))
    wanted = {question.pk: rubric.pk for question, rubric in rubrics.items()}
    return [
        answer
        for answer in answers
        if wanted.get(answer.question_id, against.get(answer.question_id)) != against.get(answer.question_id)
        or (answer.pk, answer.take.transcript.sha256) not in read
    ]


def _measured(position: Position, readings: int) -> Usage | None:
    """A reading is one sample of one answer in one run."""
    charges = Charge.objects.filter(position=position, run__isnull=False, input_tokens__gt=0)
    used = charges.aggregate(into=Sum("input_tokens"), out=Sum("output_tokens"))
    own = Assessment.objects.filter(run__in=charges.values("run"), copied_from=None)
    before = sum(samples for _run, _answer, samples in set(own.values_list("run", "answer", "run__samples")))
    if not before or used["into"] is None:
        return None
    return Usage(round(used["into"] / before * readings), round((used["out"] or 0) / before * readings))


def _counted(asked: list[Answer], calls: int, rubrics: Rubrics, samples: int) -> Usage:
    into, out = Decimal(calls * TOKENS_OF_INSTRUCTIONS), 0
    for answer in asked:
        rubric = rubrics.get(answer.question, answer.question.rubric)
        criteria = list(rubric.criteria.all()) if rubric else []
        written = sum(len(it.look_for) + sum(map(len, it.levels)) for it in criteria)
        into += len(answer.take.transcript.words) * TOKENS_A_WORD + written * TOKENS_A_CHARACTER
        out += len(criteria) * TOKENS_A_CRITERION
    return Usage(round(into * samples), out * samples)
