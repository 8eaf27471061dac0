"""The list of interviews: who stands in it, and what is found there."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.db import IntegrityError, connection
from django.test import Client
from django.utils import timezone

from interviews.actions import answering
from interviews.actions.invitations import Person, Terms, invite_people, revoke
from interviews.actions.joining import join, make_public_link
from interviews.actions.needs import ask_for_time
from interviews.actions.reviewing import decide
from interviews.actions.withdrawing import withdraw
from interviews.engines.errors import Permanent
from interviews.models import Decision, Interview, Job
from interviews.processing import jobs
from interviews.queries import stages
from interviews.queries.listing import STAGES
from interviews.tasks import WORK
from tests.engines import work_through
from tests.listed import LIST, comes, names
from tests.people import World, make_position, make_question_set, review


@pytest.mark.parametrize(
    "make",
    [
        lambda world: comes(world.question_set, "Eve Egge"),
        lambda world: invite_people(
            world.position,
            [Person("Eve Egge", "eve@example.com")],
            Terms(timezone.now(), by_mail=False, reminds=False),
            world.ada,
        ),
        lambda world: join(
            make_public_link(world.position, "the fair", actor=world.ada)[0],
            Person("Eve Egge", "eve@example.com"),
            "a browser",
            uuid.uuid4(),
        ),
    ],
    ids=["one", "of a list", "by a public link"],
)
def test_whoever_is_invited_is_in_the_list_by_last_change_or_not_invited_at_all(
    make: Callable[[World], object], world: World, ada: Client
) -> None:
    """Since the event is written with the interview; `tests/test_rooms.py` knows that there is no other way."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TRIGGER full BEFORE INSERT ON interviews_event BEGIN SELECT RAISE(ABORT, 'full'); END")
    try:
        with pytest.raises(IntegrityError, match="full"):
            make(world)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER full")
    assert names(ada) == names(ada, f"{LIST}?sort=changed") == ["Bo Berg"]
    make(world)
    assert names(ada) == names(ada, f"{LIST}?sort=changed") == ["Eve Egge", "Bo Berg"]


@pytest.mark.parametrize(
    ("asked", "finds"),
    [
        *(("bo", True), ("BERG", True), ("berg bo", True), ("bo@example", True), ("example.com", True)),
        *(("b", True), ("erg", False), ("bo cy", False), ("b%", False), ("_o", False), ("bo@other", False)),
    ],
)
def test_people_are_found_by_the_beginnings_of_their_words(asked: str, finds: bool, world: World, ada: Client) -> None:
    assert names(ada, f"{LIST}?q={asked.replace('%', '%25')}") == (["Bo Berg"] if finds else [])


def test_people_are_found_without_accents_and_under_their_new_name_alone(world: World, ada: Client) -> None:
    applicant = comes(world.question_set, "Zoë-Łucja O'Neïl", "zl@example.com").applicant
    for asked in ("zoe", "zoe-", "oneil", "o'neil", "neil", "zl@"):
        assert names(ada, f"{LIST}?q={asked}") == ([] if asked == "oneil" else [applicant.name]), asked
    applicant.name = "Ann Other"
    applicant.save()
    assert names(ada, f"{LIST}?q=zoe") == []
    assert names(ada, f"{LIST}?q=other") == ["Ann Other"]


FILTERS: dict[str, Callable[[World], object]] = {
    "stage=invited": lambda world: None,
    "stage=revoked": lambda world: revoke(world.interview),
    "stage=recording": lambda world: answering.consent(world.interview, ai=True),
    "stage=withdrawn": lambda world: withdraw(world.interview),
    "needs=on": lambda world: ask_for_time(world.interview),
    "position={position}": lambda world: None,
    "since={today}&until={today}": lambda world: None,
    "decision=none": lambda world: None,
    "q=berg&stage=invited": lambda world: None,
}


