"""The life of an assessment run: opened, begun by the job that works on it, and done with its result."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from django.contrib.auth.models import User
from django.db.models import Max
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext_noop

from interviews.engines.analysis.base import Analyser
from interviews.engines.errors import CanaryChanged
from interviews.models import Answer, Assessment, AssessmentRun, Interview, Question, Reassessment, RunQuestion
from interviews.processing import ledger
from interviews.processing.books import ClosedBooks
from interviews.processing.jobs import PROBLEM_LENGTH
from interviews.queries.runs import current_of, standing


def opened(
    interview: Interview,
    rubrics: Mapping[int, int] | None = None,
    asked_by: User | None = None,
    reassessment: Reassessment | None = None,
) -> AssessmentRun:
    """Waiting. `rubrics`: versions by question; without one, an answer is read against its question's own.

    The caller has locked the interview.
    """
    newest = interview.runs.aggregate(newest=Max("number"))["newest"] or 0
    run = AssessmentRun.objects.create(
        interview=interview, number=newest + 1, asked_by=asked_by, reassessment=reassessment
    )
    own = Question.objects.filter(question_set=interview.question_set_id, rubric__isnull=False)
    read_against = {**dict(own.values_list("pk", "rubric")), **(rubrics or {})}
    RunQuestion.objects.bulk_create(
        RunQuestion(run=run, question_id=question, rubric_id=rubric) for question, rubric in read_against.items()
    )
    return run


def opened_together(made: Reassessment, interviews: Sequence[Interview], rubrics: Mapping[int, int]) -> None:
    """One of each interview of the position, in a few statements for any number. `rubrics`: versions by question; an
    answer without one is read against what it was read against before, or else its question's own.

    The caller has locked the interviews.
    """
    of_position = AssessmentRun.objects.filter(interview__question_set__position=made.position_id).order_by()
    newest = dict(of_position.values_list("interview").annotate(newest=Max("number")))
    before = current_of(Interview.objects.filter(question_set__position=made.position_id).values_list("pk", flat=True))
    own: dict[int, dict[int, int]] = defaultdict(dict)
    for question in Question.objects.filter(question_set__position=made.position_id):
        if question.rubric_id is not None:
            own[question.question_set_id][question.pk] = question.rubric_id
    read: dict[int, dict[int, int]] = defaultdict(dict)
    pairs = RunQuestion.objects.filter(run__in=of_position).values_list("run", "question", "rubric")
    for run_id, question_id, rubric_id in pairs:
        read[run_id][question_id] = rubric_id
    runs = AssessmentRun.objects.bulk_create(
        AssessmentRun(interview=it, number=newest.get(it.pk, 0) + 1, asked_by_id=made.asked_by_id, reassessment=made)
        for it in interviews
    )
    asked = []
    for run, interview in zip(runs, interviews, strict=True):
        was = before.get(interview.pk)
        mine = own[interview.question_set_id]
        chosen = {question: rubric for question, rubric in rubrics.items() if question in mine}
        against = {**mine, **(read[was.pk] if was else {}), **chosen}
        asked += [RunQuestion(run=run, question_id=question, rubric_id=rubric) for question, rubric in against.items()]
    RunQuestion.objects.bulk_create(asked)


def begun(interview: Interview, engine: Analyser) -> AssessmentRun:
    """The run to work on: the open one; else the newest, since words came in after it was done; else the first.

    All of a run is one engine's, with one model and one prompt, and of the words of one moment. Where these have
    changed since it began, it is discarded, or stands as it is if it was done; the next run reads what it cannot copy.

    The caller has locked the interview.
    """
    asks_with = {
        "engine": engine.name,
        "model": engine.model,
        "prompt_version": engine.version,
        "prompt_sha256": engine.prompt_sha256,
        "samples": engine.samples,
    }
    run = standing().filter(interview=interview).first()
    if run is None:
        run = opened(interview)
    elif run.assessments.exists() and (why := _outdated(run, asks_with)):
        run = discarded(run, f"{why} before it was done") or opened(interview, _rubrics(run), run.asked_by)
    AssessmentRun.objects.filter(pk=run.pk).update(
        state=AssessmentRun.State.RUNNING, began_at=Coalesce("began_at", Now()), ended_at=None, **asks_with
    )
    run.refresh_from_db()
    return run


def discarded(run: AssessmentRun, problem: str) -> AssessmentRun | None:
    """Ends it with nothing that counts, and opens the one in its place. None where it was not open any more.

    The caller has locked the interview.
    """
    ended = AssessmentRun.objects.filter(pk=run.pk, state__in=AssessmentRun.OPEN).update(
        state=AssessmentRun.State.DISCARDED, ended_at=Now(), problem=problem[:PROBLEM_LENGTH]
    )
    return opened(run.interview, _rubrics(run), run.asked_by, run.reassessment) if ended else None


def _rubrics(run: AssessmentRun) -> dict[int, int]:
    """By question."""
    return dict(run.questions.values_list("question", "rubric"))


def _outdated(run: AssessmentRun, asks_with: Mapping[str, object]) -> str:
    """Why nothing more can be read in this run; "" where something can."""
    if any(getattr(run, name) != value for name, value in asks_with.items()):
        return gettext_noop("the engine, its model, its prompt or the number of samples was changed")
    read = set(run.assessments.values_list("answer", "transcript_sha256"))
    answers = Answer.objects.filter(pk__in={pk for pk, _digest in read}).select_related("take__transcript")
    if any((answer.pk, _digest_of(answer)) not in read for answer in answers):
        return gettext_noop("a transcript was corrected, or an answer given again,")
    return ""


def _digest_of(answer: Answer) -> str:
    """ "" where the recording that counts now has no transcript, and may never have one."""
    return answer.take.transcript.sha256 if hasattr(answer.take, "transcript") else ""


def copy_what_is_known(run: AssessmentRun, answers: Iterable[Answer], engine: Analyser) -> None:
    """Where the same engine read the same words against the same rubric before, its levels stand in this run too.

    Nothing is copied from a run whose canary has changed.
    """
    answers = list(answers)
    if not answers or run.number == 1:
        return
    rubrics = _rubrics(run)
    earlier = AssessmentRun.objects.filter(
        interview=run.interview_id,
        number__lt=run.number,
        engine=run.engine,
        model=run.model,
        prompt_version=run.prompt_version,
        prompt_sha256=run.prompt_sha256,
        samples=run.samples,
    )
    unfinished = earlier.exclude(state=AssessmentRun.State.DONE)
    void = [it.pk for it in unfinished if _has_changed_canary(it, engine)]
    for answer in answers:
        same = (
            earlier.exclude(pk__in=void)
            .filter(
                questions__question=answer.question_id,
                questions__rubric=rubrics[answer.question_id],
                assessments__answer=answer,
                assessments__transcript_sha256=answer.take.transcript.sha256,
            )
            .first()
        )
        if same is not None:
            for known in Assessment.objects.filter(run=same, answer=answer):
                known.copied_from_id, known.run, known.pk, known._state.adding = known.pk, run, None, True
                known.save()


def _has_changed_canary(run: AssessmentRun, engine: Analyser) -> bool:
    """Read from what was kept: one that a crash or a correction came before was never noted anywhere."""
    try:
        list(engine.assess([], ClosedBooks(run, ledger.all_replies(run.interview_id, run.engine))))
    except CanaryChanged:
        return True
    return False


def done(run: AssessmentRun) -> None:
    AssessmentRun.objects.filter(pk=run.pk, state=AssessmentRun.State.RUNNING).update(
        state=AssessmentRun.State.DONE, ended_at=Now()
    )
