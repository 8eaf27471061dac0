"""The end of a recording: what arrived is compared with what was sent, and becomes the answer."""

from __future__ import annotations

import hashlib
import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from interviews.actions.preconditions import must_be_open_to, must_be_recording, must_have_takes_left
from interviews.actions.refusals import (
    DigestDiffers,
    NotARecording,
    TakeFinished,
    TakenOver,
    WrongOffset,
)
from interviews.events import Kind, record
from interviews.media import looking
from interviews.media.durable import DamagedFile
from interviews.media.errors import MediaError, Passing
from interviews.media.probe import Probe
from interviews.models import Answer, Segment, Take
from interviews.models.redos import takes_allowed
from interviews.processing import takes
from interviews.processing.advance import advance, locked
from interviews.queries.reasons import told
from interviews.tasks import hint

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class End:
    """What the sender says of one segment. `digest`, raw, is the SHA-256 over its pieces' raw SHA-256 digests in order;
    None where another device sent them."""

    segment: uuid.UUID
    length: int
    digest: bytes | None


@dataclass(frozen=True, slots=True)
class Finished:
    take: Take
    takes_left: int


def finish_take(take_id: uuid.UUID, ends: Sequence[End] | None = None, writer: str = "") -> Finished:
    """The take is whole: it becomes the answer. A repeat gives the same reply.

    `ends` are all its segments in order; None where each upload has said by itself how long it is. Offsets and digests
    alone decide whether it is whole. Raises WrongOffset (bytes are missing), DigestDiffers, NotARecording, NotAllowed,
    TakenOver, TakeFinished, WrongState.
    """
    take = Take.objects.select_related("interview", "question").get(pk=take_id)
    segments = list(take.segments.prefetch_related("pieces"))
    if take.state == Take.State.FINISHED or Answer.objects.filter(take=take).exists():
        return _as_before(take, segments, ends)
    if take.writer and take.writer != writer:
        raise _taken_over()
    if ends is not None:
        _must_have_arrived(segments, ends)
    # Read outside the transaction: it may be long, and nobody can change what lies before the offset.
    try:
        found = takes.contents(segments)
    except DamagedFile as error:
        logger.error("take %s is damaged on disk", take.pk)
        raise DigestDiffers(
            _("The recording was damaged after it had arrived. Record this answer again; it costs no attempt.")
        ) from error
    seconds = _seconds(segments)
    with transaction.atomic():
        interview = locked(take.interview_id)
        moved = takes.end(take, Take.State.FINISHED, segments, found, seconds=seconds)
        if moved:
            must_be_recording(interview)
            must_be_open_to(interview, take.question_id)
        if moved and take.question is not None:
            # Counted again: several takes may have been begun while one was left.
            others = Take.objects.filter(
                interview=interview, question=take.question, state=Take.State.FINISHED, text=""
            )
            must_have_takes_left(takes_allowed(interview, take.question), others.exclude(pk=take.pk).count())
            answer, _created = Answer.objects.update_or_create(
                interview=interview, question=take.question, defaults={"take": take}
            )
            takes.answered_again(take)
            hint(advance(interview))
            record(Kind.RECORDED, interview, answer=answer)
    take.refresh_from_db()
    if not moved and take.state != Take.State.FINISHED:
        raise _taken_over()
    return Finished(take, takes_left(take))


def takes_left(take: Take) -> int:
    if take.question is None:
        return 1  # practice may go on
    same_question = Take.objects.filter(interview=take.interview_id, question=take.question_id)
    return max(
        0,
        takes_allowed(take.interview, take.question) - same_question.filter(state=Take.State.FINISHED, text="").count(),
    )


def _as_before(take: Take, segments: Sequence[Segment], ends: Sequence[End] | None) -> Finished:
    try:
        if ends is not None:
            _must_have_arrived(segments, ends)
    except (WrongOffset, DigestDiffers) as error:
        raise TakeFinished(_("This recording is complete, with other contents.")) from error
    return Finished(take, takes_left(take))


def _must_have_arrived(segments: Sequence[Segment], ends: Sequence[End]) -> None:
    if [segment.pk for segment in segments] != [it.segment for it in ends]:
        raise DigestDiffers(
            _("This recording has been continued elsewhere. Load the page again: what is saved is kept.")
        )
    for segment, end in zip(segments, ends, strict=True):
        if segment.received != end.length:
            raise WrongOffset(
                _("Part of the recording has not arrived yet. Send the rest first."), segment.received, segment.pk
            )
        pieces = hashlib.sha256(b"".join(bytes(piece.sha256) for piece in segment.pieces.all()))
        if end.digest is not None and pieces.digest() != end.digest:
            raise DigestDiffers(
                _("What arrived is not what was recorded. Record this answer again; it costs no attempt.")
            )


def _seconds(segments: Sequence[Segment]) -> float | None:
    """How long they are together, as far as it can be read. Raises NotARecording where nothing can be heard.

    Where it could not be looked into for no fault of its own, it is taken: whoever makes it ready to play looks again.
    """
    if not any(segment.received for segment in segments):
        raise NotARecording(_("Nothing was recorded. Check the camera and microphone, and record again."))
    found: list[Probe] = []
    problem = ""
    for segment in segments:
        try:
            if segment.received:
                found.append(looking.probe(segment.path))
        except Passing as error:
            logger.warning("take %s is taken unseen: %s", segment.take_id, error.message)
            return None
        except MediaError as error:
            problem = error.message
    if not found:
        raise NotARecording(told(problem))
    if not any(it.audio for it in found):
        raise NotARecording(_("There is no sound in this recording. Check the microphone, and record again."))
    lengths = [it.seconds for it in found if it.seconds is not None]
    return sum(lengths) if lengths else None


def _taken_over() -> TakenOver:
    return TakenOver(_("This recording goes on in another tab or on another device. Nothing that was saved is lost."))
