"""Who stands where in a position: by what is revealed to the reader alone, with ties, or why there is no rank."""

from __future__ import annotations

import hashlib
from decimal import Decimal

import pytest
from django.test import Client

from interviews.actions import answering
from interviews.actions.invitations import invite
from interviews.models import Applicant, Interview, Result, Transcript
from interviews.queries import ranking
from tests.engines import make_ready, work_through
from tests.people import World, record_answer, review, show_at_once


@pytest.fixture
def four(submitted: World, speech: bytes) -> dict[str, Interview]:
    """All four scored; Bo and Dee alike."""
    made = {"Bo Berg": submitted.interview}
    for name in ("Dee Dahl", "Eli Eck", "Flo Fuchs"):
        interview, _token = invite(
            Applicant.objects.create(name=name, email=f"{name[:3].lower()}@example.com"), submitted.question_set
        )
        answering.consent(interview, ai=name != "Flo Fuchs")
        interview.refresh_from_db()
        for question in submitted.questions:
            record_answer(interview, question, speech, hashlib.sha256(speech).hexdigest())
        make_ready(interview)
        answering.submit(interview)
        made[name] = interview
    for interview in made.values():
        work_through(interview)
        interview.refresh_from_db()
    Result.objects.filter(interview=made["Eli Eck"]).update(score=Decimal("4.50"))
    return made


def _page(world: World, browser: Client) -> str:
    return browser.get(f"/hr-dashboard/positions/{world.position.pk}/ranking/").content.decode()


def test_ties_share_a_rank_and_the_next_rank_is_left_out(submitted: World, four: dict[str, Interview]) -> None:
    show_at_once(submitted.position)
    found = ranking.of(submitted.position, submitted.ada)
    assert [(it.rank, it.applicant, it.score, it.tied) for it in found.places] == [
        (1, "Eli Eck", Decimal("4.50"), 0),
        (2, "Bo Berg", Decimal("4.00"), 1),
        (2, "Dee Dahl", Decimal("4.00"), 1),
    ]
    assert [(it.applicant, it.reason) for it in found.unranked] == [("Flo Fuchs", "No AI for this interview")]
    assert found.hidden == 0


def test_whose_transcript_or_score_says_nothing_has_a_reason_instead(
    submitted: World, four: dict[str, Interview]
) -> None:
    show_at_once(submitted.position)
    Transcript.objects.filter(take__interview=four["Eli Eck"]).update(doubtful=True)
    Result.objects.filter(interview=four["Dee Dahl"]).update(score=None, unscored_reason="nobody spoke")
    found = ranking.of(submitted.position, submitted.ada)
    assert [(it.rank, it.applicant) for it in found.places] == [(1, "Bo Berg")]
    assert [(it.applicant, it.reason) for it in found.unranked] == [
        ("Dee Dahl", "Not scored: nobody spoke"),
        ("Eli Eck", "Its transcript is not to be trusted, nor its score"),
        ("Flo Fuchs", "No AI for this interview"),
    ]


def test_only_what_is_revealed_to_the_reader_is_listed(
    submitted: World, four: dict[str, Interview], ada: Client
) -> None:
    assert ranking.of(submitted.position, submitted.ada).hidden == 4
    page = _page(submitted, ada)
    assert "Nobody to rank yet" in page and "4 interviews are not listed" in page
    review(four["Eli Eck"], submitted.ada)
    page = _page(submitted, ada)
    assert "Eli Eck" in page and "4.50" in page and "score-bar" in page
    assert "Bo Berg" not in page and "3 interviews are not listed" in page
    link = f"/hr-dashboard/positions/{submitted.position.pk}/ranking/"
    assert link in ada.get(f"/hr-dashboard/results/{submitted.interview.pk}/review/").content.decode()
