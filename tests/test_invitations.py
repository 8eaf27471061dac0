"""Coordinators invite, remind, extend, withdraw: who may, what happens, and what is said."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from interviews.actions.invitations import Person, Terms, invite_people, new_link, revoke
from interviews.actions.reopening import ask_again
from interviews.actions.withdrawing import withdraw
from interviews.events import Kind
from interviews.models import Applicant, Event, Interview, Job, Link, Message, Position
from interviews.processing import jobs
from interviews.processing.links import token_hash
from interviews.processing.reminding import remind_those_due
from interviews.queries.listing import PAGE_ROWS
from interviews.tasks import WORK, sweep
from interviews.views.undoing import UNDO
from tests.listed import LIST, comes, names, undo
from tests.people import World, join_team, make_position, make_question_set
from tests.together import at_once


@pytest.fixture
def mails(settings: Settings) -> Iterator[None]:
    settings.SENDS_MAIL = True
    settings.SITE_URL = "https://interviews.example.com"
    yield
    Job.objects.filter(kind=Job.Kind.MAIL).delete()


def _at(world: World, last: str = "") -> str:
    return f"/hr-dashboard/invitations/{world.position.pk}/{last}"


def _checked(ada: Client, world: World, people: str, **sent: Any) -> str:
    """What the preview page says, as text."""
    reply = ada.post(_at(world, "invite/"), {"people": people, "days": "7", **sent})
    assert reply.status_code == 200
    return reply.content.decode()


def _invited(ada: Client, world: World, people: str, **sent: Any) -> Any:
    """Checks the list, then does what the preview offers."""
    seen = re.search(r'name="seen" value="(\w+)"', _checked(ada, world, people))
    assert seen
    return ada.post(_at(world, "invite/"), {"people": people, "days": "7", "seen": seen[1], **sent}, follow=True)


def _act(ada: Client, world: World, act: str, *interviews: Interview, **sent: Any) -> str:
    ids = [str(interview.pk) for interview in interviews]
    reply = ada.post(_at(world, "act/"), {"act": act, "interview": ids, "days": "7", **sent}, follow=True)
    assert reply.status_code == 200
    return reply.content.decode()


def _now(world: World) -> Interview:
    return Interview.objects.get(pk=world.interview.pk)


class TestInviting:
    def test_nobody_is_invited_before_the_list_was_shown(self, world: World, ada: Client) -> None:
        page = _checked(ada, world, "Eve <eve@example.com>\nBo <BO@example.com>\nnobody")
        assert "1 person can be invited" in page
        assert "2 lines cannot be used" in page
        assert "Invited already on" in page
        assert "There is no e-mail address in this line." in page
        assert Interview.objects.count() == 1

    def test_a_list_that_was_changed_since_is_shown_again(self, world: World, ada: Client) -> None:
        seen = re.search(r'name="seen" value="(\w+)"', _checked(ada, world, "Eve <eve@example.com>"))
        assert seen
        page = _checked(ada, world, "Eve <eve@example.com>\nDan <dan@example.com>", seen=seen[1])
        assert "2 people can be invited" in page
        assert Interview.objects.count() == 1

    def test_without_mail_the_links_are_shown_once_and_open(self, world: World, ada: Client) -> None:
        page = _invited(ada, world, "Eve <eve@example.com>\nDan <dan@example.com>", by_mail="on").content.decode()
        links = re.findall(r'value="http://testserver(/interview/[0-9a-f-]{36}/)#([0-9a-f]{48})"', page)
        assert len(links) == 2
        for address, token in links:
            assert Client().post(f"{address}open/", {"token": token}).status_code == 302
        assert not Message.objects.exists()
        assert not Interview.objects.filter(remind_at__isnull=False).exists()
        assert {event.actor for event in Event.objects.filter(kind="interview.invited")[1:]} == {world.ada}

    def test_with_mail_each_gets_one_and_no_link_is_shown(self, world: World, ada: Client, mails: None) -> None:
        page = _invited(ada, world, "Eve <eve@example.com>\nDan <dan@example.com>", by_mail="on", reminds="on")
        assert "2 people are invited; mails are on their way." in page.content.decode()
        assert sorted(Message.objects.values_list("to", "kind", "state")) == [
            ("dan@example.com", "invitation", "queued"),
            ("eve@example.com", "invitation", "queued"),
        ]
        assert Link.objects.count() == 1, "theirs are made when the mail is sent"
        eve = Interview.objects.get(applicant__name="Eve")
        assert eve.remind_at == eve.deadline - timedelta(days=2)
        assert abs(eve.deadline - timezone.now() - timedelta(days=7)) < timedelta(minutes=1)

    def test_a_file_is_read_and_shown_for_correction(self, world: World, ada: Client) -> None:
        file = SimpleUploadedFile("people.csv", "Name;E-Mail\nJörg;j@example.com\nX;nothing\n".encode("cp1252"))
        page = _checked(ada, world, "", file=file)
        assert "Jörg &lt;j@example.com&gt;\nX &lt;nothing&gt;</textarea>" in page
        assert "This is not a complete e-mail address." in page

    def test_lines_that_cannot_be_used_are_shown_first(self, world: World, ada: Client) -> None:
        page = _checked(ada, world, "eve@example.com\nnothing\nfay@example.com")
        assert page.index("<td>2</td>") < page.index("<td>1</td>") < page.index("<td>3</td>")

    def test_a_file_that_is_no_list_is_refused_in_words(self, world: World, ada: Client) -> None:
        file = SimpleUploadedFile("people.xlsx", b"PK\x03\x04")
        reply = ada.post(_at(world, "invite/"), {"people": "", "days": "7", "file": file})
        assert reply.status_code == 400
        assert b"Save it as CSV" in reply.content

    @pytest.mark.parametrize("days", ["", "0", "366", "many"])
    def test_days_that_cannot_be_are_refused_at_their_field(self, world: World, ada: Client, days: str) -> None:
        reply = ada.post(_at(world, "invite/"), {"people": "Eve <eve@example.com>", "days": days})
        assert reply.status_code == 400
        assert b'id="days-error"' in reply.content
        assert b"Eve &lt;eve@example.com&gt;" in reply.content

    def test_what_was_typed_is_text_and_not_markup(self, world: World, ada: Client) -> None:
        assert "<b>Eve" not in _checked(ada, world, "<b>Eve <eve@example.com>")

    def test_more_people_than_one_list_may_hold_are_refused(self, world: World, ada: Client) -> None:
        people = "\n".join(f"p{n}@example.com" for n in range(501))
        assert "At most 500 people at once" in _checked(ada, world, people)

    def test_two_who_send_the_same_list_at_once_invite_once(self, world: World) -> None:
        terms, people = Terms(timezone.now() + timedelta(days=7), False, False), [Person("Eve", "eve@example.com")]
        made = at_once(*[lambda: invite_people(world.position, people, terms, world.ada)] * 2)
        assert sorted(map(len, made)) == [0, 1]

    def test_a_name_that_another_team_gave_is_not_shown(self, world: World, ada: Client) -> None:
        Applicant.objects.create(name="Secret Name", email="eve@example.com")
        page = _invited(ada, world, "eve@example.com").content.decode()
        assert "Secret Name" not in page
        assert Applicant.objects.filter(email="eve@example.com").count() == 2

    def test_a_position_without_a_published_set_says_so(self, world: World, ada: Client) -> None:
        empty = make_position("Nothing yet", world.ada)
        assert b"no question set" in ada.get(f"/hr-dashboard/invitations/{empty.pk}/invite/").content
        page = ada.get("/hr-dashboard/invitations/").content.decode()
        assert f"/invitations/{empty.pk}/invite/" not in page


class TestRights:
    ADDRESSES = ("", "news/", "invite/", "{interview}/")

    @pytest.mark.parametrize("last", ADDRESSES)
    def test_who_is_on_the_team_and_no_recruiter_finds_nothing(self, world: World, ada: Client, last: str) -> None:
        address = _at(world, last.format(interview=world.interview.pk))
        assert ada.get(address).status_code == 200
        join_team(world.position, world.ada)
        assert ada.get(address).status_code == 404
        assert ada.post(_at(world, "invite/"), {"people": "a@example.com", "days": "7"}).status_code == 404
        assert ada.post(_at(world, "act/"), {"act": "revoke"}).status_code == 404
        assert world.position.title not in ada.get("/hr-dashboard/invitations/").content.decode()

    def test_who_left_the_team_invites_no_more(self, world: World, ada: Client) -> None:
        world.position.team.remove(world.ada)
        assert ada.get(_at(world)).status_code == 404

    def test_an_interview_of_another_position_is_not_reached_through_ones_own(self, world: World, cy: Client) -> None:
        own = world.cy.positions.get()
        sent = {"act": "revoke", "interview": str(world.interview.pk), "days": "7"}
        page = cy.post(f"/hr-dashboard/invitations/{own.pk}/act/", sent, follow=True).content
        assert b"Nothing was done" in page
        assert _now(world).revoked_at is None
        assert cy.get(f"/hr-dashboard/invitations/{own.pk}/{world.interview.pk}/").status_code == 404


class TestActs:
    @pytest.mark.parametrize("ticked", [True, False])
    def test_it_leads_back_to_the_list_as_it_was_filtered(self, world: World, ada: Client, ticked: bool) -> None:
        sent = {"act": "revoke", "days": "7"} | ({"interview": str(world.interview.pk)} if ticked else {})
        filtered = _at(world, "?show=submitted")
        assert f'action="{_at(world, "act/?show=submitted")}"' in ada.get(filtered).content.decode()
        assert ada.post(_at(world, "act/?show=submitted"), sent)["Location"] == filtered

    def test_a_reminder_is_queued_with_its_actor(self, world: World, ada: Client, mails: None) -> None:
        assert "1 reminder leaves in a minute." in _act(ada, world, "remind", world.interview)
        assert Message.objects.get().kind == Message.Kind.REMINDER
        assert Event.objects.latest("number").actor == world.ada

    def test_who_has_submitted_is_left_out_and_named(self, submitted: World, ada: Client, mails: None) -> None:
        page = _act(ada, submitted, "remind", submitted.interview)
        assert "Bo Berg: It is submitted already." in page
        assert not Message.objects.exists()

    def test_more_time_counts_from_now_where_the_deadline_has_passed(
        self, world: World, ada: Client, mails: None
    ) -> None:
        Interview.objects.update(deadline=timezone.now() - timedelta(days=30))
        assert "1 deadline was moved." in _act(ada, world, "extend", world.interview, days="3")
        assert abs(_now(world).deadline - timezone.now() - timedelta(days=3)) < timedelta(minutes=1)
        assert Message.objects.get().kind == Message.Kind.EXTENDED

    def test_more_time_moves_a_reminder_that_is_still_to_come(self, world: World, ada: Client, mails: None) -> None:
        soon = timezone.now() + timedelta(days=4)
        Interview.objects.update(deadline=soon, remind_at=soon - timedelta(days=2))
        _act(ada, world, "extend", world.interview, days="10")
        assert _now(world).remind_at == soon + timedelta(days=8)

    def test_a_reminder_can_be_called_back_for_a_minute(self, world: World, ada: Client, mails: None) -> None:
        _act(ada, world, "remind", world.interview)
        sweep()
        assert Message.objects.get().state == Message.State.QUEUED
        assert "1 taken back." in undo(ada)
        assert Message.objects.get().state == Message.State.DROPPED

    def test_withdrawing_ends_the_links_and_says_so(self, world: World, ada: Client, bo: Client) -> None:
        page = _act(ada, world, "revoke", world.interview)
        assert "1 invitation was withdrawn: its links have ended" in page and 'id="undo"' in page
        assert bo.get(f"/interview/{world.interview.pk}/").status_code == 410
        assert 'id="undo"' not in ada.get(LIST).content.decode(), "offered where it was done"

    def test_undo_gives_back_the_links_that_ended_with_it_and_no_other(
        self, world: World, ada: Client, bo: Client
    ) -> None:
        other = new_link(world.interview)
        Link.objects.filter(hash=token_hash(other)).update(revoked_at=timezone.now())
        _act(ada, world, "revoke", world.interview)
        assert "1 taken back." in undo(ada)
        assert Event.objects.latest("number").kind == Kind.RESTORED
        assert bo.get(f"/interview/{world.interview.pk}/").status_code == 200
        door = f"/interview/{world.interview.pk}/open/"
        assert Client().post(door, {"token": world.token}).status_code == 302
        assert Client().post(door, {"token": other}).status_code == 404

    def test_undo_leaves_what_was_given_back_or_withdrawn_again_since_or_ended_long_ago(
        self, world: World, ada: Client
    ) -> None:
        _act(ada, world, "revoke", world.interview)
        new_link(world.interview)
        session = ada.session[UNDO]
        assert "Bo Berg: It was given back already." in undo(ada)
        revoke(world.interview)
        kept = ada.session
        kept[UNDO] = session
        kept.save()
        assert "Bo Berg: It was withdrawn again since." in undo(ada)
        new_link(world.interview)
        _act(ada, world, "revoke", world.interview)
        long_ago = timezone.now() - timedelta(minutes=11)
        Interview.objects.update(revoked_at=long_ago)
        kept = ada.session
        kept[UNDO]["ids"][0][1] = long_ago.isoformat()
        kept.save()
        assert "Bo Berg: The invitation was withdrawn: send it again" in undo(ada)
        assert _now(world).revoked_at is not None

    def test_undo_leaves_whom_something_else_was_done_for_meanwhile(
        self, world: World, ada: Client, mails: None
    ) -> None:
        """Who was invited anew has one invitation; and a mail that was dropped would be missed by nobody."""
        _act(ada, world, "revoke", world.interview)
        terms = Terms(timezone.now() + timedelta(days=7), by_mail=False, reminds=False)
        [(anew, _token)] = invite_people(world.position, [Person("Bo Berg", "bo@example.com")], terms, world.ada)
        assert "Bo Berg: They have another invitation by now." in undo(ada)
        revoke(anew)
        new_link(world.interview)
        _act(ada, world, "remind", world.interview)
        _act(ada, world, "revoke", world.interview)
        Job.objects.filter(kind=Job.Kind.MAIL).update(run_after=timezone.now())
        jobs.run(Job.objects.get(kind=Job.Kind.MAIL).pk, WORK)
        assert "Bo Berg: A mail was not sent because of it" in undo(ada)

    def test_undo_keeps_a_reminder_that_was_due_meanwhile(self, world: World, ada: Client, mails: None) -> None:
        Interview.objects.update(remind_at=timezone.now())
        _act(ada, world, "revoke", world.interview)
        assert remind_those_due() == []
        undo(ada)
        assert len(remind_those_due()) == 1

    def test_undo_is_for_who_still_runs_the_position_while_it_is_open(self, world: World, ada: Client) -> None:
        _act(ada, world, "revoke", world.interview)
        Position.objects.update(state=Position.State.CLOSED)
        assert "This position is closed." in undo(ada)
        Position.objects.update(state=Position.State.OPEN)
        new_link(world.interview)
        _act(ada, world, "revoke", world.interview)
        join_team(world.position, world.ada)
        ada.post("/hr-dashboard/undo/", {"done": ada.session[UNDO]["id"]})
        assert "In this position only recruiters may do that." in ada.get(LIST).content.decode()
        assert _now(world).revoked_at is not None

    def test_who_has_submitted_keeps_the_receipt(self, submitted: World, ada: Client, bo: Client) -> None:
        page = _act(ada, submitted, "revoke", submitted.interview)
        assert "there is no invitation any more" in page
        assert bo.get(f"/interview/{submitted.interview.pk}/").status_code == 200

    def test_sending_again_gives_a_withdrawn_invitation_back(self, world: World, ada: Client, mails: None) -> None:
        revoke(world.interview)
        assert "1 invitation is on its way again." in _act(ada, world, "resend", world.interview)
        assert _now(world).revoked_at is None
        assert not Link.objects.filter(revoked_at__isnull=True).exists(), "the old link stays ended"

    def test_links_to_copy_open_beside_those_before(self, world: World, ada: Client) -> None:
        page = _act(ada, world, "links", world.interview)
        [(address, token)] = re.findall(r'value="http://testserver(/interview/[0-9a-f-]{36}/)#([0-9a-f]{48})"', page)
        for good in (token, world.token):
            assert Client().post(f"{address}open/", {"token": good}).status_code == 302

    def test_who_cannot_get_a_link_is_named_and_the_others_get_theirs(self, world: World, ada: Client) -> None:
        revoke(world.interview)
        terms = Terms(timezone.now() + timedelta(days=7), by_mail=False, reminds=False)
        ((kim, _token),) = invite_people(world.position, [Person("Kim", "kim@example.com")], terms, world.ada)
        Position.objects.update(state=Position.State.CLOSED)
        page = _act(ada, world, "links", world.interview, kim)
        assert "Bo Berg: This position is closed. Open it again to invite people." in page
        assert f"/interview/{kim.pk}/#" in page and f"/interview/{world.interview.pk}/#" not in page
        assert "Bo Berg: This position is closed." in _act(ada, world, "links", world.interview)
        assert _now(world).revoked_at is not None

    @pytest.mark.parametrize("sent", [{"act": "remind"}, {"act": "shred"}, {"act": "extend", "days": "-1"}])
    def test_what_cannot_be_meant_changes_nothing(self, world: World, ada: Client, sent: dict[str, str]) -> None:
        before = Event.objects.count()
        chosen = {} if sent["act"] == "remind" else {"interview": str(world.interview.pk)}
        page = ada.post(_at(world, "act/"), {"days": "7", **chosen, **sent}, follow=True).content
        assert b"Nothing was done" in page
        assert Event.objects.count() == before


class TestTheList:
    def _names(self, ada: Client, world: World, query: str = "") -> list[str]:
        return names(ada, _at(world, query))

    def test_people_are_found_by_name_and_address(self, world: World, ada: Client) -> None:
        comes(world.question_set, "Zoë Quill", "zq@example.org")
        elsewhere = make_question_set(Position.objects.get(title="Something else"))
        comes(elsewhere, "Zoe Other", "zo@example.org")
        assert self._names(ada, world, "?q=zoe") == ["Zoë Quill"]
        assert self._names(ada, world, "?q=ZQ@example.org") == ["Zoë Quill"]
        assert self._names(ada, world, "?q=zoe&show=submitted") == []
        page = ada.get(_at(world, "?q=zoe&show=submitted")).content.decode()
        assert "Nobody here" in page and f'href="{_at(world, "?q=zoe&amp;show=open")}"' in page

    def test_pages_go_on_where_the_one_before_ended_whoever_came_meanwhile(self, world: World, ada: Client) -> None:
        for number in range(PAGE_ROWS):
            comes(world.question_set, f"Number {number:02}")
        first = BeautifulSoup(ada.get(_at(world)).content, "html.parser")
        forth = first.select_one("#page-after")
        assert forth is not None and len(first.select("#rows > tr")) == PAGE_ROWS
        comes(world.question_set, "Late Comer")
        second = BeautifulSoup(ada.get(str(forth["href"])).content, "html.parser")
        assert [it.get_text() for it in second.select("#rows th a")] == ["Bo Berg"]
        back = second.select_one("#page-before")
        assert back is not None
        assert len(names(ada, str(back["href"]))) == PAGE_ROWS

    def test_what_of_the_address_is_not_understood_is_said(self, world: World, ada: Client) -> None:
        page = ada.get(_at(world, "?show=everybody&after=nowhere")).content.decode()
        assert "was left out: show, after" in page and "Bo Berg" in page

    def test_who_came_and_who_matches_no_more_is_told(self, world: World, ada: Client) -> None:
        news = _at(world, "news/?show=open&q=edi")
        eve, late = comes(world.question_set, "Eve"), comes(world.question_set, "Edith")
        comes(world.question_set, "Dan")
        revoke(eve)
        told = ada.get(f"{news}&shown={eve.pk},{world.interview.pk}").json()
        assert (told["new"], told["gone"]) == (1, sorted([str(eve.pk), str(world.interview.pk)]))
        assert ada.get(f"{news}&shown={late.pk}").json() == {"new": 0, "words": "0 new", "gone": []}


def test_the_page_of_one_says_what_can_be_done_by_how_the_invitation_stands(submitted: World, ada: Client) -> None:
    """By this the style sheet shows what there is to press."""

    def door(interview: Interview) -> str:
        page = ada.get(_at(submitted, f"{interview.pk}/")).content.decode()
        (found,) = re.findall(r'data-door="(\w+)"', page)
        return str(found)

    other = comes(submitted.question_set, "Eve Egge")
    assert (door(submitted.interview), door(other)) == ("submitted", "open")
    ask_again(submitted.interview, submitted.questions[0], "No sound.", 7, actor=submitted.ada)
    assert door(submitted.interview) == "open"
    Interview.objects.filter(pk=other.pk).update(deadline=timezone.now() - timedelta(days=1))
    assert door(other) == "over"
    revoke(other)
    assert door(other) == "revoked"
    withdraw(other)
    assert door(other) == "withdrawn"


class TestTheReminderThatGoesOutByItself:
    def _due(self, world: World) -> None:
        Interview.objects.update(remind_at=timezone.now() - timedelta(seconds=1))
        sweep()
        sweep()

    def test_it_goes_out_once(self, world: World, mails: None) -> None:
        self._due(world)
        assert [message.kind for message in Message.objects.all()] == [Message.Kind.REMINDER]
        assert _now(world).remind_at is None

    def test_not_to_who_has_submitted(self, submitted: World, mails: None) -> None:
        self._due(submitted)
        assert not Message.objects.exists()

    def test_not_for_a_withdrawn_invitation(self, world: World, mails: None) -> None:
        revoke(world.interview)
        self._due(world)
        assert not Message.objects.exists()

    def test_not_where_it_is_not_due(self, world: World, mails: None) -> None:
        Interview.objects.update(remind_at=timezone.now() + timedelta(minutes=1))
        sweep()
        assert not Message.objects.exists()


def test_the_list_tells_what_became_of_the_mail(world: World, ada: Client, mails: None) -> None:
    _act(ada, world, "resend", world.interview)
    Message.objects.update(state=Message.State.FAILED, problem="the mail server refused it: 550 no such user")
    for page in (_at(world), _at(world, "?show=undelivered"), _at(world, f"{world.interview.pk}/")):
        assert "Could not be sent: the mail server refused it: 550 no such user" in ada.get(page).content.decode()
    assert b"bo@example.com" not in ada.get(_at(world, "?show=submitted")).content
