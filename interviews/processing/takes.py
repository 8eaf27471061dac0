"""What a take holds, read back from disk; and the takes that nobody came back to."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from interviews.events import Kind, record
from interviews.media import durable
from interviews.models import Answer, Interview, Redo, Segment, Take
from interviews.models.needs import DEADLINE_GRACE
from interviews.models.renditions import renditions_of
from interviews.processing.advance import advance, locked

ABANDONED_AFTER = timedelta(minutes=30)
"""Without another byte. The applicant can still go on with it until the deadline."""
SETTLED_AFTER = DEADLINE_GRACE
"""After the deadline: what was recorded before it may have been on its way until then."""
AT_ONCE = 20
PRACTICE_LIVES = timedelta(hours=1)
"""For who closes the page in the middle of it; otherwise it is deleted when the questions begin."""


@dataclass(frozen=True, slots=True)
class Contents:
    """All bytes of a take. Digests are hexadecimal; `segments` by id."""

    bytes: int
    sha256: str
    segments: dict[UUID, str]


def contents(segments: Sequence[Segment]) -> Contents:
    """Every byte on disk compared with what arrived. Raises media.durable.DamagedFile."""
    whole = hashlib.sha256()
    digests = {
        segment.pk: durable.read_back(
            segment.path,
            [durable.Stretch(it.offset, it.length, bytes(it.sha256)) for it in segment.pieces.all()],
            whole,
        )
        for segment in segments
    }
    return Contents(sum(segment.received for segment in segments), whole.hexdigest(), digests)


def end(take: Take, state: Take.State, segments: Sequence[Segment], found: Contents, **facts: object) -> bool:
    """Moves a take that was not ended, unless something was added since `segments` were read: then False.

    In a transaction of the caller's, which has locked the interview and writes nothing before.
    """
    moved = Take.objects.filter(pk=take.pk, writer=take.writer, state__in=Take.RECEIVING).exclude(state=state)
    if not moved.update(
        state=state, bytes=found.bytes, sha256=found.sha256, finished_at=timezone.now(), **facts
    ):  # and from here on nothing is added
        return False
    now = dict(Segment.objects.filter(take=take).values_list("pk", "received"))
    if now != {segment.pk: segment.received for segment in segments}:
        transaction.set_rollback(True)
        return False
    for segment, sha256 in found.segments.items():
        Segment.objects.filter(pk=segment).update(sha256=sha256)
    return True


def answered_again(take: Take) -> None:
    """What was asked for again is done, if this complete take was begun after that."""
    asked = Redo.objects.filter(interview=take.interview_id, question=take.question_id, done_at=None)
    asked.filter(asked_at__lte=take.created_at).update(done_at=timezone.now())


def sweep_takes() -> list[int]:
    """Ends what was broken off and lets it count where time is up. Returns the ids of the jobs that are due."""
    now = timezone.now()
    is_idle = Q(created_at__lt=now - ABANDONED_AFTER) & ~Exists(
        Segment.objects.filter(take=OuterRef("pk"), appended_at__gte=now - ABANDONED_AFTER)
    )
    is_over = Q(interview__deadline__lt=now - SETTLED_AFTER) | ~Q(interview__state=Interview.State.STARTED)
    no_more_practice = Q(created_at__lt=now - PRACTICE_LIVES) | ~Q(interview__state=Interview.State.STARTED)
    with transaction.atomic():
        forget(Take.objects.filter(no_more_practice, question=None)[:AT_ONCE])
    for take in Take.objects.filter(is_idle | is_over, question__isnull=False, state=Take.State.RECORDING)[:AT_ONCE]:
        _break_off(take)
    return [job for take in _uncounted(now - SETTLED_AFTER) for job in _count(take)]


def forget(takes: Iterable[Take]) -> None:
    """Rows, and after commit their files."""
    for take in takes:
        folders = (Path(settings.MEDIA_DIR) / "takes" / str(take.interview_id) / str(take.pk), renditions_of(take))
        take.delete()
        for folder in folders:
            transaction.on_commit(partial(shutil.rmtree, folder, ignore_errors=True))


def _break_off(take: Take) -> None:
    segments = list(take.segments.prefetch_related("pieces"))
    try:
        found = contents(segments)
    except (durable.DamagedFile, OSError):
        found = Contents(sum(segment.received for segment in segments), "", {})
    with transaction.atomic():
        locked(take.interview_id)
        told = [segment.seconds for segment in segments if segment.seconds is not None]
        end(take, Take.State.PARTIAL, segments, found, seconds=told[-1] if told else None)


def _uncounted(before: object) -> QuerySet[Take]:
    """The longest first."""
    answers = Answer.objects.filter(interview=OuterRef("interview"), question=OuterRef("question"))
    return Take.objects.filter(
        ~Exists(answers),
        question__isnull=False,
        state=Take.State.PARTIAL,
        bytes__gt=0,
        interview__state=Interview.State.STARTED,
        interview__revoked_at=None,
        interview__deadline__lt=before,
    ).order_by("-bytes")[:AT_ONCE]


def _count(take: Take) -> list[int]:
    """It becomes the answer, so that people can see it and it is transcribed."""
    with transaction.atomic():
        interview = locked(take.interview_id)
        if take.question is None or Answer.objects.filter(interview=interview, question=take.question).exists():
            return []
        answer = Answer.objects.create(interview=interview, question=take.question, take=take)
        due = advance(interview)
        record(Kind.RECORDED, interview, answer=answer)
    return due
