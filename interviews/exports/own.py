"""Everything that is held about one applicant, for the applicant (GDPR Art. 15 and 20): one JSON file, and each
recording as it was received.

What is judged comes as far as an explanation tells it, and not before one was given. A level is a suggestion, and a
rating is somebody's opinion in the middle of a selection: until a person has decided and explained, neither says
anything about the applicant that would stay, and telling it would let one applicant answer better than the next. Once
it was explained (AI Act Art. 86), the explanation's copy of the facts is theirs: suggested levels with their reasons
and quotes, what people rated, the outcome. Reviewers are not named, and their notes are theirs (Art. 15(4)). That such
things are held, and how many, is always told, with whom to ask.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db.models import Count
from django.utils.translation import gettext as _

from interviews.engines.catalogue import ANALYSERS, TRANSCRIBERS
from interviews.events import Kind
from interviews.exports.listing import VERSION, plain
from interviews.exports.zipped import Entry
from interviews.media.durable import READ_BYTES
from interviews.media.errors import BucketError
from interviews.models import (
    Accommodation,
    Answer,
    Assessment,
    Charge,
    Decision,
    Draft,
    Event,
    Explanation,
    Export,
    ExtensionRequest,
    Interview,
    Message,
    Note,
    ProviderReply,
    Question,
    Rating,
    Receipt,
    Redo,
    Segment,
    ShareComment,
    ShareLink,
    StoredFile,
    Take,
    Transcript,
)
from interviews.models.storage import key_of
from interviews.processing.bucket import bucket
from interviews.processing.ledger import release_connection
from interviews.queries import retention
from interviews.queries.players import SUFFIXES
from interviews.queries.self_reports import said_by

logger = logging.getLogger(__name__)

JUDGED = frozenset({Kind.REVIEWED, Kind.REVISED, Kind.NOTED, Kind.DECIDED, Kind.DECISION_TAKEN_BACK})
"""What tells that somebody has judged, before they are told."""


def entries(interview: Interview, now: datetime) -> Iterator[Entry]:
    """All rows are read before the first file is."""
    told = json.dumps(facts(interview, now), ensure_ascii=False, default=plain, indent=1).encode()
    recordings = [
        (it.take, it)
        for it in Segment.objects.filter(take__interview=interview, take__question__isnull=False)
        .select_related("take__question")
        .order_by("take__question__number", "take__number", "number")
    ]
    yield Entry("data.json", now, [told])
    for take, segment in recordings:
        yield Entry(_name(take, segment), segment.created_at, _pieces(segment.path, segment.received))


def facts(interview: Interview, now: datetime) -> dict[str, Any]:
    applicant, position = interview.applicant, interview.position
    hold = retention.standing_hold(interview)
    said = {pk: {"sex": sex, "ethnicity": ethnicity} for pk, (sex, ethnicity) in said_by([interview.pk]).items()}
    return {
        "greenroom": VERSION,
        "kind": "access",
        "made_at": now,
        "code": interview.receipt_code,
        "you": {
            "name": applicant.name,
            "email": applicant.email,
            "known_since": applicant.created_at,
            "time_zone": interview.time_zone,
            "language": interview.language,
            "device": interview.device,
        },
        "who_keeps_it": {"host": position.host, "contact": position.contact, "position": position.title},
        "why_and_until_when": [
            {"what": it.words, "basis": it.basis, "until": it.until} for it in retention.kept(interview)
        ],
        "legal_hold_since": hold.placed_at if hold else None,
        "consent": {
            "recording": {"at": interview.consented_at, "version": interview.consent_version},
            "ai": {"agreed": interview.ai_consent, "version": interview.ai_consent_version},
        },
        "what_you_said_of_yourself": said.get(interview.pk),
        "interview": {
            "state": interview.state,
            "invited_at": interview.created_at,
            "opened_at": interview.opened_at,
            "deadline": interview.deadline,
            "submitted_at": interview.submitted_at,
            "withdrawn_at": interview.withdrawn_at,
            "erasure_asked_at": interview.erasure_asked_at,
        },
        "questions": [_question(interview, it) for it in interview.question_set.questions.order_by("number")],
        "conditions": _conditions(interview),
        "requests_for_more_time": list(
            ExtensionRequest.objects.filter(interview=interview).values("state", "asked_at", "answered_at")
        ),
        "asked_again": list(
            Redo.objects.filter(interview=interview).values("question__number", "reason", "asked_at", "done_at")
        ),
        "mail": list(
            Message.objects.filter(interview=interview).values("kind", "to", "state", "subject", "body", "created_at")
        ),
        "receipts": list(Receipt.objects.filter(interview=interview).values_list("facts", flat=True)),
        "explanations": list(Explanation.objects.filter(interview=interview).values("given_at", "facts")),
        "held_and_not_copied": _not_copied(interview),
        "recipients": _recipients(interview),
        "events": [
            {"what": event.get_kind_display(), "at": event.at}
            for event in Event.objects.filter(interview=interview).exclude(kind__in=JUDGED).order_by("number")
        ],
    }


def _question(interview: Interview, question: Question) -> dict[str, Any]:
    takes = Take.objects.filter(interview=interview, question=question).order_by("number")
    counting = Answer.objects.filter(interview=interview, question=question).values_list("take", flat=True).first()
    draft = Draft.objects.filter(interview=interview, question=question).first()
    return {
        "number": question.number,
        "question": question.text,
        "draft": draft.text if draft else "",
        "takes": [
            {
                "number": take.number,
                "counts": take.pk == counting,
                "state": take.state,
                "seconds": take.seconds,
                "bytes": take.bytes,
                "sha256": take.sha256,
                "begun_at": take.created_at,
                "finished_at": take.finished_at,
                "text": take.text,
                "files": [_name(take, segment) for segment in take.segments.order_by("number")],
                "transcript": _transcript(take),
            }
            for take in takes.select_related("question")
        ],
    }


def _transcript(take: Take) -> dict[str, Any] | None:
    transcript = Transcript.objects.filter(take=take).first()
    if transcript is None:
        return None
    return {
        "engine": transcript.engine,
        "model": transcript.model,
        "language": transcript.language,
        "text": transcript.text,
        "words": transcript.words,
        "corrections": list(transcript.corrections.values("version", "before", "after", "by_applicant", "at")),
    }


def _conditions(interview: Interview) -> dict[str, Any] | None:
    arranged = ("time_percent", "extra_takes", "audio_only", "written", "captions")
    names = (*arranged, "wishes", "note", "asked_at", "answered_at")
    found: dict[str, Any] | None = Accommodation.objects.filter(interview=interview).values(*names).first()
    return found


def _not_copied(interview: Interview) -> dict[str, Any]:
    position = interview.position
    return {
        "why": _(
            "What is suggested, rated and decided is told with the explanation, once a person has decided. Notes and "
            "comments are of those who wrote them. Ask %(host)s: %(contact)s."
        )
        % {"host": position.host, "contact": position.contact},
        "suggested_levels": Assessment.objects.filter(run__interview=interview).count(),
        "ratings": Rating.objects.filter(review__interview=interview).count(),
        "decisions": Decision.every.filter(interview=interview).count(),
        "notes": Note.objects.filter(interview=interview).count(),
        "comments_from_outside": ShareComment.objects.filter(link__interview=interview).count(),
        "replies_of_providers": ProviderReply.objects.filter(interview=interview).count(),
    }


def _recipients(interview: Interview) -> dict[str, Any]:
    """Who was given it, by name where that is known (CJEU C-154/21)."""
    engines = Charge.objects.filter(interview=interview).order_by("engine").values_list("engine", flat=True).distinct()
    infos = [TRANSCRIBERS.get(engine) or ANALYSERS.get(engine) for engine in engines]
    links = ShareLink.objects.filter(interview=interview).annotate(times_seen=Count("visits"))
    return {
        "providers": sorted({info.sends_to for info in infos if info and info.sends_to}),
        "from_outside": list(links.values("name", "made_at", "expires_at", "revoked_at", "times_seen")),
        "files_taken_out": list(Export.objects.filter(interview=interview).values("file_format", "at")),
    }


def _name(take: Take, segment: Segment) -> str:
    """Of its file in the archive."""
    number = take.question.number if take.question else 0
    suffix = SUFFIXES.get(segment.mime_type.partition(";")[0], "webm")
    return f"recordings/question-{number}-take-{take.number}-part-{segment.number}.{suffix}"


def _pieces(path: Path, length: int) -> Iterable[bytes]:
    key = key_of(path)
    try:
        is_stored = StoredFile.objects.filter(pk=key, stored_at__isnull=False).exists()
        release_connection()  # its reader may be slow
        if is_stored:
            for first in range(0, length, READ_BYTES):
                yield bucket().read(key, first, min(first + READ_BYTES, length) - 1)
            return
        with path.open("rb") as file:
            while length > 0 and (piece := file.read(min(READ_BYTES, length))):
                length -= len(piece)
                yield piece
    except (OSError, BucketError):  # all else is theirs too; an empty file shows that something is missing
        logger.exception("a recording could not be read for its applicant's copy")
