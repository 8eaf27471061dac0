"""Having all interviews of a position assessed again: about what it will cost, starting it, pausing, stopping."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet, Sum
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from interviews.actions.refusals import WrongState
from interviews.engines.catalogue import is_provider
from interviews.engines.keeping import Usage
from interviews.events import Kind, record, record_all
from interviews.models import (
    Answer,
    Assessment,
    AssessmentRun,
    Charge,
    Criterion,
    Interview,
    Position,
    Question,
    Reassessment,
    RubricVersion,
    RunQuestion,
)
from interviews.processing import engines, spending
from interviews.processing.advance import advance_together, answers_with_words, locked_all
from interviews.processing.runs import opened_together
from interviews.queries.reassessing import eligible
from interviews.queries.runs import current_of
from interviews.tasks import hint

Rubrics = Mapping[Question, RubricVersion]

_STOPPED = gettext_noop("it was stopped before it began")
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
    answers = answers_with_words(*interviews)
    asked = _unknown(answers, rubrics)
    counts = len(interviews), len(answers), len(asked)
    if not is_provider(engines.analyser().name):
        return Estimate(*counts, None, Decimal(0), is_measured=True)
    samples = engines.analyser().samples
    measured = _measured(position, len(asked) * samples)
    tokens = measured or _counted(asked, rubrics, samples)
    return Estimate(*counts, tokens, spending.price_of_tokens(tokens), is_measured=measured is not None)


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
        interviews = _locked(made)
        hint(advance_together(interviews, _with_open_run(made)))
        record(Kind.REASSESSMENT, None, actor=actor)


def stop(made: Reassessment, actor: User) -> None:
    """What has begun is finished; what has not never will. Raises WrongState."""
    with transaction.atomic():
        _move(made, made.state, Reassessment.State.STOPPED)
        interviews = _locked(made)
        waiting = made.runs.filter(state=AssessmentRun.State.WAITING)
        stopped = set(waiting.values_list("interview", flat=True))
        waiting.update(state=AssessmentRun.State.DISCARDED, ended_at=Now(), problem=_STOPPED)
        begun = [interview for interview in interviews if interview.pk not in stopped]
        hint(advance_together(begun, _with_open_run(made)))
        if stopped:
            record_all(Kind.ASSESSMENT_ASKED, [it for it in interviews if it.pk in stopped], actor=actor)
        record(Kind.REASSESSMENT, None, actor=actor)


def _locked(made: Reassessment) -> list[Interview]:
    return locked_all(list(_with_open_run(made).values_list("pk", flat=True)))


def _with_open_run(made: Reassessment) -> QuerySet[Interview]:
    return Interview.objects.filter(pk__in=made.runs.filter(state__in=AssessmentRun.OPEN).values("interview"))


def _move(made: Reassessment, before: str, after: Reassessment.State) -> None:
    mine = Reassessment.objects.filter(pk=made.pk, state=before).exclude(state=Reassessment.State.STOPPED)
    is_open = made.runs.filter(state__in=AssessmentRun.OPEN).exists()
    if not is_open or not mine.update(state=after):
        raise WrongState(_("This was over, or changed by somebody else. Look at where it stands now."))
    made.state = after


def _must_be_published(rubrics: Rubrics) -> None:
    if any(rubric.published_at is None for rubric in rubrics.values()):
        raise WrongState(_("Answers are assessed against published rubrics only. Publish the rubric first."))


def _unknown(answers: Sequence[Answer], rubrics: Rubrics) -> list[Answer]:
    """Those whose levels cannot be copied from the current run."""
    engine = engines.analyser()
    asks_with = (engine.name, engine.model, engine.version, engine.prompt_sha256, engine.samples)
    runs = {
        interview: run.pk
        for interview, run in current_of({answer.interview_id for answer in answers}).items()
        if (run.engine, run.model, run.prompt_version, run.prompt_sha256, run.samples) == asks_with
    }
    of_runs = {"run__in": list(runs.values())}
    against = {
        (run, question): rubric
        for run, question, rubric in RunQuestion.objects.filter(**of_runs).values_list("run", "question", "rubric")
    }
    read = set(Assessment.objects.filter(**of_runs).values_list("run", "answer", "transcript_sha256"))
    wanted = {question.pk: rubric.pk for question, rubric in rubrics.items()}

    def is_known(answer: Answer) -> bool:
        run = runs.get(answer.interview_id, 0)
        before = against.get((run, answer.question_id))
        is_read = (run, answer.pk, answer.take.transcript.sha256) in read
        return is_read and wanted.get(answer.question_id, before) == before

    return [answer for answer in answers if not is_known(answer)]


def _measured(position: Position, readings: int) -> Usage | None:
    """A reading is one sample of one answer in one run."""
    charges = Charge.objects.filter(position=position, run__isnull=False, input_tokens__gt=0)
    used = charges.aggregate(into=Sum("input_tokens"), out=Sum("output_tokens"))
    own = Assessment.objects.filter(run__in=charges.values("run"), copied_from=None)
    before = sum(samples for _run, _answer, samples in set(own.values_list("run", "answer", "run__samples")))
    if not before or used["into"] is None:
        return None
    return Usage(round(used["into"] / before * readings), round((used["out"] or 0) / before * readings))


def _counted(asked: Sequence[Answer], rubrics: Rubrics, samples: int) -> Usage:
    calls = {answer.interview_id for answer in asked}
    into, out = Decimal(len(calls) * TOKENS_OF_INSTRUCTIONS), 0
    chosen = {question.pk: rubric.pk for question, rubric in rubrics.items()}
    against = [(answer, chosen.get(answer.question_id, answer.question.rubric_id)) for answer in asked]
    criteria: dict[int | None, list[Criterion]] = defaultdict(list)
    for criterion in Criterion.objects.filter(version__in={rubric for _answer, rubric in against if rubric}):
        criteria[criterion.version_id].append(criterion)
    for answer, rubric in against:
        written = sum(len(it.look_for) + sum(map(len, it.levels)) for it in criteria[rubric])
        into += len(answer.take.transcript.words) * TOKENS_A_WORD + written * TOKENS_A_CHARACTER
        out += len(criteria[rubric]) * TOKENS_A_CRITERION
    return Usage(round(into * samples), out * samples)
