"""How a recording arrives: begun, appended to, taken over, dropped.

A segment's bytes are appended under a lock on its take's row, and its offset moves only after they are on disk for
good. A crash in between leaves bytes beyond the offset, which the next piece overwrites.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from interviews.actions import quotas
from interviews.actions.incoming import Checksum, Incoming
from interviews.actions.preconditions import must_be_in_time, must_be_open_to, must_be_recording, must_have_takes_left
from interviews.actions.refusals import (
    NoSuchTake,
    NotAllowed,
    NotARecording,
    SegmentClosed,
    TakeFinished,
    TakenOver,
    TooLarge,
    WrongOffset,
)
from interviews.events import came_further
from interviews.media import durable
from interviews.media.sniff import ACCEPTED, bare_type
from interviews.models import Interview, Job, Piece, Question, Segment, Take
from interviews.models.redos import takes_allowed
from interviews.processing.advance import locked
from interviews.processing.takes import forget

PRACTICE = 0
"""In place of a question's id."""
BROKEN_OFF_AT_MOST = 20
"""Takes per question that were begun and not finished, and segments per take: they cost the applicant nothing, and the
site its disk."""


@dataclass(frozen=True, slots=True)
class Sender:
    """`metadata` is the creation's header as it was sent; `client` the sender's own name for the upload, or blank."""

    mime_type: str
    metadata: str = ""
    client: str = ""
    writer: str = ""


def begin(interview: Interview, question_id: int, sender: Sender, length: int | None = None) -> Segment:
    """The first segment of a new take. Sent again with the same `client`, the same one.

    Raises NotAllowed, WrongState, NotARecording, TooLarge, QuotaReached, DiskFull.
    """
    must_be_in_time(interview)
    _must_be_acceptable(interview, sender.mime_type, length)
    must_be_open_to(interview, question_id)
    question = Question.objects.filter(pk=question_id, question_set=interview.question_set_id).first()
    if question is None and question_id == PRACTICE and interview.question_set.practice:
        return _begin_practice(interview, sender, length)
    if question is None:
        raise NotAllowed(_("This question is not part of the interview. Load the page again."))
    with transaction.atomic():
        # One take at a time per interview: two tabs must not both count the same takes.
        must_be_recording(locked(interview.pk))
        if (known := _sent_before(interview, sender)) is not None:
            return known
        takes = list(Take.objects.filter(interview=interview, question=question).order_by("number"))
        # A take that was cut short (the tab was closed, the camera failed) costs the applicant nothing.
        limit = takes_allowed(interview, question)
        must_have_takes_left(limit, sum(take.state == Take.State.FINISHED and not take.text for take in takes))
        if len(takes) >= limit + BROKEN_OFF_AT_MOST:
            raise NotAllowed(_("Too many recordings of this question were broken off. Ask the person who invited you."))
        number = max((take.number for take in takes), default=0) + 1
        take = Take.objects.create(interview=interview, question=question, number=number, writer=sender.writer)
        return _segment(take, 1, sender, length)


def _begin_practice(interview: Interview, sender: Sender, length: int | None) -> Segment:
    """There is one at a time, and as many as one likes."""
    with transaction.atomic():
        must_be_recording(locked(interview.pk))
        if (known := _sent_before(interview, sender)) is not None:
            return known
        forget(Take.objects.filter(interview=interview, question=None))
        take = Take.objects.create(interview=interview, question=None, number=1, writer=sender.writer)
        return _segment(take, 1, sender, length)


def go_on(interview: Interview, take_id: uuid.UUID, sender: Sender, length: int | None = None) -> Segment:
    """A further segment of a take that was interrupted. Nothing more can be added to those before it, and nothing by
    another tab. Raises as `begin` does, and NoSuchTake, TakeFinished."""
    _must_be_acceptable(interview, sender.mime_type, length)
    with transaction.atomic():
        must_be_recording(locked(interview.pk))
        if (known := _sent_before(interview, sender)) is not None:
            return known
        take = _receiving(interview, take_id)
        must_be_open_to(interview, take.question_id)
        _set_going(take, sender.writer)
        Segment.objects.filter(take=take, received=0).delete()
        numbers = list(Segment.objects.filter(take=take).values_list("number", flat=True))
        if len(numbers) >= BROKEN_OFF_AT_MOST:
            raise NotAllowed(_("This recording was interrupted too often. Keep what is saved, or record it again."))
        return _segment(take, max(numbers, default=0) + 1, sender, length)


def claim(interview: Interview, take_id: uuid.UUID, writer: str) -> Take:
    """From now on only `writer` may add to this take. Raises NoSuchTake, TakeFinished, WrongState, NotAllowed."""
    must_be_recording(interview)
    with transaction.atomic():
        take = _receiving(interview, take_id)
        _set_going(take, writer)
        return take


