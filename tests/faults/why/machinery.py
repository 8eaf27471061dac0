"""What holds up an interview in our own machinery: engines, workers, jobs, pauses and the queue."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.db import OperationalError
from django.db.models.functions import Now
from django.utils import timezone
from huey.contrib.djhuey import HUEY

from interviews.actions import operating, reassessing
from interviews.models import Criterion, Job, JobAttempt, Question, Reassessment, RubricVersion, Worker
from interviews.processing import jobs, leases
from tests.faults.why.site import Deed, Fault, Site, scored
from tests.people import make_rubric


def _without_engine(site: Site) -> None:
    site.settings.ANALYSIS_ENGINE = "none"
    site.submit()
    site.finish()


def _with_engine(site: Site) -> None:
    site.settings.ANALYSIS_ENGINE = "gemini"


def _worker_gone(site: Site) -> None:
    site.submit()
    Worker.objects.update(seen_at=timezone.now() - timedelta(minutes=5))


def _paused_kind(site: Site) -> None:
    operating.pause_kind(Job.Kind.TRANSCRIBE, "", site.operator)
    site.submit()
    site.run()
    assert not site.deepgram.requests


def _paused_job(site: Site) -> None:
    site.submit()
    site.run(Job.Kind.TRANSCRIBE)
    operating.act("pause", [Job.objects.get(kind=Job.Kind.ASSESS).pk], site.operator)
    site.run()
    assert not site.gemini.requests


def _worker_dies(times: int) -> Deed:
    def seed(site: Site) -> None:
        site.submit()
        job = Job.objects.filter(kind=Job.Kind.TRANSCRIBE).earliest("pk")
        token = uuid.uuid4()
        Job.objects.filter(pk=job.pk).update(
            state=Job.State.RUNNING,
            attempt=times,
            crashes=times - 1,
            lease_token=token,
            lease_until=Now() - timedelta(seconds=1),
        )
        JobAttempt.objects.create(job=job, token=token, worker="lost:1")
        if times >= jobs.CRASHES:
            jobs.run(job.pk, site.work)
            site.finish()

    return seed


def _cancelled(site: Site) -> None:
    site.submit()
    site.run(Job.Kind.TRANSCRIBE)
    operating.act("cancel", [Job.objects.get(kind=Job.Kind.ASSESS).pk], site.operator)
    site.finish()


def _nobody(site: Site) -> None:
    site.submit()
    site.run(Job.Kind.TRANSCRIBE)
    Job.objects.filter(kind=Job.Kind.ASSESS).delete()


def _waits_long(site: Site) -> None:
    site.submit()
    Job.objects.filter(state=Job.State.QUEUED).update(run_after=Now() - timedelta(minutes=2))


def _queue_away(site: Site) -> None:
    _waits_long(site)

    def refuse() -> int:
        raise ConnectionError("Connection refused")

    site.monkeypatch.setattr(HUEY, "pending_count", refuse)


def _queue_back(site: Site) -> None:
    site.monkeypatch.undo()


def _in_line(site: Site) -> None:
    _waits_long(site)
    first = Job.objects.filter(state=Job.State.QUEUED).earliest("pk")
    Job.objects.filter(state=Job.State.QUEUED).exclude(pk=first.pk).update(run_after=Now() - timedelta(minutes=3))


def _reassessment_paused(site: Site) -> None:
    site.submit()
    site.finish()
    Question.objects.filter(pk=site.world.questions[0].pk).update(rubric=make_rubric("Migrations", number=2))
    newer = Question.objects.get(pk=site.world.questions[0].pk)
    assert newer.rubric is not None
    started = reassessing.start(site.world.position, {newer: newer.rubric}, site.operator)
    reassessing.pause(Reassessment.objects.get(pk=started.pk), site.operator)
    site.finish()


def _without_weight(site: Site) -> None:
    Criterion.objects.update(weight=0)
    site.submit()
    site.finish()


def _with_weight(site: Site) -> None:
    for name in ("Migrations", "More migrations"):
        make_rubric(name, number=2)
    assert RubricVersion.objects.filter(number=2, published_at__isnull=False).count() == 2


def _fails_with(error: Exception, rounds: int = 1) -> Deed:
    def broken(claim: jobs.Claim) -> list[int]:
        raise error

    def seed(site: Site) -> None:
        site.submit()
        site.run(rounds=rounds, of=dict.fromkeys(site.work, broken))

    return seed


FAULTS: dict[str, Fault] = {
    "there is no engine": Fault(
        "no-engine", "set ANALYSIS_ENGINE", _without_engine, scored, _with_engine, pressed=False
    ),
    "there is no worker": Fault(
        "no-worker", "Start one: manage.py", _worker_gone, scored, lambda site: leases.pulse(), pressed=False
    ),
    "a kind of work is paused": Fault("paused-kind", "was paused by root", _paused_kind, scored),
    "one job is paused": Fault("paused-job", "This work alone was paused", _paused_job, scored),
    "it kills its workers": Fault("crashed", "the log of the last one", _worker_dies(3), scored),
    "its worker died": Fault("worker-lost", "was lost in the middle", _worker_dies(1), scored),
    "an operator cancelled it": Fault("cancelled", "An operator cancelled it", _cancelled, scored),
    "nobody works on it": Fault("nobody", "a fault of ours", _nobody, scored),
    "the queue is away": Fault("queue-away", "Start Redis", _queue_away, scored, _queue_back, pressed=False),
    "no worker has heard of it": Fault("not-told", "No worker has heard", _waits_long, scored),
    "others come first": Fault("in-line", "its turn after 3 others", _in_line, scored),
    "the reassessment is paused": Fault("reassessment-paused", "somebody has paused", _reassessment_paused, scored),
    "no criterion has a weight": Fault("no-weight", "the weight zero", _without_weight, scored, _with_weight),
    "our database was away": Fault("database", "database was away", _fails_with(OperationalError("gone")), scored),
    "a fault of ours": Fault("ours", "A fault on our side", _fails_with(RuntimeError("ours")), scored),
    "a fault of ours, eight times": Fault(
        "ours", "as often as it may be tried", _fails_with(RuntimeError("ours"), jobs.ATTEMPTS), scored
    ),
}
