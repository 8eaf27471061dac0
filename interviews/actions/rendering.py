"""What was made of a recording can be made again from what was received."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import transaction

from interviews.events import Kind, record
from interviews.models import Answer, Job, Take
from interviews.processing.advance import locked
from interviews.processing.jobs import resume
from interviews.tasks import hint


def make_again(take: Take, actor: User | None = None) -> bool:
    """Opens the job, or sets the parked one going; until it is done the old files are played. Whether there was one to
    open: a take that is no answer, or under way, is left alone."""
    with transaction.atomic():
        interview = locked(take.interview_id)
        answer = Answer.objects.filter(take=take).first()
        job = Job.objects.filter(take=take, kind=Job.Kind.RENDER, state__in=Job.OPEN).first()
        if answer is None or (job is not None and job.state != Job.State.PARKED):
            return False
        if job is None:
            hint([Job.objects.create(kind=Job.Kind.RENDER, interview=interview, take=take).pk])
            record(Kind.RESUMED, interview, answer=answer, actor=actor)
        else:
            hint(resume(job.pk))
    return True
