"""The certificate of an erasure: what it says, and what can be held against it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypedDict

from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from interviews.models import Erasure, Interview
from interviews.queries.backups import holding

WORDS = {
    "recordings": gettext_lazy("Recordings, in parts as they were received"),
    "renditions": gettext_lazy("What was made of recordings: films to play, pictures, sound"),
    "transcripts": gettext_lazy("Transcripts"),
    "corrections": gettext_lazy("Corrections of transcripts"),
    "written_answers": gettext_lazy("Written answers"),
    "drafts": gettext_lazy("Drafts"),
    "provider_replies": gettext_lazy("Replies of providers"),
    "messages": gettext_lazy("Mails, as this site kept them"),
    "receipts": gettext_lazy("Receipts"),
    "explanations": gettext_lazy("Explanations"),
    "notes": gettext_lazy("Notes that people wrote"),
    "share_links": gettext_lazy("Links for people from outside, with their comments"),
}
"""What is counted, by the names in the facts."""


class Facts(TypedDict):
    """Nothing of the person but the code of the receipt. Times in ISO 8601, "" where there is none.

    `media_at` and `transcripts_at`: when these were deleted before, since their time was over. `exports`: how often
    this interview was taken out of the site as a file, and `shares` how often it was shown to somebody from outside:
    what became of that, this site does not know.
    """

    code: str
    host: str
    position: str
    because: str
    asked_at: str
    erased_at: str
    media_at: str
    transcripts_at: str
    procedure: str
    deleted: dict[str, int]
    exports: list[str]
    shares: int


@dataclass(frozen=True, slots=True)
class BackupView:
    """A backup that was made while the person was here, and until when it is kept at most; None: no rule."""

    name: str
    made_at: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class CertificateView:
    code: str
    host: str
    position: str
    because: str
    asked_at: datetime | None
    erased_at: datetime
    media_at: datetime | None
    transcripts_at: datetime | None
    procedure: str
    deleted: list[tuple[str, int]]
    exports: list[datetime]
    shares: int
    sha256: str
    backups: list[BackupView]

    @property
    def text(self) -> str:
        return render_to_string("applicant/certificate.txt", {"certificate": self})


def digest(facts: Facts) -> str:
    """SHA-256, in hexadecimal, of the facts as JSON with sorted names and nothing between its marks, in UTF-8."""
    said = json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(said.encode()).hexdigest()


def certificate(interview: Interview) -> CertificateView | None:
    erasure = Erasure.objects.filter(interview=interview).first()
    return view(erasure, interview) if erasure else None


def view(erasure: Erasure, interview: Interview) -> CertificateView:
    told: Facts = erasure.facts
    return CertificateView(
        code=told["code"],
        host=told["host"],
        position=told["position"],
        because=str(Erasure.Because(told["because"]).label),
        asked_at=_at(told["asked_at"]),
        erased_at=datetime.fromisoformat(told["erased_at"]),
        media_at=_at(told["media_at"]),
        transcripts_at=_at(told["transcripts_at"]),
        procedure=told["procedure"],
        deleted=[(str(WORDS[name]) if name in WORDS else _("Other"), n) for name, n in told["deleted"].items() if n],
        exports=[datetime.fromisoformat(at) for at in told["exports"]],
        shares=told["shares"],
        sha256=erasure.sha256,
        backups=backups_that_hold(interview.created_at, erasure.at),
    )


def backups_that_hold(arrived_at: datetime, erased_at: datetime) -> list[BackupView]:
    """Those made from the arrival of a person on, and before the erasure."""
    found = holding(arrived_at, erased_at)
    return [BackupView(Path(it.place).name, it.made_at or it.began_at, it.delete_after) for it in found]


def _at(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
