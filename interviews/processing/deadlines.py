"""Until when an interview can be done: `Interview.deadline`, which is set here, with the reminder.

It is the end of the days of its invitation or the deadline of its position, whichever is earlier, and never before what
somebody gave to it alone. The caller has locked the interviews.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from django.utils import timezone

from interviews.models import Interview, Position, QuestionSet
from interviews.processing.reminding import remind_at

GROUNDS = ("days_end", "given_until")
"""What a deadline of its own rests on."""


def for_all(days_end: datetime, position: Position) -> datetime:
    """What everybody has whose days end then."""
    return days_end if position.deadline is None else min(days_end, position.deadline)


def begin_days(interview: Interview, days_end: datetime) -> None:
    """Anew, for one whose time was over."""
    interview.days_end, interview.given_until = days_end, None
    _store({interview: for_all(days_end, interview.position)}, *GROUNDS)


def give(deadlines: Mapping[Interview, datetime]) -> None:
    """To each alone: no deadline of a position takes any of it."""
    for interview, deadline in deadlines.items():
        interview.given_until = deadline
    _store(deadlines, *GROUNDS)


def give_alone(interview: Interview, deadline: datetime) -> None:
    """This and nothing else: what was handed in once has no days of an invitation any more."""
    interview.days_end = None
    give({interview: deadline})


def put_back(before: Mapping[Interview, tuple[datetime, datetime | None]]) -> None:
    """What counted before somebody gave more: for each its deadline, and what was given to it alone by then. Where the
    deadline of its position was moved meanwhile, that counts."""
    # Read here, behind the locks: whoever moves the deadline of a position now moves these after it.
    sets = QuestionSet.objects.select_related("position").in_bulk({it.question_set_id for it in before})
    due = {}
    for interview, (deadline, given) in before.items():
        interview.given_until = given
        due[interview] = _due(interview, sets[interview.question_set_id].position) or deadline
    _store(due, *GROUNDS)


def follow(interviews: Collection[Interview], position: Position) -> list[Interview]:
    """The deadline of their position was moved: those whose own is another now, and matters still."""
    now = timezone.now()
    due = {it: deadline for it in interviews if (deadline := _due(it, position)) and deadline != it.deadline}
    matters = [it for it, deadline in due.items() if max(deadline, it.deadline) > now]
    _store(due)
    return matters


def _due(interview: Interview, position: Position) -> datetime | None:
    """None: what it has stays."""
    if interview.days_end is None:
        return None
    due = for_all(interview.days_end, position)
    return due if interview.given_until is None else max(due, interview.given_until)


def _store(deadlines: Mapping[Interview, datetime], *also: str) -> None:
    """With the reminder, unless it went out, and other columns that were changed."""
    now = timezone.now()
    for interview, deadline in deadlines.items():
        interview.deadline = deadline
        if interview.remind_at is not None:
            interview.remind_at = remind_at(now, deadline)
    Interview.objects.bulk_update(deadlines, ["deadline", "remind_at", *also], batch_size=500)
