"""Who saw and did what: entries in a chain of hashes, and what waits to become one.

An event (`interviews.events`) already says what was done, so it is not written twice: it becomes an entry when it is
sealed. What no event tells, that somebody looked at something, signed in, or changed somebody's rights, is written as
`Unsealed`. No row holds a name or a word of anybody's: ids alone, which mean nothing once what they name is erased.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from interviews.events import Kind
from interviews.models.append_only import AppendOnly

BEFORE_THE_FIRST = "0" * 64
"""The hash that the first entry names as the one before it."""
FIELDS = (
    *("number", "at", "sealed_at", "action", "actor", "interview", "position"),
    *("subject_type", "subject_id", "event", "previous"),
)
"""What the hash of an entry is over, in this order."""


class Action(models.TextChoices):
    """What no event tells. With the kinds of events these are all actions that there are."""

    REVIEW_SEEN = "review.seen", _("looked at an interview")
    TRANSCRIPT_SEEN = "transcript.seen", _("read a transcript")
    RECORDING_PLAYED = "recording.played", _("played or fetched a recording")
    COMPARED = "interview.compared", _("compared an interview with others")
    RUNS_SEEN = "runs.seen", _("looked at assessments side by side")
    RANKING_SEEN = "ranking.seen", _("looked at a ranking")
    RATED = "rating.made", _("rated an answer")
    SIGNED_IN = "account.signed_in", _("signed in")
    NOT_SIGNED_IN = "account.not_signed_in", _("failed to sign in")
    SIGNED_OUT = "account.signed_out", _("signed out")
    ACCOUNT_MADE = "account.made", _("made an account")
    ACCOUNT_CHANGED = "account.changed", _("changed an account, its rights or its password")
    ACCOUNT_DELETED = "account.deleted", _("deleted an account")
    GROUP_CHANGED = "group.changed", _("made or changed a group or its rights")
    GROUP_DELETED = "group.deleted", _("deleted a group")
    TEAM_CHANGED = "team.changed", _("put somebody on a team, or changed their role")
    TEAM_LEFT = "team.left", _("took somebody off a team")
    POSITION_MADE = "position.made", _("made a position")
    POSITION_CHANGED = "position.changed", _("changed a position")
    POSITION_DELETED = "position.deleted", _("deleted a position")
    TOKEN_MADE = "token.made", _("made a token for a program")
    TOKEN_ENDED = "token.ended", _("ended a token for a program")
    ENDPOINT_MADE = "endpoint.made", _("had another machine told what happens")
    ENDPOINT_CHANGED = "endpoint.changed", _("changed the secret of an endpoint, disabled or enabled it")
    ENDPOINT_REMOVED = "endpoint.removed", _("removed an endpoint")
    ADMIN_ADDED = "admin.added", _("added something in the administration")
    ADMIN_CHANGED = "admin.changed", _("changed something in the administration")
    ADMIN_DELETED = "admin.deleted", _("deleted something in the administration")
    BIAS_SEEN = "bias.seen", _("looked at a bias audit")
    BIAS_EXPORTED = "bias.exported", _("exported a bias audit")
    AUDIT_EXPORTED = "audit.exported", _("exported the audit log")
    MISSING = "event.missing", _("Events were gone before they were sealed")


def actions() -> dict[str, Any]:
    """Every action there can be, with its words."""
    return dict([*Kind.choices, *Action.choices])


class Told(models.Model):
    """What was done, by whom, to what. `actor`, `interview` and `position` are ids, which stay when the rows go."""

    action = models.CharField(max_length=32)
    actor = models.PositiveBigIntegerField(null=True, help_text="an account; none: an applicant, or a machine")
    interview = models.UUIDField(null=True)
    position = models.PositiveBigIntegerField(null=True)
    subject_type = models.CharField(max_length=32, blank=True, help_text="what else it was done to")
    subject_id = models.CharField(max_length=64, blank=True)

    class Meta:
        abstract = True


class Unsealed(Told):
    """Written where it happens, without waiting for anybody; the sweep makes an entry of it and deletes it."""

    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return f"{self.action}, not sealed yet"


class AuditHead(models.Model):
    """The newest entry, and the newest event in the chain. One row; whoever seals holds its lock."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    number = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, default=BEFORE_THE_FIRST)
    event = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=models.Q(id=1), name="audit_head_is_one_row")]

    def __str__(self) -> str:
        return f"{self.number} {self.hash}"


class AuditEntry(Told):
    """`at`: when it happened; `sealed_at`: when it came into the chain. Numbers begin at 1 and leave none out."""

    number = models.PositiveBigIntegerField(primary_key=True)
    at = models.DateTimeField()
    sealed_at = models.DateTimeField()
    event = models.PositiveBigIntegerField(null=True, unique=True, help_text="the number of the event that it is of")
    previous = models.CharField(max_length=64, help_text="the hash of the entry before")
    hash = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        ordering: ClassVar = ["-number"]
        indexes: ClassVar = [
            models.Index(fields=["actor", "-number"], name="audit_of_actor"),
            models.Index(fields=["interview", "-number"], name="audit_of_interview"),
            models.Index(fields=["action", "-number"], name="audit_of_action"),
        ]
        constraints: ClassVar = [AppendOnly(name="audit_entry_stays")]

    def __str__(self) -> str:
        return f"{self.number} {self.action}"


def hash_of(values: Sequence[int | str | datetime | uuid.UUID | None]) -> str:
    """SHA-256, in hexadecimal, over the values of `FIELDS` as one JSON array.

    ASCII, no space between the elements, `null` for none; times as `2026-11-27T09:06:00.000000+00:00` (UTC, always six
    digits of a second), UUIDs in lower case with hyphens, all else as it is.
    """
    return hashlib.sha256(canonical(values)).hexdigest()


def canonical(values: Sequence[int | str | datetime | uuid.UUID | None]) -> bytes:
    return _encode([*map(_plain, values)]).encode("ascii")


_encode = json.JSONEncoder(separators=(",", ":")).encode


def _plain(value: int | str | datetime | uuid.UUID | None) -> int | str | None:
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds")
    return str(value) if isinstance(value, uuid.UUID) else value
