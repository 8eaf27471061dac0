"""What a person leaves in our tables and folders, and how each of it is taken away.

What people count later stays, without a word: that there was an interview and how far it came, each level, rating and
outcome, what was paid. Whatever else points at an interview has to be named here: tests/test_erasing.py asks every
table.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import F, Model, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from interviews.models import (
    Accommodation,
    Applicant,
    Arrival,
    Assessment,
    AssessmentRun,
    Correction,
    Decision,
    Draft,
    Explanation,
    Export,
    Hidden,
    Interview,
    Job,
    Message,
    Note,
    ProviderReply,
    Rating,
    Receipt,
    Redo,
    Rendition,
    SavedView,
    Segment,
    SelfReport,
    ShareLink,
    Take,
    Transcript,
)
from interviews.models.erasures import DataClass
from interviews.models.public_links import digest
from interviews.models.searching import asked_words
from interviews.models.transcripts import sha256_of
from interviews.processing import storing
from interviews.queries import self_reports
from interviews.queries.words import words_read

NOTHING = "–"
"""Where a constraint asks for words."""
SEARCHED = "q"
"""The part of a list's address that may hold a name."""


def remove_files(interview_id: UUID, data_class: DataClass, mails: Iterable[UUID]) -> None:
    """Those of a class, here and in the bucket; `mails` are the messages that may lie in EMAIL_FOLDER. Gone already is
    as good. Raises Busy where the bucket is away."""
    if data_class in (DataClass.MEDIA, DataClass.SCORES):
        storing.remove(interview_id)
        for folder in folders_of(interview_id):
            if folder.exists():
                shutil.rmtree(folder)
    if data_class == DataClass.SCORES and settings.EMAIL_FILE_PATH:
        marks = [f"<{pk}@".encode() for pk in mails]
        for path in Path(settings.EMAIL_FILE_PATH).glob("*"):
            if path.is_file() and any(mark in path.read_bytes() for mark in marks):
                path.unlink(missing_ok=True)


def folders_of(interview_id: UUID) -> list[Path]:
    return [Path(settings.MEDIA_DIR) / kind / str(interview_id) for kind in ("takes", "renditions")]


def counted(interview: Interview) -> dict[str, int]:
    """What there is to be deleted, by words for programs."""
    mine: dict[str, QuerySet[Model]] = {
        "recordings": Segment.objects.filter(take__interview=interview),
        "renditions": Rendition.objects.filter(take__interview=interview),
        "transcripts": Transcript.objects.filter(take__interview=interview).exclude(words=[]),
        "corrections": Correction.objects.filter(transcript__take__interview=interview),
        "written_answers": Take.objects.filter(interview=interview).exclude(text=""),
        "drafts": Draft.objects.filter(interview=interview),
        "provider_replies": ProviderReply.objects.filter(interview=interview),
        "messages": Message.objects.filter(interview=interview),
        "receipts": Receipt.objects.filter(interview=interview),
        "explanations": Explanation.objects.filter(interview=interview),
        "notes": Note.objects.filter(interview=interview),
        "share_links": ShareLink.objects.filter(interview=interview),
    }
    return {name: rows.count() for name, rows in mine.items()}


def forget_media(interview: Interview) -> None:
    """How long a recording was stays, since it is compared with how long people looked at it."""
    takes = Take.objects.filter(interview=interview)
    takes.filter(question=None).delete()
    seconds = Rendition.objects.filter(take=OuterRef("pk")).values("seconds")
    takes.update(seconds=Coalesce(Subquery(seconds), F("seconds")), sha256="", writer="")
    Rendition.objects.filter(take__interview=interview).delete()
    Segment.objects.filter(take__interview=interview).delete()


def forget_transcripts(interview: Interview) -> None:
    """The transcripts stay, empty, and the levels that were of their last words are of these."""
    empty = sha256_of([])
    transcripts = Transcript.objects.filter(take__interview=interview)
    for transcript in transcripts.select_related("take__answer").prefetch_related("corrections"):
        read = Assessment.objects.filter(answer=getattr(transcript.take, "answer", None))
        for pk, of_words in read.values_list("pk", "transcript_sha256"):
            holds = words_read(transcript, of_words) is not None
            Assessment.objects.filter(pk=pk).update(transcript_sha256=empty if holds else "")
    mine = Assessment.objects.filter(run__interview=interview)
    mine.exclude(quotes=[]).update(quotes=[{"text": "", "first_word": -1, "last_word": -1}])
    Correction.objects.filter(transcript__take__interview=interview).delete()
    transcripts.update(words=[], version=1, reply=None)
    Draft.objects.filter(interview=interview).delete()
    Take.objects.filter(interview=interview).update(text="")
    ProviderReply.objects.filter(interview=interview).delete()


def forget_person(interview: Interview, *, but: int) -> None:
    """All else that tells who it was, or what was said about them. `but`: the job that does it."""
    _rename_in_log(Accommodation.objects.filter(interview=interview), interview.receipt_code)
    _rename_in_log([interview], interview.receipt_code)
    Job.objects.filter(interview=interview).exclude(pk=but).delete()
    for model in (Message, Accommodation, Explanation, Hidden, Note, Redo, ShareLink, Arrival):
        model._default_manager.filter(interview=interview).delete()
    SelfReport.objects.filter(pk=self_reports.key_of(interview.pk)).delete()
    Receipt.objects.filter(interview=interview).update(facts={})
    Assessment.objects.filter(run__interview=interview).update(reason="")
    AssessmentRun.objects.filter(interview=interview).update(problem="")
    Rating.objects.filter(review__interview=interview).update(note="", reason="")
    Decision.every.filter(interview=interview).update(reason=NOTHING)
    _forget_name(interview)


def _forget_name(interview: Interview) -> None:
    """In its place the code of the receipt, by which the person can still be told from others.

    Other interviews of the same person are not touched.
    """
    person = Applicant.objects.select_for_update().get(pk=interview.applicant_id)
    nobody = Applicant.objects.create(name=interview.receipt_code, email="")
    Interview.objects.filter(pk=interview.pk).update(applicant=nobody, external_id="")
    if not person.interviews.exists():
        forget_applicant(person, interview.receipt_code)


def forget_applicant(person: Applicant, code: str) -> None:
    """Who has no interview left. `code`: what the log calls them from now on."""
    _forget_searches(person)
    _rename_in_log([person], code)
    if not Applicant.objects.filter(email__iexact=person.email).exclude(pk=person.pk).exists():
        Arrival.objects.filter(email=digest(person.email.lower())).delete()
    person.delete()


def _rename_in_log(rows: Iterable[Model], code: str) -> None:
    """Of what was done in the admin."""
    for row in rows:
        about = ContentType.objects.get_for_model(row)
        LogEntry.objects.filter(content_type=about, object_id=str(row.pk)).update(object_repr=code, change_message="")


def _forget_searches(person: Applicant) -> None:
    """In lists that colleagues saved or exported."""
    words = set(person.words.values_list("word", flat=True))
    for rows in (SavedView.objects.all(), Export.objects.all()):
        for pk, query in rows.filter(query__contains=f"{SEARCHED}=").values_list("pk", "query").iterator():
            parts = parse_qsl(query)
            if any(name == SEARCHED and words.intersection(asked_words(value)) for name, value in parts):
                rest = urlencode([part for part in parts if part[0] != SEARCHED])
                rows.model._default_manager.filter(pk=pk).update(query=rest)


def settle() -> None:
    """What was deleted leaves SQLite's log too. Where somebody reads just now, its next checkpoint does it."""
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
