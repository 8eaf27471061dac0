"""Deleting what is kept no longer: as a person asked for it, or since its time is over.

A job carries nothing but the interview. What is to be deleted, its worker reads from the rows, so doing it twice does
no more than doing it once. Files go first: a worker that dies leaves rows that say what is still to be done.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_noop

from interviews.engines.errors import Busy, RetryLater
from interviews.events import Kind
from interviews.models import Applicant, Erasure, Event, Export, Interview, Job, Message, ShareLink
from interviews.models.erasures import DataClass
from interviews.processing import erased, forgetting, jobs
from interviews.processing.advance import locked
from interviews.processing.crashing import point
from interviews.processing.sealing import seal
from interviews.queries import retention
from interviews.queries.erasures import Facts, digest

logger = logging.getLogger(__name__)

PROCEDURE = "1"
"""Which erasure a certificate is of: raise it with any change to what processing/forgetting.py takes away."""
AT_ONCE = 100
STRAGGLERS_FOR = timedelta(hours=24)
"""A worker that was making something of a recording may write once more after it is gone."""
OTHER_WORK_SECONDS = 5.0
BY_CLOCK = (DataClass.MEDIA, DataClass.TRANSCRIPTS, DataClass.SCORES)


def open_those_due(now: datetime) -> tuple[list[int], bool]:
    """The ids of the jobs opened, a batch at a time; and whether there may be more."""
    erased.are_back(now)
    under_way = Job.objects.filter(kind=Job.Kind.ERASE, state__in=[Job.State.QUEUED, Job.State.RUNNING]).count()
    room = AT_ONCE - under_way
    if room <= 0:
        return [], True
    is_open = Job.objects.filter(kind=Job.Kind.ERASE, state__in=Job.OPEN).values("interview")
    over = retention.over(now)
    found = dict.fromkeys(
        pk
        for data_class in BY_CLOCK
        for pk in over[data_class].exclude(pk__in=is_open).values_list("pk", flat=True)[:room]
    )
    opened = []
    for pk in list(found)[:room]:
        with transaction.atomic():
            interview = locked(pk)  # of many sweeps, one opens it
            if _due(interview, now) and not open_for(interview).exists():
                opened.append(Job.objects.create(kind=Job.Kind.ERASE, interview=interview).pk)
    return opened, len(found) >= room


def open_for(interview: Interview) -> QuerySet[Job]:
    return Job.objects.filter(interview=interview, kind=Job.Kind.ERASE, state__in=Job.OPEN)


def erase(claim: jobs.Claim, clock: Callable[[], datetime] = timezone.now) -> list[int]:
    now = clock()
    interview = Interview.objects.select_related("question_set__position").get(pk=claim.interview_id)
    classes = _due(interview, now)
    if not classes:
        with jobs.ending(claim, None) as due:
            pass
        return due
    is_whole = DataClass.SCORES in classes
    _stop_other_work(interview, claim.job_id, all_of_it=is_whole)
    mails = list(Message.objects.filter(interview=interview).values_list("pk", flat=True))
    try:
        for data_class in classes:
            forgetting.remove_files(interview.pk, data_class, mails)
    except OSError as error:
        raise RetryLater(f"A file could not be deleted ({error.strerror})") from None
    point(claim.kind, "removed")
    with jobs.ending(claim, Kind.ERASED if is_whole else Kind.DELETED) as due:
        if is_whole:
            _erase_whole(interview, now, claim.job_id)
        else:
            _erase_classes(interview, now, classes)
    forgetting.settle()
    if is_whole:
        erased.remember(interview.pk)
    logger.info("interview %s: deleted %s", interview.pk, ", ".join(classes))
    return due


def _stop_other_work(interview: Interview, mine: int, *, all_of_it: bool) -> None:
    """What another worker has in hand would write once more, or mail. Raises Busy until that has ended."""
    with transaction.atomic():
        locked(interview.pk)
        if Job.objects.filter(interview=interview, state=Job.State.RUNNING).exclude(pk=mine).exists():
            raise Busy(gettext_noop("Other work on this interview is under way"), retry_after=OTHER_WORK_SECONDS)
        if all_of_it:
            for kind in set(Job.Kind) - {Job.Kind.ERASE}:
                jobs.drop(interview, kind)


def remove_tombstones(now: datetime) -> int:
    """What erasures left, once its time is over too: then nothing tells that there was an interview."""
    over = retention.over(now)[DataClass.AUDIT]
    gone = list(over.values_list("pk", "applicant")[:AT_ONCE])
    if gone:
        seal()  # their events go with them; the audit log has to have them first
    with transaction.atomic():
        Interview.objects.filter(pk__in=[pk for pk, _applicant in gone]).delete()
        Applicant.objects.filter(pk__in=[applicant for _pk, applicant in gone], interviews=None).delete()
    for pk, _applicant in gone:
        erased.forget(pk)
    return len(gone)


def remove_stragglers(now: datetime) -> None:
    """And what a worker that died a moment after an erasure did not come to."""
    lately = now - STRAGGLERS_FOR
    for pk in Interview.objects.filter(media_erased_at__gte=lately).values_list("pk", flat=True):
        for folder in forgetting.folders_of(pk):
            shutil.rmtree(folder, ignore_errors=True)
    for pk in Interview.objects.filter(erased_at__gte=lately).values_list("pk", flat=True):
        erased.remember(pk)


def _due(interview: Interview, now: datetime) -> list[DataClass]:
    over = retention.over(now)
    return [it for it in BY_CLOCK if over[it].filter(pk=interview.pk).exists()]


def _erase_classes(interview: Interview, now: datetime, classes: list[DataClass]) -> None:
    mine = Interview.objects.filter(pk=interview.pk)
    if DataClass.MEDIA in classes:
        jobs.drop(interview, Job.Kind.RENDER)
        jobs.drop(interview, Job.Kind.TRANSCRIBE)
        jobs.drop(interview, Job.Kind.STORE)
        forgetting.forget_media(interview)
        mine.update(media_erased_at=now)
    if DataClass.TRANSCRIPTS in classes:
        jobs.drop(interview, Job.Kind.ASSESS)
        forgetting.forget_transcripts(interview)
        mine.update(transcripts_erased_at=now)


def _erase_whole(interview: Interview, now: datetime, job_id: int) -> None:
    told = _facts(interview, now)
    forgetting.forget_media(interview)
    forgetting.forget_transcripts(interview)
    forgetting.forget_person(interview, but=job_id)
    Interview.objects.filter(pk=interview.pk).update(
        erased_at=now,
        media_erased_at=interview.media_erased_at or now,
        transcripts_erased_at=interview.transcripts_erased_at or now,
        withdrawn_at=interview.withdrawn_at or now,
        remind_at=None,
        time_zone="",
        language="",
    )
    Erasure.objects.create(interview=interview, because=told["because"], facts=told, sha256=digest(told), at=now)


def _facts(interview: Interview, now: datetime) -> Facts:
    position = interview.position
    exports = Export.objects.filter(interview=interview).order_by("pk").values_list("at", flat=True)
    return Facts(
        code=interview.receipt_code,
        host=position.host,
        position=position.title,
        because=_because(interview, now),
        asked_at=interview.erasure_asked_at.isoformat() if interview.erasure_asked_at else "",
        erased_at=now.isoformat(),
        media_at=interview.media_erased_at.isoformat() if interview.media_erased_at else "",
        transcripts_at=interview.transcripts_erased_at.isoformat() if interview.transcripts_erased_at else "",
        procedure=PROCEDURE,
        deleted=forgetting.counted(interview),
        exports=[at.isoformat() for at in exports],
        shares=ShareLink.objects.filter(interview=interview).count(),
    )


def _because(interview: Interview, now: datetime) -> Erasure.Because:
    if interview.erasure_asked_at is None:
        return Erasure.Because.OVER
    asked = Event.objects.filter(interview=interview, kind=Kind.ERASURE_ASKED).order_by("-number").first()
    return Erasure.Because.DECIDED if asked is not None and asked.actor_id is not None else Erasure.Because.ASKED
