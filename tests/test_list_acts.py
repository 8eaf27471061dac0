"""What is done in the list of interviews: decided about many, hidden, taken back, and kept as a view."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from interviews.actions.explaining import explain
from interviews.actions.reviewing import decide
from interviews.events import Kind
from interviews.models import Decision, Event, Hidden, Interview, SavedView
from tests.engines import work_through
from tests.listed import LIST, comes, names
from tests.people import World, review


def _act(browser: Client, act: str, *chosen: Interview, reason: str = "", query: str = "") -> str:
    data = {"act": act, "interview": [it.pk for it in chosen], "reason": reason}
    reply = browser.post(f"{LIST}act/{query}", data)
    assert reply.status_code == 302
    return browser.get(reply["Location"]).content.decode()


def _undo(browser: Client) -> str:
    return browser.post(f"{LIST}undo/", follow=True).content.decode()


class TestActs:
    @pytest.fixture
    def two(self, submitted: World) -> tuple[Interview, Interview]:
        """Bo's, reviewed by Ada, and one that is not handed in."""
        work_through(submitted.interview)
        review(submitted.interview, submitted.ada)
        return submitted.interview, comes(submitted.question_set, "Eve Egge")

    def test_one_reason_decides_about_all_and_who_cannot_be_decided_about_is_named(
        self, two: tuple[Interview, Interview], ada: Client
    ) -> None:
        page = _act(ada, "hold", *two, reason="The budget is not clear.")
        assert "1 decided: Hold." in page and "Eve Egge: This interview is not submitted yet." in page
        assert [it.reason for it in Decision.objects.all()] == ["The budget is not clear."]

    def test_nothing_is_decided_without_a_reason(self, two: tuple[Interview, Interview], ada: Client) -> None:
        assert "Say why." in _act(ada, "reject", two[0])
        assert not Decision.every.exists()

    def test_undo_makes_the_decision_before_it_count_again(
        self, two: tuple[Interview, Interview], submitted: World, ada: Client
    ) -> None:
        decide(two[0], submitted.ada, Decision.Outcome.ADVANCE, "the best")
        _act(ada, "reject", two[0], reason="a slip")
        assert [it.outcome for it in two[0].decisions.all()] == ["reject", "advance"]
        assert "1 taken back." in _undo(ada)
        assert [it.outcome for it in two[0].decisions.all()] == ["advance"]
        assert Decision.every.count() == 2, "what was taken back stays"
        assert Event.objects.filter(kind=Kind.DECISION_TAKEN_BACK, actor=submitted.ada).count() == 1
        assert "0 taken back." in _undo(ada)

    def test_undo_leaves_what_somebody_decided_since(
        self, two: tuple[Interview, Interview], submitted: World, kim: Client, ada: Client
    ) -> None:
        _act(ada, "reject", two[0], reason="a slip")
        person = User.objects.get(username="kim")
        review(two[0], person)
        decide(two[0], person, Decision.Outcome.ADVANCE, "the best")
        assert "Somebody has decided anew since." in _undo(ada)
        assert [it.outcome for it in two[0].decisions.all()] == ["advance", "reject"]

    def test_undo_leaves_what_the_applicant_was_given_an_explanation_of(
        self, two: tuple[Interview, Interview], submitted: World, ada: Client
    ) -> None:
        _act(ada, "reject", two[0], reason="no")
        explain(two[0], submitted.ada, with_reason=True)
        assert "has been given an explanation" in _undo(ada)
        assert two[0].decisions.count() == 1

    def test_undo_is_for_ten_minutes(self, two: tuple[Interview, Interview], ada: Client) -> None:
        assert 'id="undo"' in _act(ada, "reject", two[0], reason="no")
        Decision.objects.update(at=timezone.now() - timedelta(minutes=11))
        assert "too old to be taken back" in _undo(ada)
        assert two[0].decisions.count() == 1

    def test_what_i_put_out_of_my_list_stays_in_everybody_elses_and_comes_back(
        self, world: World, ada: Client, kim: Client
    ) -> None:
        assert "1 hidden from your list." in _act(ada, "hide", world.interview, query="?sort=name")
        assert (names(ada), names(ada, f"{LIST}?hidden=on"), names(kim)) == ([], ["Bo Berg"], ["Bo Berg"])
        _undo(ada)
        assert (names(ada), Hidden.objects.count()) == (["Bo Berg"], 0)
        _act(ada, "hide", world.interview)
        _act(ada, "show", world.interview, query="?hidden=on")
        assert names(ada) == ["Bo Berg"]
        _undo(ada)
        assert names(ada) == []

    def test_nobody_acts_on_the_interviews_of_another_team(self, two: tuple[Interview, Interview], cy: Client) -> None:
        assert "Nothing was done" in _act(cy, "reject", two[0], reason="no")
        assert "Nothing was done" in _act(cy, "hide", two[0])
        assert not Decision.every.exists() and not Hidden.objects.exists()


class TestViews:
    def test_a_view_is_saved_under_a_name_for_oneself(self, world: World, ada: Client, cy: Client) -> None:
        saved = ada.post(f"{LIST}views/?stage=invited&q=bo&after=x&utm=1", {"name": "Mine"}, follow=True)
        assert "Saved as “Mine”." in saved.content.decode()
        view = SavedView.objects.get()
        assert (view.user, view.query) == (world.ada, "q=bo&stage=invited")
        assert f"{LIST}?q=bo&amp;stage=invited" in ada.get(LIST).content.decode()
        assert "Mine" not in cy.get(LIST).content.decode()

    def test_a_deleted_view_can_be_taken_back(self, world: World, ada: Client, cy: Client) -> None:
        ada.post(f"{LIST}views/?q=bo", {"name": "Mine"})
        view = SavedView.objects.get()
        cy.post(f"{LIST}views/", {"act": "delete", "view": view.pk})
        assert SavedView.objects.get().deleted_at is None
        deleted = ada.post(f"{LIST}views/", {"act": "delete", "view": view.pk}, follow=True).content.decode()
        assert "The view “Mine” is deleted." in deleted and f'href="{LIST}?q=bo"' not in deleted
        assert f'href="{LIST}?q=bo"' in _undo(ada)

    def test_a_name_is_given_once(self, world: World, ada: Client) -> None:
        for query in ("q=a", "q=b"):
            page = ada.post(f"{LIST}views/?{query}", {"name": "Mine"}, follow=True).content.decode()
        assert "You have a view of this name." in page
        assert SavedView.objects.get().query == "q=a"

    def test_columns_are_chosen_by_each_for_themselves(self, world: World, ada: Client, kim: Client) -> None:
        ada.post(f"{LIST}columns/", {"column": ["stage", "score"]})
        assert 'data-hides="position waits decision arrived changed"' in ada.get(LIST).content.decode()
        assert 'data-hides="arrived"' in kim.get(LIST).content.decode()
