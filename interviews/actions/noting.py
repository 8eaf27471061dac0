"""People note what they see at a second of a recording; their own notes they change, delete and bring back."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from interviews.actions.refusals import ChangedElsewhere, NotAllowed, Refused
from interviews.actions.reviewing import reviewable
from interviews.events import Kind, record
from interviews.models import Interview, Note, Take


@dataclass(frozen=True, slots=True)
class Noted:
    """`second` of the take, or None; `version` is the one that it was made from, 0 for a new note."""

    id: UUID
    take_id: UUID
    second: int | None
    text: str
    version: int


def note(interview: Interview, author: User, noted: Noted) -> Note:
    """A new note, or another text of one. A repeat changes nothing. Raises ChangedElsewhere, Refused."""
    if not noted.text:
        raise Refused(_("Write something first."))
    with transaction.atomic():
        interview = reviewable(interview)
        stored = _own(interview, author, noted.id)
        if stored is None:
            if not Take.objects.filter(pk=noted.take_id, interview=interview, question__isnull=False).exists():
                raise Refused(_("This recording is not part of the interview. Load the page again."))
            stored = Note.objects.create(
                id=noted.id, interview=interview, take_id=noted.take_id, second=noted.second, text=noted.text, by=author
            )
        elif (stored.text, stored.second, stored.deleted_at) == (noted.text, noted.second, None):
            return stored
        else:
            _must_be_at(stored, noted.version)
            stored.text, stored.second, stored.deleted_at = noted.text, noted.second, None
            _save(stored)
        record(Kind.NOTED, interview, actor=author)
    return stored


def delete(interview: Interview, author: User, note_id: UUID, version: int, *, undo: bool = False) -> Note:
    """From every page, or, to `undo`, back. Done again changes nothing. Raises ChangedElsewhere, Refused."""
    with transaction.atomic():
        interview = reviewable(interview)
        stored = _own(interview, author, note_id)
        if stored is None:
            raise Refused(_("There is no such note. Load the page again."))
        if (stored.deleted_at is None) == undo:
            return stored
        _must_be_at(stored, version)
        stored.deleted_at = None if undo else timezone.now()
        _save(stored)
        record(Kind.NOTED, interview, actor=author)
    return stored


def _own(interview: Interview, author: User, note_id: UUID) -> Note | None:
    """Its row, under the lock of its interview; None where there is none yet. Raises NotAllowed."""
    stored = Note.objects.filter(pk=note_id).first()
    if stored is not None and (stored.interview_id, stored.by_id) != (interview.pk, author.pk):
        raise NotAllowed(_("Only who wrote a note changes it."))
    return stored


def _must_be_at(stored: Note, version: int) -> None:
    if stored.version != version:
        raise ChangedElsewhere(
            _("This note was also changed in another tab or on another device."), stored.text, stored.version
        )


def _save(stored: Note) -> None:
    stored.version += 1
    stored.changed_at = timezone.now()
    stored.save(update_fields=["text", "second", "deleted_at", "version", "changed_at"])
