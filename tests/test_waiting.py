"""The next interview that waits for a reviewer: whose, in which order, and what is said when there is none."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from interviews.actions import answering
from interviews.actions.invitations import invite
from interviews.actions.reopening import reopen
from interviews.actions.reviewing import decide
from interviews.actions.withdrawing import withdraw
from interviews.models import Applicant, Decision, Interview
from tests.engines import make_ready, work_through
from tests.people import World, record_answer, review

ADDRESS = "/hr-dashboard/results/next-to-review/"


@pytest.fixture
def three(submitted: World, speech: bytes) -> list[Interview]:
    """Bo's, Dee's and Eli's, submitted in this order; Flo's is only begun."""
    made = [submitted.interview]
    for name in ("Dee Dahl", "Eli Eck", "Flo Fuchs"):
        applicant = Applicant.objects.create(name=name, email="d@example.com")
        interview, _token = invite(applicant, submitted.question_set)
        answering.consent(interview, ai=False)
        interview.refresh_from_db()
        for question in submitted.questions:
            record_answer(interview, question, speech, hashlib.sha256(speech).hexdigest())
        make_ready(interview)
        if name != "Flo Fuchs":
            answering.submit(interview)
            made.append(interview)
    work_through(submitted.interview)
    for days, interview in enumerate(made):
        Interview.objects.filter(pk=interview.pk).update(submitted_at=timezone.now() + timedelta(days=days))
        interview.refresh_from_db()
    return made


def _next(browser: Client, after: object = "") -> str:
    """The id that it leads to, or "none"."""
    reply = browser.get(ADDRESS, {"after": str(after)})
    if reply.status_code == 200:
        assert "No other interview waits for your review" in reply.content.decode()
        return "none"
    assert reply.status_code == 302
    assert reply["Location"].endswith("/review/")
    return str(reply["Location"].split("/")[-3])


def test_who_waits_longest_comes_first_and_then_round(three: list[Interview], ada: Client) -> None:
    bo, dee, eli = (str(interview.pk) for interview in three)
    assert [_next(ada, after) for after in ("", bo, dee, eli)] == [bo, dee, eli, bo]


@pytest.mark.parametrize("after", ["nonsense", str(uuid.UUID(int=7)), "0" * 5000])
def test_what_it_comes_after_may_be_anything(three: list[Interview], ada: Client, after: str) -> None:
    assert _next(ada, after) == str(three[0].pk)


def test_what_is_reviewed_is_passed_by_and_comes_back_to_nobody(
    three: list[Interview], submitted: World, ada: Client, kim: Client
) -> None:
    bo, dee, eli = three
    review(dee, submitted.ada)
    assert _next(ada, bo.pk) == str(eli.pk)
    assert _next(kim, bo.pk) == str(dee.pk), "it still waits for everybody else"
    review(eli, submitted.ada)
    assert _next(ada, bo.pk) == "none", "the one that is open already is not the next"
    assert _next(ada) == str(bo.pk)
    review(bo, submitted.ada)
    assert _next(ada) == "none"


def _decided(interview: Interview, world: World) -> None:
    kim = world.position.team.get(username="kim")
    review(interview, kim)
    decide(interview, kim, Decision.Outcome.ADVANCE, "the best")


@pytest.mark.parametrize(
    "change",
    [
        lambda interview, world: withdraw(interview),
        lambda interview, world: reopen(interview, 7, actor=world.ada),
        _decided,
    ],
    ids=["withdrawn", "reopened", "decided"],
)
def test_what_needs_no_review_is_passed_by(
    three: list[Interview],
    submitted: World,
    ada: Client,
    kim: Client,
    change: Callable[[Interview, World], object],
) -> None:
    change(three[1], submitted)
    assert _next(ada, three[0].pk) == str(three[2].pk)


def test_another_teams_interviews_wait_for_nobody_else(three: list[Interview], cy: Client) -> None:
    assert _next(cy) == "none"
    assert _next(cy, three[0].pk) == "none"


def test_it_takes_the_same_queries_for_any_number(
    three: list[Interview], ada: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(3):  # the session with its account, the place, the others
        _next(ada, three[0].pk)
    Interview.objects.filter(pk__in=[interview.pk for interview in three[1:]]).update(withdrawn_at=timezone.now())
    with django_assert_num_queries(4):  # and, since none is behind it, the first
        _next(ada, three[2].pk)
