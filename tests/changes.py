"""A change for every kind of event: what somebody or something does, so that it is recorded."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from interviews.actions import answering, operating, reassessing, running
from interviews.actions.assessing import assess_again
from interviews.actions.choosing import choose
from interviews.actions.correcting import correct
from interviews.actions.deadlines import extend_all
from interviews.actions.deadlines import take_back as take_time_back
from interviews.actions.explaining import explain
from interviews.actions.exporting import note as note_export
from interviews.actions.holding import lift_hold, place_hold
from interviews.actions.invitations import Person, invite, mail, new_link, restore_all, revoke, revoke_all, seen_in
from interviews.actions.joining import join, make_public_link
from interviews.actions.needs import accommodate, answer_extension, ask_for_accommodation, ask_for_time
from interviews.actions.noting import Noted, note
from interviews.actions.positions import new_version, publish
from interviews.actions.rendering import make_again
from interviews.actions.reopening import ask_again, reopen
from interviews.actions.reviewing import Rated, decide, rate, take_back
from interviews.actions.sharing import Outsider, comment, end_share, share, visited
from interviews.actions.withdrawing import ask_for_erasure, call_erasure_back, withdraw
from interviews.engines.errors import Permanent, RetryLater
from interviews.events import Kind, record
from interviews.models import (
    Accommodation,
    Answer,
    Applicant,
    Decision,
    Interview,
    Job,
    Message,
    Pause,
    Position,
    ProviderHealth,
    ShareLink,
    ShareVisit,
    SignOfLife,
    Take,
)
from interviews.processing import erasing, jobs, providers
from interviews.processing.uptime import beat
from interviews.queries.ratings import places
from interviews.tasks import WORK
from tests.engines import make_ready, work_through
from tests.people import World, review


def _fails(error: Exception) -> Callable[[jobs.Claim], list[int]]:
    def work(claim: jobs.Claim) -> list[int]:
        raise error

    return work


def _run_first_job(world: World, error: Exception) -> None:
    job = Job.objects.filter(interview=world.interview, state=Job.State.QUEUED).order_by("pk")[0]
    jobs.run(job.pk, dict.fromkeys(WORK, _fails(error)))


def _invited(world: World) -> None:
    invite(Applicant.objects.create(name="Dee Dahl", email="dee@example.com"), world.question_set)


def _mailed(world: World) -> None:
    mail(world.interview, Message.Kind.INVITATION)
    jobs.run(Job.objects.filter(kind=Job.Kind.MAIL).latest("pk").pk, WORK)


def _not_mailed(world: World) -> None:
    mail(world.interview, Message.Kind.INVITATION)
    revoke(world.interview)
    jobs.run(Job.objects.filter(kind=Job.Kind.MAIL).latest("pk").pk, WORK)


def _started(world: World) -> None:
    answering.consent(world.interview, ai=True)


def _recorded(world: World) -> None:
    """The answers of `answered` are there already; the event is what `finish_take` records with each."""
    with transaction.atomic():
        record(Kind.RECORDED, world.interview, answer=world.interview.answers.first())


def _chosen(world: World) -> None:
    """Two recordings of the first question; the older one is chosen."""
    older, newer = Take.objects.filter(interview=world.interview, question=world.questions[0]).order_by("number")
    assert newer.answer is not None
    choose(world.interview, older.pk)


def _extended(world: World, *, granted: bool) -> None:
    ask_for_time(world.interview)
    answer_extension(world.interview, granted=granted)


def _time_taken_back(world: World) -> None:
    ask_for_time(world.interview)
    moved, _refused = extend_all([world.interview.pk], 7, actor=world.ada)
    take_time_back(moved, by=world.ada)


def _moved(world: World) -> None:
    soon = timezone.now() + timedelta(days=2)
    running.save(world.position, world.position.edits, {"deadline": soon}, actor=world.ada)


def _back(world: World) -> None:
    SignOfLife.objects.create(seen_at=timezone.now() - timedelta(hours=3))
    Interview.objects.update(created_at=timezone.now() - timedelta(days=1))
    beat()


def _resumed(world: World) -> None:
    _run_first_job(world, Permanent("the key was refused"))
    jobs.resume(Job.objects.get(state=Job.State.PARKED).pk)


def pause(world: World) -> None:
    """One job, and all jobs of its kind."""
    job = Job.objects.filter(interview=world.interview, state=Job.State.QUEUED).earliest("pk")
    operating.act("pause", [job.pk], world.ada)
    operating.pause_kind(Job.Kind.TRANSCRIBE, "", world.ada)


def _unpaused(world: World) -> None:
    operating.act("unpause", Pause.objects.exclude(job=None).values_list("job", flat=True), world.ada)
    operating.unpause_kind(Pause.objects.get().pk, world.ada)


def _outage() -> None:
    for _ in range(providers.FAILURES):
        with suppress(RetryLater), providers.calling("deepgram"):
            raise RetryLater("Deepgram is overloaded")


def _recovered() -> None:
    _outage()
    ProviderHealth.objects.update(next_try_at=timezone.now())
    with providers.calling("deepgram"):
        pass


def _made_again(world: World) -> None:
    make_again(Take.objects.filter(interview=world.interview).earliest("created_at"))
    make_ready(world.interview)


def _joined(world: World) -> None:
    link, _token = make_public_link(world.position, "the fair", actor=world.ada)
    join(link, Person("Eve", "eve@example.com"), "a browser", uuid.uuid4())


def _assessed_again(world: World) -> None:
    work_through(world.interview)
    assess_again(world.interview, {}, world.ada)


def _corrected(world: World) -> None:
    work_through(world.interview)
    answer = Answer.objects.filter(interview=world.interview)[0]
    correct(world.interview, answer.take_id, "Something else was said here", 1, None)


def _reassessed(world: World) -> None:
    work_through(world.interview)
    reassessing.start(world.position, {}, world.ada)


def _reviewer(world: World) -> User:
    """Somebody else of the team; kim of the fixture."""
    return world.position.team.get(username="kim")


def _revised(world: World) -> None:
    review(world.interview, _reviewer(world))
    answer, criterion = places(world.interview)[0]
    rate(world.interview, _reviewer(world), Rated(answer.pk, criterion.pk, 5, reason="heard again"))


def _noted(world: World) -> None:
    review(world.interview, _reviewer(world))
    for author in (_reviewer(world), world.ada):
        for text in ("Heard that before.", "Says how it was measured."):
            take = Answer.objects.filter(interview=world.interview)[0].take_id
            note(world.interview, author, Noted(uuid.uuid4(), take, 35, text, 0))


def _decided(world: World) -> None:
    review(world.interview, _reviewer(world))
    decide(world.interview, _reviewer(world), Decision.Outcome.ADVANCE, "the best")


def _taken_back(world: World) -> None:
    _decided(world)
    take_back(world.interview.decisions.get().pk, _reviewer(world))


def _explained(world: World) -> None:
    _decided(world)
    explain(world.interview, _reviewer(world), with_reason=True)


def _shared(world: World) -> ShareLink:
    return share(world.interview, Outsider("Olga", "olga@example.com"), 7, shows_levels=False, by=world.ada)[0]


def _called_back(world: World) -> None:
    ask_for_erasure(world.interview)
    call_erasure_back(world.interview)


def _delete_what_is_over() -> None:
    opened, _more = erasing.open_those_due(timezone.now())
    for job in opened:
        jobs.run(job, WORK)


def _recordings_deleted(world: World) -> None:
    Position.objects.filter(pk=world.position.pk).update(retention_days=1)
    Interview.objects.filter(pk=world.interview.pk).update(submitted_at=timezone.now() - timedelta(days=2))
    _delete_what_is_over()


def _erased(world: World) -> None:
    ask_for_erasure(world.interview)
    Interview.objects.filter(pk=world.interview.pk).update(erasure_asked_at=timezone.now() - timedelta(days=2))
    _delete_what_is_over()


def _hold_lifted(world: World) -> None:
    place_hold(world.interview, "a claim", by=world.ada)
    lift_hold(world.interview, by=world.ada)


def _restored(world: World) -> None:
    revoked, _refused = revoke_all([world.interview.pk], actor=world.ada)
    restore_all(revoked, by=world.ada)


def _commented(world: World) -> None:
    answer = Answer.objects.filter(interview=world.interview)[0]
    comment(_shared(world), answer, "[0:01] Good.", 0)


PREPARE: dict[str, str] = {
    Kind.INVITED: "world",
    Kind.RENEWED: "world",
    Kind.OPENED: "unopened",
    Kind.STARTED: "world",
    Kind.REDO_ASKED: "answered",
    Kind.JOINED: "world",
    Kind.REVOKED: "world",
    Kind.RESTORED: "world",
    Kind.CHOSEN: "answered_twice",
    Kind.SUBMITTED: "answered",
    Kind.NOT_MAILED: "world",
    Kind.EXTENSION_ASKED: "world",
    Kind.EXTENDED: "world",
    Kind.NOT_EXTENDED: "world",
    Kind.EXTENSION_TAKEN_BACK: "world",
    Kind.MOVED: "world",
    Kind.ACCOMMODATION_ASKED: "world",
    Kind.ACCOMMODATED: "world",
    Kind.BACK: "world",
}
"""The fixture each change starts from; `submitted` where nothing else is said."""
CHANGE: dict[str, Callable[[World], object]] = {
    Kind.INVITED: lambda world: _invited(world),
    Kind.RENEWED: lambda world: new_link(world.interview),
    Kind.OPENED: lambda world: seen_in(world.interview.pk, ""),
    Kind.STARTED: lambda world: _started(world),
    Kind.REOPENED: lambda world: reopen(world.interview, 7, actor=world.ada),
    Kind.REDO_ASKED: lambda world: ask_again(world.interview, world.questions[0], "No sound.", 7, actor=world.ada),
    Kind.JOINED: lambda world: _joined(world),
    Kind.REVOKED: lambda world: revoke(world.interview),
    Kind.RESTORED: lambda world: _restored(world),
    Kind.MAIL_ASKED: lambda world: mail(world.interview, Message.Kind.REMINDER),
    Kind.MAILED: lambda world: _mailed(world),
    Kind.NOT_MAILED: lambda world: _not_mailed(world),
    Kind.RECORDED: lambda world: _recorded(world),
    Kind.CHOSEN: lambda world: _chosen(world),
    Kind.WITHDRAWN: lambda world: withdraw(world.interview),
    Kind.ERASURE_ASKED: lambda world: ask_for_erasure(world.interview),
    Kind.ERASURE_CALLED_BACK: lambda world: _called_back(world),
    Kind.DELETED: lambda world: _recordings_deleted(world),
    Kind.ERASED: lambda world: _erased(world),
    Kind.HELD: lambda world: place_hold(world.interview, "a claim", by=world.ada),
    Kind.HOLD_LIFTED: lambda world: _hold_lifted(world),
    Kind.SUBMITTED: lambda world: answering.submit(world.interview),
    Kind.PREPARED: lambda world: _made_again(world),
    Kind.TRANSCRIBED: lambda world: work_through(world.interview),
    Kind.CORRECTED: lambda world: _corrected(world),
    Kind.ASSESSMENT_ASKED: lambda world: _assessed_again(world),
    Kind.ASSESSMENT_STARTED: lambda world: work_through(world.interview),
    Kind.ASSESSED: lambda world: work_through(world.interview),
    Kind.SCORED: lambda world: work_through(world.interview),
    Kind.DELAYED: lambda world: _run_first_job(world, RetryLater("Deepgram is busy")),
    Kind.PARKED: lambda world: _run_first_job(world, Permanent("the key was refused")),
    Kind.RESUMED: lambda world: _resumed(world),
    Kind.PAUSED: lambda world: pause(world),
    Kind.UNPAUSED: lambda world: _unpaused(world),
    Kind.EXTENSION_ASKED: lambda world: ask_for_time(world.interview),
    Kind.EXTENDED: lambda world: _extended(world, granted=True),
    Kind.NOT_EXTENDED: lambda world: _extended(world, granted=False),
    Kind.EXTENSION_TAKEN_BACK: lambda world: _time_taken_back(world),
    Kind.MOVED: lambda world: _moved(world),
    Kind.ACCOMMODATION_ASKED: lambda world: ask_for_accommodation(world.interview, ["time"], ""),
    Kind.ACCOMMODATED: lambda world: accommodate(Accommodation(interview=world.interview, time_percent=200)),
    Kind.REVIEWED: lambda world: review(world.interview, _reviewer(world)),
    Kind.REVISED: lambda world: _revised(world),
    Kind.NOTED: lambda world: _noted(world),
    Kind.DECIDED: lambda world: _decided(world),
    Kind.DECISION_TAKEN_BACK: lambda world: _taken_back(world),
    Kind.EXPLAINED: lambda world: _explained(world),
    Kind.SHARED: lambda world: _shared(world),
    Kind.SHARE_ENDED: lambda world: end_share(_shared(world), by=world.ada),
    Kind.SHARE_SEEN: lambda world: visited(_shared(world), ShareVisit.Kind.OPENED),
    Kind.SHARE_COMMENTED: lambda world: _commented(world),
    Kind.EXPORTED: lambda world: note_export(world.ada, "csv", interviews=1, interview=world.interview),
    Kind.RULES: lambda world: world.position.save(),
    Kind.PUBLISHED: lambda world: publish(new_version(world.question_set)),
    Kind.BACK: lambda world: _back(world),
    Kind.REASSESSMENT: lambda world: _reassessed(world),
    Kind.OUTAGE: lambda world: _outage(),
    Kind.RECOVERED: lambda world: _recovered(),
    Kind.RIGHTS: lambda world: world.position.team.add(world.cy),
}
