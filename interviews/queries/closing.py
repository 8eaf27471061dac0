"""Who of a position still has no outcome."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from django.db.models import OuterRef, Subquery

from interviews.models import Decision, Interview, Position


@dataclass(frozen=True, slots=True)
class Ends:
    """Submitted and never decided about, or put on hold; and not submitted. Without who withdrew or was withdrawn."""

    undecided: list[Interview]
    held: list[Interview]
    unfinished: list[Interview]

    @property
    def digest(self) -> str:
        """Stands for exactly these people in these groups."""
        groups = [sorted(str(it.pk) for it in group) for group in (self.undecided, self.held, self.unfinished)]
        return hashlib.sha256(repr(groups).encode()).hexdigest()

    @property
    def count(self) -> int:
        return len(self.undecided) + len(self.held) + len(self.unfinished)


def open_ends(position: Position) -> Ends:
    newest = Decision.objects.filter(interview=OuterRef("pk")).order_by("-pk").values("outcome")[:1]
    standing = Interview.objects.filter(question_set__position=position, withdrawn_at=None, revoked_at=None)
    found = standing.select_related("applicant").annotate(outcome=Subquery(newest)).order_by("applicant__name", "pk")
    ends = Ends([], [], [])
    for interview in found:
        if not interview.is_submitted:
            ends.unfinished.append(interview)
        elif interview.outcome is None:
            ends.undecided.append(interview)
        elif interview.outcome == Decision.Outcome.HOLD:
            ends.held.append(interview)
    return ends
