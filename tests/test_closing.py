"""When a position is closed, everybody has an outcome and is told what the page said they would be."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from interviews.actions.closing import Closing, Rest, close
from interviews.actions.invitations import invite
from interviews.actions.refusals import WrongState
from interviews.events import Event, Kind, head
from interviews.models import Applicant, Interview, Link, Message, Position
from interviews.queries.closing import open_ends
from tests.people import World


def _page(world: World) -> str:
    return f"/hr-dashboard/positions/{world.position.pk}/close/"


def _eve(world: World) -> Interview:
    return invite(Applicant.objects.create(name="Eve Egge", email="eve@example.com"), world.question_set)[0]


def _sent(world: World, **chosen: Any) -> dict[str, Any]:
    return {"seen": open_ends(world.position).digest, **chosen}


def _state(world: World) -> str:
    return Position.objects.values_list("state", flat=True).get(pk=world.position.pk)


@pytest.fixture
def mailing(settings: Settings) -> None:
    settings.SENDS_MAIL = True


def test_everybody_who_has_no_outcome_is_listed_by_what_they_wait_for(submitted: World, ada: Client) -> None:
    _eve(submitted)
    page = ada.get(_page(submitted)).content.decode()
    assert "1 person submitted and was not decided about" in page and "Bo Berg" in page
    assert "1 person has not submitted" in page and "Eve Egge" in page
    assert "tell them yourself" in page  # this site sends no mail


def test_it_is_not_closed_while_anybody_is_left_without_an_outcome(submitted: World, ada: Client) -> None:
    _eve(submitted)
    for chosen in (
        {},
        {"undecided": "reject", "undecided_reason": "Filled."},
        {"unfinished": "ends"},
        {"undecided": "reject", "undecided_reason": " ", "unfinished": "ends"},
        {"undecided": "hold", "undecided_reason": "Later.", "unfinished": "ends"},
    ):
        reply = ada.post(_page(submitted), _sent(submitted, **chosen))
        assert reply.status_code == 400 and b"field-error" in reply.content, chosen
    assert _state(submitted) == "open" and not submitted.interview.decisions.exists()


def test_closing_decides_ends_tells_and_says_so_in_events(submitted: World, ada: Client, mailing: None) -> None:
    eve = _eve(submitted)
    before = head()
    chosen = {"undecided": "reject", "undecided_reason": "Filled.", "undecided_tells": "on"}
    reply = ada.post(_page(submitted), _sent(submitted, **chosen, unfinished="ends", unfinished_tells="on"))
    assert reply.status_code == 302 and _state(submitted) == "closed"
    decision = submitted.interview.decisions.get()
    assert (decision.outcome, decision.reason, decision.by) == ("reject", "Filled.", submitted.ada)
    eve.refresh_from_db()
    assert eve.revoked_at is not None and not Link.objects.filter(interview=eve, revoked_at=None).exists()
    told = Message.objects.filter(kind=Message.Kind.CLOSED).values_list("interview", flat=True)
    assert set(told) == {submitted.interview.pk, eve.pk}
    kinds = list(Event.objects.filter(number__gt=before).order_by("number").values_list("kind", flat=True))
    assert kinds == [Kind.DECIDED, Kind.REVOKED, Kind.RULES]


def test_who_advances_and_who_may_finish_is_not_told_that_it_is_over(
    submitted: World, ada: Client, mailing: None
) -> None:
    eve = _eve(submitted)
    chosen = {"undecided": "advance", "undecided_reason": "Good.", "undecided_tells": "on", "unfinished": "finish"}
    ada.post(_page(submitted), _sent(submitted, **chosen, unfinished_tells="on"))
    eve.refresh_from_db()
    assert eve.revoked_at is None and _state(submitted) == "closed"
    assert not Message.objects.filter(kind=Message.Kind.CLOSED).exists()


def test_who_is_on_hold_needs_an_outcome_too(submitted: World, ada: Client) -> None:
    submitted.interview.decisions.create(outcome="hold", reason="Let us see.", by=submitted.ada)
    assert b"1 person was put on hold" in ada.get(_page(submitted)).content
    ada.post(_page(submitted), _sent(submitted, held="reject", held_reason="Filled."))
    assert submitted.interview.decisions.all()[0].outcome == "reject"
    assert _state(submitted) == "closed"


def test_who_came_in_between_is_shown_first(submitted: World, ada: Client) -> None:
    sent = _sent(submitted, undecided="reject", undecided_reason="Filled.")
    _eve(submitted)
    reply = ada.post(_page(submitted), sent)
    assert reply.status_code == 400 and b"Eve Egge" in reply.content
    sent |= {"unfinished": "ends"}
    reply = ada.post(_page(submitted), sent)
    assert reply.status_code == 409 and b"something has changed" in reply.content
    assert _state(submitted) == "open" and not submitted.interview.decisions.exists()


def test_once_closed_the_rest_is_decided_about_in_the_same_way(submitted: World, ada: Client) -> None:
    Position.objects.filter(pk=submitted.position.pk).update(state="closed")
    assert b"Decide about them" in ada.get(_page(submitted)).content
    ada.post(_page(submitted), _sent(submitted, undecided="reject", undecided_reason="Filled."))
    assert submitted.interview.decisions.get().outcome == "reject"


def test_a_draft_has_nothing_to_close(world: World, ada: Client) -> None:
    Position.objects.filter(pk=world.position.pk).update(state="draft")
    assert b"nothing to close" in ada.get(_page(world), follow=True).content
    with pytest.raises(WrongState):
        close(world.position, Closing(open_ends(world.position).digest, None, None, Rest(True, True)), world.ada)
    assert _state(world) == "draft"


def test_with_nobody_left_it_closes_at_once(submitted: World, ada: Client) -> None:
    submitted.interview.decisions.create(outcome="advance", reason="Good.", by=submitted.ada)
    assert b"Everybody has an outcome" in ada.get(_page(submitted)).content
    assert ada.post(_page(submitted), _sent(submitted)).status_code == 302
    assert _state(submitted) == "closed"
