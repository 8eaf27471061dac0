"""What is done in the list of interviews: decided about many, hidden, taken back, and kept as a view."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import User
from django.core.mail import EmailMessage
from django.db import connection
from django.db.models.functions import Now
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from interviews.actions import uploading
from interviews.actions.answering import consent
from interviews.actions.deadlines import extend
from interviews.actions.explaining import explain
from interviews.actions.needs import ask_for_time
from interviews.actions.reviewing import decide
from interviews.events import Kind
from interviews.models import (
    Decision,
    Event,
    ExtensionRequest,
    Hidden,
    Interview,
    Job,
    Membership,
    Message,
    Position,
    SavedView,
)
from interviews.processing import jobs
from interviews.tasks import WORK
from interviews.views.undoing import UNDO
from tests.engines import work_through
from tests.listed import LIST, comes, names, undo
from tests.people import World, join_team, make_question_set, review


def _act(browser: Client, act: str, *chosen: Interview, reason: str = "", query: str = "", days: str = "7") -> str:
    data = {"act": act, "interview": [it.pk for it in chosen], "reason": reason, "days": days}
    reply = browser.post(f"{LIST}act/{query}", data)
    assert reply.status_code == 302
    return browser.get(reply["Location"]).content.decode()


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
        assert "1 taken back." in undo(ada)
        assert [it.outcome for it in two[0].decisions.all()] == ["advance"]
        assert Decision.every.count() == 2, "what was taken back stays"
        assert Event.objects.filter(kind=Kind.DECISION_TAKEN_BACK, actor=submitted.ada).count() == 1
        assert "Nothing was taken back" in undo(ada)

    def test_undo_of_a_page_that_shows_what_was_done_before_takes_nothing_back(
        self, two: tuple[Interview, Interview], ada: Client
    ) -> None:
        _act(ada, "reject", two[0], reason="no")
        shown = ada.session[UNDO]["id"]
        _act(ada, "hide", two[1])
        page = ada.post("/hr-dashboard/undo/", {"done": shown}, follow=True).content.decode()
        assert "Nothing was taken back" in page and Hidden.objects.exists() and Decision.objects.count() == 1
        assert "1 taken back." in undo(ada)

    def test_undo_of_a_decision_is_for_who_still_judges(
        self, two: tuple[Interview, Interview], world: World, ada: Client
    ) -> None:
        _act(ada, "reject", two[0], reason="no")
        Membership.objects.filter(user=world.ada).update(role=Membership.Role.VIEWER)
        assert "In this position you only watch." in undo(ada)
        assert Decision.objects.count() == 1

    def test_undo_leaves_what_somebody_decided_since(
        self, two: tuple[Interview, Interview], submitted: World, kim: Client, ada: Client
    ) -> None:
        _act(ada, "reject", two[0], reason="a slip")
        person = User.objects.get(username="kim")
        review(two[0], person)
        decide(two[0], person, Decision.Outcome.ADVANCE, "the best")
        assert "Somebody has decided anew since." in undo(ada)
        assert [it.outcome for it in two[0].decisions.all()] == ["advance", "reject"]

    def test_undo_leaves_what_the_applicant_was_given_an_explanation_of(
        self, two: tuple[Interview, Interview], submitted: World, ada: Client
    ) -> None:
        _act(ada, "reject", two[0], reason="no")
        explain(two[0], submitted.ada, with_reason=True)
        assert "has been given an explanation" in undo(ada)
        assert two[0].decisions.count() == 1

    def test_what_was_done_is_said_where_the_focus_is_and_offered_for_longer_where_it_is_not(
        self, world: World, ada: Client
    ) -> None:
        """The browser brings it there, unless the page was opened at a place in it."""
        said, offered = re.compile(r'id="said"[^>]*autofocus'), 'id="undo"'
        done = _act(ada, "hide", world.interview)
        later = ada.get(LIST).content.decode()
        assert (bool(said.search(done)), offered in done) == (True, True)
        assert (bool(said.search(later)), offered in later) == (False, True)
        back = undo(ada)
        assert said.search(back) and offered not in back
        assert not said.search(ada.get(LIST).content.decode())

    def test_undo_is_for_ten_minutes(self, two: tuple[Interview, Interview], ada: Client) -> None:
        assert 'id="undo"' in _act(ada, "reject", two[0], reason="no")
        Decision.objects.update(at=timezone.now() - timedelta(minutes=11))
        assert "too old to be taken back" in undo(ada)
        assert two[0].decisions.count() == 1

    def test_what_i_put_out_of_my_list_stays_in_everybody_elses_and_comes_back(
        self, world: World, ada: Client, kim: Client
    ) -> None:
        assert "1 hidden from your list." in _act(ada, "hide", world.interview, query="?sort=name")
        assert (names(ada), names(ada, f"{LIST}?hidden=on"), names(kim)) == ([], ["Bo Berg"], ["Bo Berg"])
        assert "Bo Berg: Hidden already." in _act(ada, "hide", world.interview)
        assert "1 taken back." in undo(ada), "what did nothing is not what was done last"
        assert (names(ada), Hidden.objects.count()) == (["Bo Berg"], 0)
        assert "Bo Berg: In your list already." in _act(ada, "show", world.interview)
        _act(ada, "hide", world.interview)
        _act(ada, "show", world.interview, query="?hidden=on")
        assert names(ada) == ["Bo Berg"]
        undo(ada)
        assert names(ada) == []

    def test_nobody_acts_on_the_interviews_of_another_team(self, two: tuple[Interview, Interview], cy: Client) -> None:
        assert "Nothing was done" in _act(cy, "reject", two[0], reason="no")
        assert "Nothing was done" in _act(cy, "hide", two[0])
        assert not Decision.every.exists() and not Hidden.objects.exists()


class TestWhoHasNotHandedIn:
    @pytest.fixture
    def three(self, submitted: World) -> tuple[Interview, Interview, Interview]:
        """Bo's, handed in; Eve's, open; Cleo's, of a position that Ada only reviews."""
        elsewhere = Position.objects.get(title="Something else")
        join_team(elsewhere, submitted.ada)
        others = comes(make_question_set(elsewhere), "Cleo Cole")
        return submitted.interview, comes(submitted.question_set, "Eve Egge"), others

    def test_all_are_reminded_whom_one_may_remind_and_the_others_are_named(
        self, three: tuple[Interview, Interview, Interview], submitted: World, ada: Client, mails: None
    ) -> None:
        page = _act(ada, "remind", *three)
        assert "1 reminder leaves in a minute." in page
        assert "Bo Berg: It is submitted already." in page
        assert "Cleo Cole: In this position only recruiters may do that." in page
        assert [(it.interview, it.kind) for it in Message.objects.all()] == [(three[1], Message.Kind.REMINDER)]
        told = Event.objects.latest("number")
        assert (told.kind, told.interview, told.actor) == (Kind.MAIL_ASKED, three[1], submitted.ada)

    def test_a_reminder_waits_a_minute_and_then_leaves(
        self, world: World, ada: Client, mails: None, mailoutbox: list[EmailMessage]
    ) -> None:
        _act(ada, "remind", world.interview)
        job = Job.objects.get(kind=Job.Kind.MAIL)
        assert jobs.run(job.pk, WORK) == [] and not mailoutbox
        Job.objects.update(run_after=Now())
        jobs.run(job.pk, WORK)
        assert [it.to for it in mailoutbox] == [["bo@example.com"]]
        assert "Bo Berg: It is too late to call it back" in undo(ada)

    def test_a_reminder_that_has_not_left_is_called_back(self, world: World, ada: Client, mails: None) -> None:
        _act(ada, "remind", world.interview)
        assert "1 taken back." in undo(ada)
        message = Message.objects.get()
        assert (message.state, message.problem) == (Message.State.DROPPED, "called back by ada")
        assert Job.objects.get(kind=Job.Kind.MAIL).state == Job.State.DROPPED
        assert Event.objects.latest("number").kind == Kind.NOT_MAILED
        assert "Nothing was taken back" in undo(ada)

    def test_nobody_is_reminded_twice_while_a_reminder_is_on_its_way(
        self, world: World, ada: Client, mails: None
    ) -> None:
        _act(ada, "remind", world.interview)
        assert "Bo Berg: A reminder is on its way already." in _act(ada, "remind", world.interview)
        assert Message.objects.count() == 1

    def test_a_site_without_mail_offers_no_reminder_and_sends_none(self, world: World, ada: Client) -> None:
        assert 'value="remind"' not in ada.get(LIST).content.decode()
        assert "not set up to send mail" in _act(ada, "remind", world.interview)
        assert not Message.objects.exists()

    def test_time_is_given_to_all_of_whom_one_runs_the_position(
        self, three: tuple[Interview, Interview, Interview], submitted: World, ada: Client, mails: None
    ) -> None:
        ask_for_time(three[1])
        before = three[1].deadline
        page = _act(ada, "extend", *three, days="3")
        assert "1 deadline was moved. The mail leaves in a minute." in page
        assert "Bo Berg: It is submitted already." in page and "Cleo Cole: In this position" in page
        three[1].refresh_from_db()
        assert three[1].deadline == before + timedelta(days=3)
        assert Message.objects.get().kind == Message.Kind.EXTENDED
        asked = ExtensionRequest.objects.get()
        assert (asked.state, asked.answered_by) == (ExtensionRequest.State.GRANTED, submitted.ada)
        assert Event.objects.filter(kind=Kind.EXTENDED, actor=submitted.ada).count() == 1

    def test_undo_moves_the_deadline_back_with_its_reminder_and_asks_the_request_again(
        self, world: World, ada: Client, mails: None
    ) -> None:
        remind_at = world.interview.deadline - timedelta(days=2)
        Interview.objects.update(remind_at=remind_at)
        ask_for_time(world.interview)
        _act(ada, "extend", world.interview)
        assert "1 taken back." in undo(ada)
        now = Interview.objects.get()
        assert (now.deadline, now.remind_at) == (world.interview.deadline, remind_at)
        assert ExtensionRequest.objects.get().state == ExtensionRequest.State.ASKED
        assert Message.objects.get().state == Message.State.DROPPED
        told = Event.objects.latest("number")
        assert (told.kind, told.actor) == (Kind.EXTENSION_TAKEN_BACK, world.ada)

    def test_undo_leaves_a_deadline_that_something_else_has_moved_since(self, world: World, ada: Client) -> None:
        other = comes(world.question_set, "Eve Egge")
        _act(ada, "extend", world.interview, other)
        extend(other, 1, actor=world.ada)
        page = undo(ada)
        assert "1 taken back." in page and "Eve Egge: The deadline was moved again since." in page
        other.refresh_from_db()
        assert other.deadline > world.interview.deadline + timedelta(days=7)

    def test_undo_takes_no_time_from_who_was_told_of_it(self, world: World, ada: Client, mails: None) -> None:
        _act(ada, "extend", world.interview)
        Job.objects.update(run_after=Now())
        jobs.run(Job.objects.get(kind=Job.Kind.MAIL).pk, WORK)
        assert "Bo Berg: They were told already" in undo(ada)
        assert Interview.objects.get().deadline == world.interview.deadline + timedelta(days=7)

    def test_undo_takes_no_time_from_who_has_gone_on_recording(self, world: World, bo: Client, ada: Client) -> None:
        consent(world.interview, ai=True)
        world.interview.refresh_from_db()
        _act(ada, "extend", world.interview)
        uploading.begin(world.interview, world.questions[0].pk, uploading.Sender("video/webm"))
        assert "Bo Berg: They have gone on recording since" in undo(ada)

    def test_undo_of_more_time_is_for_ten_minutes_also_without_mail(self, world: World, ada: Client) -> None:
        _act(ada, "extend", world.interview)
        session = ada.session
        earlier = datetime.fromisoformat(session[UNDO]["ids"][0][3]) - timedelta(minutes=11)
        session[UNDO]["ids"][0][3] = earlier.isoformat()
        session.save()
        assert "Bo Berg: It is too long ago" in undo(ada)
        assert Interview.objects.get().deadline == world.interview.deadline + timedelta(days=7)

    def test_undo_is_for_who_still_runs_the_position(self, world: World, ada: Client) -> None:
        _act(ada, "extend", world.interview)
        join_team(world.position, world.ada)
        assert "Bo Berg: In this position only recruiters" in undo(ada)
        assert Interview.objects.get().deadline == world.interview.deadline + timedelta(days=7)

    @pytest.mark.parametrize("days", ["0", "366", "soon"])
    def test_days_that_cannot_be_given_are_said(self, world: World, ada: Client, days: str) -> None:
        assert "between 1 and 365 days" in _act(ada, "extend", world.interview, days=days)
        assert Interview.objects.get().deadline == world.interview.deadline
        assert "1 hidden from your list." in _act(ada, "hide", world.interview, days=days)

    def test_what_one_may_not_do_anywhere_is_not_offered(
        self, world: World, ada: Client, kim: Client, mails: None
    ) -> None:
        def offered(browser: Client) -> set[str]:
            page = BeautifulSoup(browser.get(LIST).content, "html.parser")
            return {str(it["value"]) for it in page.select("button[name=act]")}

        reviewers = {"advance", "hold", "reject", "hide"}
        assert offered(ada) == reviewers | {"remind", "extend"}
        assert offered(kim) == reviewers
        join_team(world.position, User.objects.get(username="kim"), Membership.Role.VIEWER)
        assert offered(kim) == {"hide"}

    def test_who_only_watches_is_offered_nothing_that_only_others_do(self, submitted: World, kim: Client) -> None:
        pages = ["/hr-dashboard/", LIST, f"{LIST}{submitted.interview.pk}/review/"]
        assert not [page for page in pages if 'class="wide watches"' in kim.get(page).content.decode()]
        join_team(submitted.position, User.objects.get(username="kim"), Membership.Role.VIEWER)
        assert [page for page in pages if 'class="wide watches"' in kim.get(page).content.decode()] == pages

    @pytest.mark.parametrize("act", ["remind", "extend"])
    def test_each_more_costs_its_event_alone(self, world: World, ada: Client, mails: None, act: str) -> None:
        def cost(*chosen: Interview) -> int:
            with CaptureQueriesContext(connection) as asked:
                ada.post(f"{LIST}act/", {"act": act, "interview": [it.pk for it in chosen]})
            return len(asked)

        few = [comes(world.question_set, f"Few {number}") for number in range(2)]
        many = [comes(world.question_set, f"Many {number}") for number in range(12)]
        cost(world.interview)
        a, b = cost(*few), cost(*many)
        assert b - a == 2 * (len(many) - len(few)), "the number of the event, and the event"


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
        assert f'href="{LIST}?q=bo"' in undo(ada)

    def test_a_name_is_given_once(self, world: World, ada: Client) -> None:
        for query in ("q=a", "q=b"):
            page = ada.post(f"{LIST}views/?{query}", {"name": "Mine"}, follow=True).content.decode()
        assert "You have a view of this name." in page
        assert SavedView.objects.get().query == "q=a"

    def test_columns_are_chosen_by_each_for_themselves(self, world: World, ada: Client, kim: Client) -> None:
        ada.post(f"{LIST}columns/", {"column": ["stage", "score"]})
        assert 'data-hides="position waits decision arrived changed"' in ada.get(LIST).content.decode()
        assert 'data-hides="arrived"' in kim.get(LIST).content.decode()
