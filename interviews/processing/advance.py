"""What is due next for an interview, read from its rows.

Idempotent; called in the transaction of whatever changed (an upload, a submit, the end of a job) and by the sweep.
"""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q

from interviews.models import Answer, Interview, Job, Result, Take


def advance(interview: Interview) -> list[int]:
    """Opens the jobs that are due and returns their ids."""
    answers = list(_answers(interview))
    due: list[int] = []
    for answer in answers:
        if not hasattr(answer.take, "transcript"):
            due += _open(Job.Kind.TRANSCRIBE, interview, answer.take)
    if interview.is_submitted and _ready_to_assess(interview, answers):
        due += _open(Job.Kind.ASSESS, interview)
    return due


def answers_with_words(interview: Interview) -> list[Answer]:
    """The answers that can be assessed, with their assessments so far."""
    return [answer for answer in _answers(interview) if _has_words(answer)]


def stalled() -> list[Interview]:
    """Submitted interviews for which nothing is under way: none, unless a fault of ours left one behind, or two
    workers that ended at the same moment did not see each other's outcome. A parked transcription holds up nothing."""
    under_way = Job.objects.filter(
        Q(state__in=[Job.State.QUEUED, Job.State.RUNNING]) | Q(kind=Job.Kind.ASSESS, state=Job.State.PARKED),
        interview=OuterRef("pk"),
    )
    return list(
        Interview.objects.filter(~Exists(under_way), state=Interview.State.SUBMITTED).select_related(
            "question_set__position"
        )[:100]
    )


def _ready_to_assess(interview: Interview, answers: list[Answer]) -> bool:
    """Every answer is transcribed or given up on, and there is something left to say."""
    given_up = set(
        Job.objects.filter(interview=interview, kind=Job.Kind.TRANSCRIBE, state=Job.State.PARKED).values_list(
            "take_id", flat=True
        )
    )
    if any(not hasattr(answer.take, "transcript") and answer.take_id not in given_up for answer in answers):
        return False
    if not Result.objects.filter(interview=interview).exists():
        return True
    return any(_has_words(answer) and not answer.assessments.all() for answer in answers)


def _answers(interview: Interview) -> list[Answer]:
    return list(
        Answer.objects.filter(interview=interview)
        .select_related("take__transcript", "question")
        .prefetch_related("assessments", "question__criteria")
    )


def _has_words(answer: Answer) -> bool:
    return hasattr(answer.take, "transcript") and bool(answer.take.transcript.words)


def _open(kind: Job.Kind, interview: Interview, take: Take | None = None) -> list[int]:
    """The id of the new job, or nothing where one is open already."""
    job, created = Job.objects.get_or_create(
        kind=kind, interview=interview, take=take, state__in=Job.OPEN, defaults={"state": Job.State.QUEUED}
    )
    return [job.pk] if created else []
