"""What an applicant does before submitting: agree, record, and have what was recorded kept.

A take's bytes are appended under a lock on its row, and its offset moves only after they are on disk for good. A crash
in between leaves bytes beyond the offset, which the next slice overwrites.
"""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Collection
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from interviews.actions.refusals import (
    ChecksumDiffers,
    DigestDiffers,
    NotAllowed,
    NotARecording,
    TakeFinished,
    TooLarge,
    WrongOffset,
    WrongState,
)
from interviews.events import Kind, record
from interviews.media.errors import MediaError
from interviews.media.probe import probe
from interviews.media.sniff import ACCEPTED, bare_type, looks_like_recording
from interviews.models import Answer, Interview, Question, Take
from interviews.processing.advance import advance, locked
from interviews.tasks import hint

BROKEN_OFF_AT_MOST = 20
"""Takes per question that were begun and not finished: they cost the applicant nothing, and the site its disk."""


def consent(interview: Interview) -> None:
    """The applicant agrees to be recorded and to what happens with it. A second time changes nothing."""
    with transaction.atomic():
        if Interview.objects.filter(pk=interview.pk, state=Interview.State.INVITED).update(
            state=Interview.State.STARTED, consented_at=timezone.now()
        ):
            record(Kind.STARTED, interview)


def begin_take(interview: Interview, question_id: int, mime_type: str) -> Take:
    """A new recording for one question. Raises NotAllowed, WrongState, NotARecording."""
    must_be_recording(interview)
    if bare_type(mime_type) not in ACCEPTED:
        raise NotARecording(_("This kind of file cannot be used. Record with a current browser: it makes WebM or MP4."))
    question = Question.objects.filter(pk=question_id, question_set=interview.question_set_id).first()
    if question is None:
        raise NotAllowed(_("This question is not part of the interview. Load the page again."))
    with transaction.atomic():
        # One take at a time per interview: two tabs must not both count the same takes.
        locked(interview.pk)
        takes = list(Take.objects.filter(interview=interview, question=question).order_by("number"))
        # A take that was cut short (the tab was closed, the camera failed) costs the applicant nothing.
        _must_have_takes_left(question, [take for take in takes if take.state == Take.State.FINISHED])
        if len(takes) >= question.takes + BROKEN_OFF_AT_MOST:
            raise NotAllowed(_("Too many recordings of this question were broken off. Ask the person who invited you."))
        number = max((take.number for take in takes), default=0) + 1
        return Take.objects.create(
            interview=interview, question=question, number=number, mime_type=bare_type(mime_type)
        )


def append(take_id: uuid.UUID, offset: int, data: bytes, sha256: bytes | None) -> int:
    """Keep one slice. Returns the new offset, once the bytes are on disk.

    `sha256` is the digest of `data` that the sender claims. Raises WrongOffset, ChecksumDiffers, NotARecording,
    TooLarge, TakeFinished, WrongState; then nothing was kept.
    """
    if sha256 is not None and hashlib.sha256(data).digest() != sha256:
        raise ChecksumDiffers(_("A piece of the recording was damaged on the way. It is sent again."))
    with transaction.atomic():
        take = Take.objects.select_for_update(no_key=True, of=("self",)).select_related("interview").get(pk=take_id)
        must_be_recording(take.interview)
        if take.state != Take.State.RECORDING:
            raise TakeFinished(_("This recording is complete and cannot be added to."))
        if offset != take.received:
            raise WrongOffset(_("This piece does not fit behind what is already stored."), take.received)
        if offset + len(data) > settings.MAX_TAKE_BYTES:
            raise TooLarge(_("This recording is too large. What came before is kept: finish here, or record again."))
        if offset == 0 and data and not looks_like_recording(data, take.mime_type):
            raise NotARecording(_("This is not a recording made by a browser. Record your answer on this page."))
        _write(take, offset, data)
        Take.objects.filter(pk=take.pk, received=offset).update(received=offset + len(data))
    return offset + len(data)


@dataclass(frozen=True, slots=True)
class Finished:
    take: Take
    takes_left: int


