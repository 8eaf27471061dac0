"""What is due next for an interview, read from its rows.

Idempotent; called in the transaction of whatever changed (an upload, a submit, the end of a job) and by the sweep.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from interviews.models import Answer, AssessmentRun, Interview, Job, Reassessment
from interviews.queries.machines import assessed, is_assessed, is_transcribed
from interviews.queries.runs import standing, to_be_read


def locked(interview_id: UUID) -> Interview:
    """The interview, its row locked until the end of the transaction.

    Not against its key: who has written an event and not committed yet points at it, and holds the lock of `Head` that
    the caller will wait for.
    """
    return Interview.objects.select_for_update(no_key=True).get(pk=interview_id)


def locked_all(interviews: Collection[UUID]) -> list[Interview]:
    """As `locked`, with their applicants.

    Always in the same order: of two who lock several, neither waits for the other while that one waits for it.
    """
    found = Interview.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=interviews)
    return list(found.select_related("applicant").order_by("pk"))


def advance(interview: Interview) -> list[int]:
    """Opens the jobs that are due and returns their ids. Where no machine may assess, it says when machines are done.

    The caller has locked the interview's row, so that of two at once the second sees what the first has opened.
    """
    if interview.withdrawn_at is not None:
        return []
    found = Answer.objects.filter(interview=interview, take__transcript=None).order_by("pk")
    unheard = dict(found.exclude(take=None).values_list("take_id", "take__rendition"))
    if interview.media_erased_at is not None:
        unheard = {}  # nobody can hear them any more
    if not unheard and not interview.is_submitted:
        return []
    open_jobs = Job.objects.filter(interview=interview, state__in=Job.OPEN).order_by()
    state_of: dict[tuple[str, UUID | None], str] = {
        (kind, take): state for kind, take, state in open_jobs.values_list("kind", "take_id", "state")
    }
    left_behind = [
        take for (_kind, take), state in state_of.items() if state == Job.State.PARKED and take and take not in unheard
    ]
    if left_behind:
        # Of a recording that counts no more: nobody is to be asked about it.
        mine = Job.objects.filter(interview=interview, take__in=left_behind, take__answer=None, state=Job.State.PARKED)
        mine.update(state=Job.State.DROPPED, ended_at=Now())
    # Transcribed from the sound alone, which is there once the recording was made ready to play.
    due: list[tuple[Job.Kind, UUID | None]] = [
        (Job.Kind.RENDER if rendition is None else Job.Kind.TRANSCRIBE, take)
        for take, rendition in unheard.items()
        if rendition is None or is_transcribed(interview)
    ]
    # Assessed when every answer is transcribed or given up on, and there is something left to say.
    if interview.is_submitted and all(state_of.get(heard_by) == Job.State.PARKED for heard_by in due):
        if not is_assessed(interview):
            _left_to_people(interview)
        elif is_to_be_assessed(interview):
            due.append((Job.Kind.ASSESS, None))
    return [
        Job.objects.create(kind=kind, interview=interview, take_id=take).pk
        for kind, take in due
        if (kind, take) not in state_of
    ]


def advance_together(interviews: Sequence[Interview], mine: QuerySet[Interview]) -> list[int]:
    """The same for many, of which each has another run to be read; `mine` finds them.

    In three statements, but for those that are not as they were when they were assessed.
    """
    unheard = Answer.objects.filter(interview__in=mine, take__transcript=None).values_list("interview", flat=True)
    open_jobs = Job.objects.filter(interview__in=mine, state__in=Job.OPEN).exclude(kind__in=Job.APART).order_by()
    under_way = set(open_jobs.values_list("interview", "kind"))
    others = {*unheard, *(pk for pk, kind in under_way if kind != Job.Kind.ASSESS)}
    others |= {it.pk for it in interviews if not _stays_assessed(it)}
    settled = {*others, *(pk for pk, _kind in under_way)}
    due = Job.objects.bulk_create(Job(kind=Job.Kind.ASSESS, interview=it) for it in interviews if it.pk not in settled)
    return [job.pk for job in due] + [job for it in interviews if it.pk in others for job in advance(it)]


def _stays_assessed(interview: Interview) -> bool:
    return is_assessed(interview) and interview.state == Interview.State.SCORED and interview.withdrawn_at is None


def is_to_be_assessed(interview: Interview) -> bool:
    """Whether there is something left to read, and nobody holds it up."""
    return is_assessed(interview) and (interview.state == Interview.State.SUBMITTED or _unread(interview))


def answers_with_words(*interviews: Interview) -> list[Answer]:
    """The answers that can be assessed."""
    answers = Answer.objects.filter(interview__in=interviews).select_related("take__transcript", "question")
    return [answer for answer in answers if _has_words(answer)]


def stalled() -> list[Interview]:
    """Interviews that were submitted, or are to be assessed again, for which nothing is under way: none, unless a fault
    of ours left one behind, or two workers that ended at the same moment did not see each other's outcome. A parked
    transcription holds up nothing."""
    under_way = Job.objects.filter(
        Q(state__in=[Job.State.QUEUED, Job.State.RUNNING]) | Q(kind=Job.Kind.ASSESS, state=Job.State.PARKED),
        ~Q(kind__in=Job.APART),
        interview=OuterRef("pk"),
    )
    idle = Interview.objects.filter(~Exists(under_way), withdrawn_at=None).select_related("question_set__position")
    # Three questions, each of which has an index; as one they would have none.
    found = [
        *idle.filter(state=Interview.State.SUBMITTED)[:100],
        *idle.filter(assessed(), pk__in=to_be_read().values("interview"))[:100],
        *idle.filter(assessed(), state=Interview.State.SCORED, results=None)[:100],
    ]
    return list({interview.pk: interview for interview in found}.values())


def _left_to_people(interview: Interview) -> None:
    mine = Interview.objects.filter(pk=interview.pk, state=Interview.State.SUBMITTED)
    if mine.update(state=Interview.State.SCORED):
        interview.state = Interview.State.SCORED


def _unread(interview: Interview) -> bool:
    """Whether another run was asked for, or words came in or were corrected after the newest was done."""
    run = standing().filter(interview=interview).first()
    if run is None:
        return True
    if run.state in AssessmentRun.OPEN:
        return run.reassessment is None or run.reassessment.state != Reassessment.State.PAUSED
    read = set(run.assessments.values_list("answer", "transcript_sha256"))
    return any((answer.pk, answer.take.transcript.sha256) not in read for answer in answers_with_words(interview))


def _has_words(answer: Answer) -> bool:
    return hasattr(answer.take, "transcript") and bool(answer.take.transcript.words)
