"""Applicants who have handed in, for tests of pages that show several."""

from __future__ import annotations

import hashlib
from decimal import Decimal

from interviews.actions import answering
from interviews.actions.invitations import invite
from interviews.models import Applicant, Interview, Result
from tests.engines import make_ready, work_through
from tests.people import World, record_answer


def another(world: World, name: str, speech: bytes, *, ai: bool = True) -> Interview:
    """Of the same position, and submitted."""
    email = f"{name[:3].lower()}@example.com"
    interview, _token = invite(Applicant.objects.create(name=name, email=email), world.question_set)
    answering.consent(interview, ai=ai)
    interview.refresh_from_db()
    for question in world.questions:
        record_answer(interview, question, speech, hashlib.sha256(speech).hexdigest())
    make_ready(interview)
    answering.submit(interview)
    return interview


def four(world: World, speech: bytes) -> dict[str, Interview]:
    """With Bo, whose interview is submitted. All assessed but Flo, who wants no AI: Bo and Dee alike, Eli above."""
    made = {"Bo Berg": world.interview}
    for name in ("Dee Dahl", "Eli Eck", "Flo Fuchs"):
        made[name] = another(world, name, speech, ai=name != "Flo Fuchs")
    for interview in made.values():
        work_through(interview)
        interview.refresh_from_db()
    Result.objects.filter(interview=made["Eli Eck"]).update(score=Decimal("4.50"))
    return made
