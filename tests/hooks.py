"""A worker tells other machines what is due, at once."""

from __future__ import annotations

import json

from django.db.models.functions import Now

from interviews.models import Job
from interviews.processing import jobs
from interviews.processing.webhooks import to_be_told
from interviews.tasks import WORK
from tests.receiver import Receiver


def tell() -> None:
    """What the sweep finds is done, once."""
    for job in to_be_told():
        jobs.run(job, WORK)


def try_again() -> None:
    for job in Job.objects.filter(kind=Job.Kind.WEBHOOK, state=Job.State.QUEUED):
        Job.objects.filter(pk=job.pk).update(run_after=Now())
        jobs.run(job.pk, WORK)


def kinds(receiver: Receiver) -> list[str]:
    return [json.loads(it.body)["type"] for it in receiver.told]