def append(
    segment_id: uuid.UUID,
    offset: int,
    chunks: Iterable[bytes],
    checksum: Checksum | None = None,
    *,
    length: int | None = None,
    writer: str = "",
    seconds: float | None = None,
) -> Segment:
    """Keep one piece. Returns the segment as it is then, once the bytes are on disk.

    `length` is the whole segment's, once it is known. Raises WrongOffset, ChecksumDiffers, NotARecording, TooLarge,
    QuotaReached, DiskFull, TakenOver, TakeFinished, SegmentClosed, WrongState; then nothing was kept.
    """
    with transaction.atomic():
        segment = _locked_segment(segment_id, writer)
        if offset != segment.received:
            raise WrongOffset(_("This piece does not fit behind what is already stored."), segment.received)
        piece = Incoming(chunks, segment, length, checksum, quotas.room(segment.take))
        durable.append(segment.path, offset, piece)
        piece.must_be_whole()
        changed: dict[str, object] = {
            "received": offset + piece.size,
            "appended_at": timezone.now(),
            "length": piece.length,
        }
        if seconds is not None:
            changed["seconds"] = seconds
        if piece.size:
            Piece.objects.create(segment=segment, offset=offset, length=piece.size, sha256=piece.sha256.digest())
        if not Segment.objects.filter(pk=segment.pk, received=offset).update(**changed):
            raise WrongOffset(_("This piece does not fit behind what is already stored."), offset)
        if segment.take.state == Take.State.PARTIAL:
            _set_going(segment.take, segment.take.writer)
    for name, value in changed.items():
        setattr(segment, name, value)
    question = segment.take.question
    if question is None:
        return segment
    came_further.send_robust(
        sender=Segment,
        interview_id=segment.take.interview_id,
        position_id=question.question_set.position_id,
        question=question.number,
        size=segment.received,
    )
    return segment


def drop(segment_id: uuid.UUID, writer: str = "") -> None:
    """Forget an upload, and its take with its last one. Raises TakenOver, TakeFinished, SegmentClosed, WrongState."""
    with transaction.atomic():
        segment = _locked_segment(segment_id, writer)
        path = segment.path
        segment.delete()
        if not Segment.objects.filter(take=segment.take_id).exists():
            Take.objects.filter(pk=segment.take_id).delete()
        transaction.on_commit(lambda: path.unlink(missing_ok=True))


def _must_be_acceptable(interview: Interview, mime_type: str, length: int | None) -> None:
    must_be_recording(interview)
    if bare_type(mime_type) not in ACCEPTED:
        raise NotARecording(_("This kind of file cannot be used. Record with a current browser: it makes WebM or MP4."))
    if length == 0:
        raise NotARecording(_("Nothing was recorded. Check the camera and microphone, and record again."))
    if length is not None and length > settings.MAX_TAKE_BYTES:
        raise TooLarge(_("This recording is too large. Record a shorter one, on this page."))
    quotas.must_have_room()


def _sent_before(interview: Interview, sender: Sender) -> Segment | None:
    """The same creation may come twice, when its first reply was lost."""
    if not sender.client:
        return None
    return Segment.objects.filter(take__interview=interview, client=sender.client).select_related("take").first()


def _segment(take: Take, number: int, sender: Sender, length: int | None) -> Segment:
    return Segment.objects.create(
        take=take,
        number=number,
        mime_type=bare_type(sender.mime_type),
        metadata=sender.metadata,
        client=sender.client,
        length=length,
    )


def _receiving(interview: Interview, take_id: uuid.UUID) -> Take:
    """Locked until the end of the transaction."""
    take = Take.objects.select_for_update(no_key=True).filter(pk=take_id, interview=interview).first()
    if take is None:
        raise NoSuchTake(_("This recording is not known here. Load the page and record again."))
    _must_be_receiving(take)
    return take


def _must_be_receiving(take: Take) -> None:
    # One that was broken off and counted all the same, because time was up, is made ready to play and transcribed.
    if take.state not in Take.RECEIVING or Job.objects.filter(take=take).exists():
        raise TakeFinished(_("This recording is complete and cannot be added to."))


def _set_going(take: Take, writer: str) -> None:
    take.state, take.writer, take.finished_at, take.bytes, take.sha256 = Take.State.RECORDING, writer, None, None, ""
    take.save(update_fields=["state", "writer", "finished_at", "bytes", "sha256"])


def _locked_segment(segment_id: uuid.UUID, writer: str) -> Segment:
    """With the lock on its take. Raises what forbids adding to it."""
    takes = Take.objects.select_for_update(no_key=True, of=("self",)).select_related(
        "interview", "question__question_set"
    )
    take = takes.filter(segments=segment_id).first()
    segment = Segment.objects.filter(pk=segment_id).first()  # after the lock: as the last one has left it
    if take is None or segment is None:
        raise NoSuchTake(_("This recording is not known here. Load the page and record again."))
    segment.take = take
    must_be_recording(take.interview)
    _must_be_receiving(take)
    if take.writer and take.writer != writer:
        raise TakenOver(
            _("This recording goes on in another tab or on another device. Nothing that was saved is lost.")
        )
    if Segment.objects.filter(take=take, number__gt=segment.number).exists():
        raise SegmentClosed(_("This recording has been continued elsewhere. What was saved before is kept."))
    return segment