def finish_take(take_id: uuid.UUID, length: int, sha256: str) -> Finished:
    """The take is whole: it becomes the answer. A repeat gives the same reply.

    `sha256` is the hexadecimal digest of the whole recording. Raises WrongOffset (bytes are missing), DigestDiffers,
    NotARecording, NotAllowed, WrongState.
    """
    take = Take.objects.select_related("interview", "question").get(pk=take_id)
    if take.state == Take.State.FINISHED:
        if (take.received, take.sha256) != (length, sha256):
            raise TakeFinished(_("This recording is complete, with other contents."))
        return Finished(take, takes_left(take))
    if take.received != length:
        raise WrongOffset(_("Part of the recording has not arrived yet. Send the rest first."), take.received)
    if not length:
        raise NotARecording(_("Nothing was recorded. Check the camera and microphone, and record again."))
    # Read outside the transaction: it may be long, and nobody can change what lies before the offset.
    if _digest(take, length) != sha256:
        raise DigestDiffers(_("What arrived is not what was recorded. Record this answer again; it costs no attempt."))
    try:
        facts = probe(take.path)
    except MediaError as error:
        raise NotARecording(error.message) from error
    if not facts.audio:
        raise NotARecording(_("There is no sound in this recording. Check the microphone, and record again."))
    with transaction.atomic():
        moved = Take.objects.filter(pk=take.pk, state=Take.State.RECORDING, received=length).update(
            state=Take.State.FINISHED, sha256=sha256, seconds=facts.seconds, finished_at=timezone.now()
        )
        if moved:
            interview = locked(take.interview_id)
            must_be_recording(interview)
            # Counted again: several takes may have been begun while one was left.
            others = Take.objects.filter(interview=interview, question=take.question, state=Take.State.FINISHED)
            _must_have_takes_left(take.question, others.exclude(pk=take.pk))
            answer, _created = Answer.objects.update_or_create(
                interview=interview, question=take.question, defaults={"take": take}
            )
            hint(advance(interview))
            record(Kind.RECORDED, interview, answer=answer)
    take.refresh_from_db()
    return Finished(take, takes_left(take))


def takes_left(take: Take) -> int:
    same_question = Take.objects.filter(interview=take.interview_id, question=take.question_id)
    return max(0, take.question.takes - same_question.filter(state=Take.State.FINISHED).count())


def submit(interview: Interview) -> None:
    """All or nothing: either every question has its answer and the interview is handed in, or WrongState says what is
    missing (NotAllowed: consent). A second submit changes nothing and leads to the same receipt."""
    if interview.is_submitted:
        return
    must_be_recording(interview)
    answered = Answer.objects.filter(interview=interview, question=OuterRef("pk"))
    missing = [
        str(number)
        for number in Question.objects.filter(~Exists(answered), question_set=interview.question_set_id).values_list(
            "number", flat=True
        )
    ]
    if missing:
        raise WrongState(
            _("Not submitted: there is no answer yet to question %(numbers)s. Record it, then submit.")
            % {"numbers": ", ".join(missing)}
        )
    with transaction.atomic():
        now = timezone.now()
        if Interview.objects.filter(pk=interview.pk, state=Interview.State.STARTED).update(
            state=Interview.State.SUBMITTED, submitted_at=now
        ):
            interview.state, interview.submitted_at = Interview.State.SUBMITTED, now
            hint(advance(interview))
            record(Kind.SUBMITTED, interview)


def must_be_recording(interview: Interview) -> None:
    """Raises WrongState, NotAllowed."""
    if interview.is_submitted:
        raise WrongState(_("This interview is submitted: nothing can be added to it. Your answers are safe."))
    if interview.state != Interview.State.STARTED:
        raise NotAllowed(_("Agree to the recording on the first page, then record your answers."))


def _must_have_takes_left(question: Question, used: Collection[Take] | QuerySet[Take]) -> None:
    if len(used) >= question.takes:
        raise NotAllowed(_("All recordings allowed for this question have been made. Choose the one that counts."))


def _write(take: Take, offset: int, data: bytes) -> None:
    path = take.path
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
    try:
        os.ftruncate(descriptor, offset)
        os.lseek(descriptor, offset, os.SEEK_SET)
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if offset == 0 and hasattr(os, "O_DIRECTORY"):
        # The name of a new file is durable only once its folder is; Windows has no such call and needs none.
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _digest(take: Take, length: int) -> str:
    digest = hashlib.sha256()
    with take.path.open("rb") as file:
        while length and (piece := file.read(min(length, 1 << 20))):
            digest.update(piece)
            length -= len(piece)
    return digest.hexdigest()
