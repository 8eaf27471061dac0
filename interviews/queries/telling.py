"""What became of the mail about a decision."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from interviews.models import Decision, Interview, Job, Message
from interviews.queries.reasons import told


@dataclass(frozen=True, slots=True)
class TellingView:
    """Of the newest decision. `state`: nothing, waiting (it can be called back), trying (it waits for the mail server),
    parked (it waits for an administrator), sending, sent, failed or dropped; `at`: when it is due, or was ended."""

    interview_id: UUID
    state: str
    problem: str
    at: datetime | None
    asked_by: str
    only_a_file: bool  # this site is for trying out: it reaches nobody


@dataclass(frozen=True, slots=True)
class Words:
    subject: str
    body: str


def of(decision: Decision | None) -> TellingView | None:
    """Of the newest; None where nothing is decided."""
    if decision is None:
        return None
    message = Message.objects.filter(decision=decision).select_related("asked_by").first()
    if message is None:
        return TellingView(decision.interview_id, "nothing", "", None, "", only_a_file=False)
    is_queued = message.state == Message.State.QUEUED
    job = Job.objects.filter(message=message, state__in=Job.OPEN).first() if is_queued else None
    state, problem, at = str(message.state), message.problem, message.ended_at
    if job is not None:
        going = {Job.State.QUEUED: "trying" if job.problem else "waiting", Job.State.PARKED: "parked"}
        state, problem, at = going.get(Job.State(job.state), "sending"), job.problem, job.run_after
    asked_by = message.asked_by.get_username() if message.asked_by else ""
    return TellingView(
        decision.interview_id, state, told(problem), at, asked_by, only_a_file=bool(settings.EMAIL_FILE_PATH)
    )


def draft(outcome: str, language: str) -> Words:
    """To begin with; {name} and its like are filled in when it is looked over."""
    with translation.override(language):
        subject, _newline, body = render_to_string(f"emails/decision_{outcome}.txt").strip().partition("\n")
    return Words(" ".join(subject.split()), body.strip() + "\n")


def blanks(interview: Interview) -> dict[str, str]:
    position = interview.position
    return {
        "name": interview.applicant.name,
        "position": position.title,
        "host": position.host,
        "contact": position.contact,
    }
