"""What is new since a number, as HTML. Synchronous, and testable without a socket.

Events say only that something changed. What is sent is drawn from today's rows with the templates of the pages, so a
replayed, doubled or skipped event cannot show a wrong state.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import DatabaseError
from django.template.loader import render_to_string

from interviews.access import OPERATIONS
from interviews.events import Kind, head
from interviews.models import Event, Interview
from interviews.queries import applicants, operations, reviews, stages

if TYPE_CHECKING:
    from interviews.queries.stages import Counted

logger = logging.getLogger(__name__)

OPERATIONAL = {Kind.OUTAGE, Kind.RECOVERED, Kind.DELAYED, Kind.RECORDED, Kind.SUBMITTED}
"""What may change the notice of an outage: that it begins or ends, and how many interviews wait."""
REPLAY_AT_MOST = 500
"""Events. Who is further behind starts over: the page is fetched again."""


@dataclass(frozen=True, slots=True)
class Change:
    """One interview in which something happened."""

    interview_id: UUID
    position_id: int


@dataclass(slots=True)
class News:
    """What happened after `after`, up to and including `last`. Each fragment is drawn once, for all who get it."""

    after: int
    last: int
    changes: list[Change]
    is_operational: bool  # something happened that concerns the whole site
    _drawn: dict[str, str] = field(default_factory=dict)
    _interviews: dict[UUID, Counted | None] = field(default_factory=dict)

    def html(self, topics: Iterable[str]) -> str:
        """The fragments for a page that follows these topics, oldest change first."""
        followed = set(topics)
        parts = []
        for change in self.changes:
            parts += [
                self._draw(topic, change.interview_id)
                for topic in (
                    f"position:{change.position_id}",
                    f"interview:{change.interview_id}",
                    f"applicant:{change.interview_id}",
                )
                if topic in followed
            ]
        if self.is_operational and OPERATIONS in followed:
            parts.append(self._draw_operations())
        return "".join(parts)

    def _draw_operations(self) -> str:
        if OPERATIONS not in self._drawn:
            self._drawn[OPERATIONS] = render_to_string("live/update.html", {"outages": operations.outages()})
        return self._drawn[OPERATIONS]

    def _draw(self, topic: str, interview_id: UUID) -> str:
        audience = topic.partition(":")[0]
        key = f"{audience}:{interview_id}"
        if key not in self._drawn:
            try:
                interview = self._interview(interview_id)
                html = render_to_string("live/update.html", _context(audience, interview)) if interview else ""
            except DatabaseError:
                raise  # to be read again, all of it
            except Exception:
                # One interview that cannot be drawn must not keep the others from everybody.
                logger.exception("interview %s could not be drawn", interview_id)
                html = ""
            self._drawn[key] = html
        return self._drawn[key]

    def _interview(self, interview_id: UUID) -> Counted | None:
        if interview_id not in self._interviews:
            found = stages.with_counts(Interview.objects.filter(pk=interview_id)).first()
            self._interviews[interview_id] = found
        return self._interviews[interview_id]


def since(after: int) -> News | None:
    """What happened after this number; None where that is too much, or the number is not one of ours: start over."""
    last = head()
    if after > last or last - after > REPLAY_AT_MOST:
        return None
    events = list(
        Event.objects.filter(number__gt=after, number__lte=last)
        .order_by("number")
        .values_list("kind", "interview_id", "interview__question_set__position_id")
    )
    # An interview that changed several times is drawn once, in the place of its last change.
    newest_first = dict.fromkeys(
        Change(interview_id, position_id)
        for _kind, interview_id, position_id in reversed(events)
        if interview_id is not None
    )
    is_operational = any(kind in OPERATIONAL for kind, *_ids in events)
    return News(after, last, list(reversed(newest_first)), is_operational)


def _context(audience: str, interview: Counted) -> dict[str, object]:
    if audience == "position":
        return {"rows": [stages.row(interview)]}
    if audience == "interview":
        return {"reviews": [{"row": stages.row(interview), "answers": reviews.answers(interview)}]}
    return {"progress": applicants.progress(interview)}