@pytest.mark.parametrize("query", FILTERS)
def test_a_filter_shows_what_matches_it_and_nothing_else(query: str, world: World, ada: Client) -> None:
    elsewhere = comes(make_question_set(make_position("Elsewhere", world.ada)), "Eve Egge")
    Interview.objects.filter(pk=elsewhere.pk).update(created_at=timezone.now() - timedelta(days=40))
    FILTERS[query](world)
    address = query.format(position=world.position.pk, today=f"{world.interview.created_at:%Y-%m-%d}")
    both = query in ("stage=invited", "decision=none")
    assert names(ada, f"{LIST}?{address}") == (["Bo Berg", "Eve Egge"] if both else ["Bo Berg"])


def _parked(world: World) -> None:
    job = Job.objects.filter(interview=world.interview, state=Job.State.QUEUED).order_by("pk")[0]

    def fail(claim: jobs.Claim) -> list[int]:
        raise Permanent("the key was refused")

    jobs.run(job.pk, dict.fromkeys(WORK, fail))


HANDED_IN: dict[str, tuple[Callable[[World], object], str]] = {
    "is worked on": (lambda world: None, "working"),
    "is parked": (_parked, "working"),
    "is assessed": (lambda world: work_through(world.interview), "ready"),
    "was withdrawn": (lambda world: withdraw(world.interview), "withdrawn"),
}


@pytest.mark.leaves_loose_ends("what was handed in is looked at before it is worked off")
@pytest.mark.parametrize("what", HANDED_IN)
def test_what_was_handed_in_is_in_exactly_one_stage(what: str, submitted: World, ada: Client) -> None:
    change, stage = HANDED_IN[what]
    change(submitted)
    assert [it for it in STAGES if names(ada, f"{LIST}?stage={it}")] == [stage]
    assert names(ada, f"{LIST}?needs=on") == (["Bo Berg"] if what == "is parked" else [])


def test_what_waits_for_my_review_waits_until_i_have_done_it(submitted: World, ada: Client, kim: Client) -> None:
    work_through(submitted.interview)
    assert names(ada, f"{LIST}?waits=on") == ["Bo Berg"]
    assert "Your review" in ada.get(LIST).content.decode()
    review(submitted.interview, submitted.ada)
    assert names(ada, f"{LIST}?waits=on") == []
    assert names(kim, f"{LIST}?waits=on") == ["Bo Berg"]
    page = BeautifulSoup(ada.get(LIST).content, "html.parser")
    assert "A decision" in page.select("#rows [data-column=waits]")[0].get_text()
    decide(submitted.interview, submitted.ada, Decision.Outcome.HOLD, "not yet")
    assert names(ada, f"{LIST}?decision=hold") == ["Bo Berg"]
    assert names(ada, f"{LIST}?decision=reject") == names(ada, f"{LIST}?decision=none") == []
    assert "A decision" not in BeautifulSoup(ada.get(LIST).content, "html.parser").select("#rows")[0].get_text()


def test_part_of_an_address_that_is_not_understood_is_named_and_left_out(world: World, ada: Client) -> None:
    page = ada.get(f"{LIST}?stage=nonsense&since=yesterday&after=here&position=x&q=bo").content.decode()
    for name in ("stage", "since", "after", "position"):
        assert re.search(rf"was not understood.*\b{name}\b", page), name
    assert names(ada, f"{LIST}?stage=nonsense&q=bo&before=~") == ["Bo Berg"]


def test_the_row_of_a_page_and_the_row_sent_live_are_drawn_from_the_same_values(world: World) -> None:
    """What is kept of drawn rows is found by all values that a row has: none may be left out of the comparison."""
    [row] = stages.rows_of([world.interview.pk])
    assert all(hash(getattr(row, name)) is not None for name in row.__slots__)
    assert row == stages.rows_of([world.interview.pk])[0]
    withdraw(world.interview)
    assert row != stages.rows_of([world.interview.pk])[0]
