"""The overview: what waits for whom, what is stuck and why, what came in; and how little it asks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from interviews.actions.invitations import invite, mail
from interviews.actions.needs import ask_for_accommodation, ask_for_time
from interviews.actions.reviewing import decide
from interviews.actions.withdrawing import withdraw
from interviews.models import Applicant, Decision, Interview, Job, Message, Position
from interviews.queries import overview
from interviews.standings import Verdict, standings
from interviews.topics import Following, of_overview
from tests.engines import work_through
from tests.people import World, join_team, make_position, record_again, review

PAGE = "/hr-dashboard/"


def _lists(browser: Client) -> dict[str, list[str]]:
    """The ids of the lines of each list, in order."""
    reply = browser.get(PAGE)
    assert reply.status_code == 200
    page = BeautifulSoup(reply.content, "html.parser")
    return {
        str(found["id"]): [str(line["id"]) for line in found.find_all("li", recursive=False)]
        for found in page.select("ul.desk-list")
    }


def _handed_in(world: World, name: str, *, days_ago: int) -> Interview:
    """As far as rows tell: submitted, with no answers."""
    applicant = Applicant.objects.create(name=name, email=f"{name}@example.com")
    interview, _token = invite(applicant, world.question_set)
    at = timezone.now() - timedelta(days=days_ago)
    Interview.objects.filter(pk=interview.pk).update(state="scored", consented_at=at, submitted_at=at)
    return interview


class TestWhatWaits:
    def test_a_review_waits_then_a_decision_and_then_nothing(self, submitted: World, ada: Client) -> None:
        work_through(submitted.interview)
        pk = submitted.interview.pk
        assert (_lists(ada)["reviews"], _lists(ada)["decisions"]) == ([f"review-{pk}"], [])
        review(submitted.interview, submitted.ada)
        assert (_lists(ada)["reviews"], _lists(ada)["decisions"]) == ([], [f"decision-{pk}"])
        decide(submitted.interview, submitted.ada, Decision.Outcome.HOLD, "later")
        assert (_lists(ada)["reviews"], _lists(ada)["decisions"]) == ([], [])

    def test_what_a_colleague_decided_waits_for_nobody_until_it_is_submitted_anew(
        self, submitted: World, ada: Client, kim: Client, speech: bytes
    ) -> None:
        work_through(submitted.interview)
        colleague = User.objects.get(username="kim")
        review(submitted.interview, colleague)
        decide(submitted.interview, colleague, Decision.Outcome.REJECT, "too short")
        assert _lists(ada)["reviews"] == _lists(kim)["decisions"] == []
        record_again(submitted.interview, submitted.questions[0], speech, submitted.ada)
        assert _lists(ada)["reviews"] == [f"review-{submitted.interview.pk}"]

    @pytest.mark.leaves_loose_ends("interviews without a run")
    def test_who_has_waited_longest_comes_first(self, world: World, ada: Client) -> None:
        made = [_handed_in(world, name, days_ago=days) for name, days in (("eva", 2), ("finn", 9), ("gus", 5))]
        eva, finn, gus = (f"review-{interview.pk}" for interview in made)
        assert _lists(ada)["reviews"] == [finn, gus, eva]
        page = ada.get(PAGE).content.decode()
        assert f'<time datetime="{Interview.objects.get(pk=made[1].pk).submitted_at:%Y-%m-%dT%H}' in page

    def test_what_was_withdrawn_waits_for_nobody(self, submitted: World, ada: Client) -> None:
        work_through(submitted.interview)
        withdraw(submitted.interview)
        assert _lists(ada)["reviews"] == []

    def test_a_request_for_more_time_is_answered_from_here(self, world: World, ada: Client) -> None:
        ask_for_time(world.interview)
        assert _lists(ada)["requests"] == [f"request-{world.interview.pk}"]
        answered = {"answer": "grant", "from": "overview"}
        reply = ada.post(f"/hr-dashboard/results/{world.interview.pk}/extension/", answered)
        assert reply["Location"] == PAGE
        assert _lists(ada)["requests"] == []

    def test_other_conditions_are_for_those_alone_who_arrange_them(
        self, world: World, ada: Client, kim: Client
    ) -> None:
        ask_for_accommodation(world.interview, ["time"], "zebra")
        assert _lists(kim)["conditions"] == [f"conditions-{world.interview.pk}"]
        assert "conditions" not in _lists(ada)
        assert b"accommodation" not in ada.get(PAGE).content


class TestWhatIsStuck:
    def test_parked_delayed_and_unpaid_work_says_why_and_what_to_do(self, submitted: World, ada: Client) -> None:
        job = Job.objects.filter(interview=submitted.interview, state=Job.State.QUEUED).earliest("pk")
        page = f"stuck-{submitted.interview.pk}"
        parked = {"problem": "the key was refused", "over_budget": False, "state": "parked"}
        assert _lists(ada)["stuck"] == []
        for fields, words in (
            ({"problem": "Deepgram is busy"}, "It is tried again by itself."),
            ({"problem": "", "over_budget": True}, "An administrator can raise it"),
            (parked, "Somebody must look at this."),
        ):
            Job.objects.filter(pk=job.pk).update(**fields)
            assert _lists(ada)["stuck"] == [page]
            text = ada.get(PAGE).content.decode()
            assert words in text and str(fields["problem"]) in text
        Job.objects.filter(pk=job.pk).update(state="queued", problem="")

    def test_mail_that_was_not_delivered_is_shown_to_coordinators(self, world: World, ada: Client, kim: Client) -> None:
        mail(world.interview, Message.Kind.INVITATION)
        assert _lists(ada)["mails"] == []
        Message.objects.update(state=Message.State.FAILED, problem="no such mailbox")
        Job.objects.update(state=Job.State.DROPPED)
        assert _lists(ada)["mails"] == [f"mail-{world.interview.pk}"]
        assert b"no such mailbox" in ada.get(PAGE).content
        assert "mails" not in _lists(kim)


class TestWhatCameIn:
    @pytest.mark.leaves_loose_ends("interviews without a run")
    def test_the_newest_ten_are_listed_the_newest_first(self, world: World, ada: Client) -> None:
        made = [_handed_in(world, f"applicant{days}", days_ago=days) for days in range(12)]
        assert _lists(ada)["arrived"] == [f"arrived-{interview.pk}" for interview in made[:10]]

    def test_each_position_has_one_line(self, submitted: World, ada: Client) -> None:
        empty = make_position("Another", submitted.ada)
        lines = {line.id: line for line in overview.position_lines(Position.objects.filter(team=submitted.ada))}
        of_bo = lines[submitted.position.pk]
        assert (of_bo.invited, of_bo.started, of_bo.submitted, of_bo.decided, of_bo.total) == (0, 0, 1, 0, 1)
        assert lines[empty.pk].total == 0
        assert "Nobody is invited yet." in ada.get(PAGE).content.decode()


class TestBeginners:
    def test_who_is_on_no_team_reads_what_to_do_first(self, world: World, settings: Settings) -> None:
        may_make = Permission.objects.get(codename="add_position")
        for rights, words in (
            ([], "An administrator puts you on the team"),
            ([may_make], "/hr-dashboard/positions/new/"),
        ):
            browser, user = Client(), User.objects.create_user(f"new{len(rights)}")
            user.user_permissions.set(rights)
            browser.force_login(user)
            page = browser.get(PAGE).content
            assert words.encode() in page
            # Whoever may only use the admin, or only waits, is not sent where they can do nothing.
            assert (b"/hr-dashboard/positions/new/" in page) is bool(rights)
            # All of it is one region: whoever is put on a team meanwhile has it read again.
            assert b'<div id="desk" data-live-region>' in page

    def test_who_coordinates_is_led_to_inviting(self, world: World, ada: Client) -> None:
        assert b"Invite the first people." in ada.get(PAGE).content  # shown by the style sheet while nobody is

    def test_people_land_here_when_they_have_signed_in(self, world: World) -> None:
        sent = {"username": "ada", "password": "correct horse battery staple"}
        assert Client().post("/hr-dashboard/sign-in/", sent)["Location"] == PAGE


class TestItsTopics:
    def _verdict(self, browser: Client, topics: list[str]) -> Verdict:
        following = Following(browser.session.session_key or "", frozenset(topics))
        return standings([following])[following]

    def test_it_is_outdated_when_its_visitor_coordinates_more_or_less(self, world: World, ada: Client) -> None:
        mine = [world.position.pk]
        assert self._verdict(ada, of_overview(mine, [], [], mine, may_accommodate=False)) is Verdict.WELCOME
        assert self._verdict(ada, of_overview(mine, [], [], [], may_accommodate=False)) is Verdict.OUTDATED
        join_team(world.position, world.ada)
        assert self._verdict(ada, of_overview(mine, [], [], mine, may_accommodate=False)) is Verdict.OUTDATED

    def test_who_arranges_no_conditions_is_told_of_none(self, world: World, ada: Client, kim: Client) -> None:
        mine: list[Any] = [world.position.pk]
        assert self._verdict(kim, of_overview(mine, [], [], [], may_accommodate=True)) is Verdict.WELCOME
        assert self._verdict(ada, of_overview(mine, [], [], mine, may_accommodate=True)) is Verdict.OUTDATED
