"""Coordinators invite, remind, give time and links: who may, what happens, and what is said."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from interviews.actions.invitations import Person, Terms, invite_people, revoke
from interviews.actions.reopening import ask_again
from interviews.actions.withdrawing import withdraw
from interviews.models import Applicant, Event, Interview, Link, Message
from interviews.tasks import sweep
from tests.inviting import act, at, now
from tests.listed import comes
from tests.people import World, join_team, make_position
from tests.together import at_once


def _checked(ada: Client, world: World, people: str, **sent: Any) -> str:
    """What the preview page says, as text."""
    reply = ada.post(at(world, "invite/"), {"people": people, "days": "7", **sent})
    assert reply.status_code == 200
    return reply.content.decode()


def _invited(ada: Client, world: World, people: str, **sent: Any) -> Any:
    """Checks the list, then does what the preview offers."""
    seen = re.search(r'name="seen" value="(\w+)"', _checked(ada, world, people))
    assert seen
    return ada.post(at(world, "invite/"), {"people": people, "days": "7", "seen": seen[1], **sent}, follow=True)


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
        reply = ada.post(at(world, "invite/"), {"people": "", "days": "7", "file": file})
        assert reply.status_code == 400
        assert b"Save it as CSV" in reply.content

    @pytest.mark.parametrize("days", ["", "0", "366", "many"])
    def test_days_that_cannot_be_are_refused_at_their_field(self, world: World, ada: Client, days: str) -> None:
        reply = ada.post(at(world, "invite/"), {"people": "Eve <eve@example.com>", "days": days})
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
        address = at(world, last.format(interview=world.interview.pk))
        assert ada.get(address).status_code == 200
        join_team(world.position, world.ada)
        assert ada.get(address).status_code == 404
        assert ada.post(at(world, "invite/"), {"people": "a@example.com", "days": "7"}).status_code == 404
        assert ada.post(at(world, "act/"), {"act": "revoke"}).status_code == 404
        assert world.position.title not in ada.get("/hr-dashboard/invitations/").content.decode()

    def test_who_left_the_team_invites_no_more(self, world: World, ada: Client) -> None:
        world.position.team.remove(world.ada)
        assert ada.get(at(world)).status_code == 404

    def test_an_interview_of_another_position_is_not_reached_through_ones_own(self, world: World, cy: Client) -> None:
        own = world.cy.positions.get()
        sent = {"act": "revoke", "interview": str(world.interview.pk), "days": "7"}
        page = cy.post(f"/hr-dashboard/invitations/{own.pk}/act/", sent, follow=True).content
        assert b"Nothing was done" in page
        assert now(world).revoked_at is None
        assert cy.get(f"/hr-dashboard/invitations/{own.pk}/{world.interview.pk}/").status_code == 404


class TestActs:
    @pytest.mark.parametrize("ticked", [True, False])
    def test_it_leads_back_to_the_list_as_it_was_filtered(self, world: World, ada: Client, ticked: bool) -> None:
        sent = {"act": "revoke", "days": "7"} | ({"interview": str(world.interview.pk)} if ticked else {})
        filtered = at(world, "?show=submitted")
        assert f'action="{at(world, "act/?show=submitted")}"' in ada.get(filtered).content.decode()
        assert ada.post(at(world, "act/?show=submitted"), sent)["Location"] == filtered

    def test_a_reminder_is_queued_with_its_actor(self, world: World, ada: Client, mails: None) -> None:
        assert "1 reminder leaves in a minute." in act(ada, world, "remind", world.interview)
        assert Message.objects.get().kind == Message.Kind.REMINDER
        assert Event.objects.latest("number").actor == world.ada

    def test_who_has_submitted_is_left_out_and_named(self, submitted: World, ada: Client, mails: None) -> None:
        page = act(ada, submitted, "remind", submitted.interview)
        assert "Bo Berg: It is submitted already." in page
        assert not Message.objects.exists()

    def test_more_time_counts_from_now_where_the_deadline_has_passed(
        self, world: World, ada: Client, mails: None
    ) -> None:
        Interview.objects.update(deadline=timezone.now() - timedelta(days=30))
        assert "1 deadline was moved." in act(ada, world, "extend", world.interview, days="3")
        assert abs(now(world).deadline - timezone.now() - timedelta(days=3)) < timedelta(minutes=1)
        assert Message.objects.get().kind == Message.Kind.EXTENDED

    def test_more_time_moves_a_reminder_that_is_still_to_come(self, world: World, ada: Client, mails: None) -> None:
        soon = timezone.now() + timedelta(days=4)
        Interview.objects.update(deadline=soon, remind_at=soon - timedelta(days=2))
        act(ada, world, "extend", world.interview, days="10")
        assert now(world).remind_at == soon + timedelta(days=8)

    def test_links_to_copy_open_beside_those_before(self, world: World, ada: Client) -> None:
        page = act(ada, world, "links", world.interview)
        [(address, token)] = re.findall(r'value="http://testserver(/interview/[0-9a-f-]{36}/)#([0-9a-f]{48})"', page)
        for good in (token, world.token):
            assert Client().post(f"{address}open/", {"token": good}).status_code == 302

    @pytest.mark.parametrize("sent", [{"act": "remind"}, {"act": "shred"}, {"act": "extend", "days": "-1"}])
    def test_what_cannot_be_meant_changes_nothing(self, world: World, ada: Client, sent: dict[str, str]) -> None:
        before = Event.objects.count()
        chosen = {} if sent["act"] == "remind" else {"interview": str(world.interview.pk)}
        page = ada.post(at(world, "act/"), {"days": "7", **chosen, **sent}, follow=True).content
        assert b"Nothing was done" in page
        assert Event.objects.count() == before


def test_the_page_of_one_says_what_can_be_done_by_how_the_invitation_stands(submitted: World, ada: Client) -> None:
    """By this the style sheet shows what there is to press."""

    def door(interview: Interview) -> str:
        page = ada.get(at(submitted, f"{interview.pk}/")).content.decode()
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
        assert now(world).remind_at is None

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
    act(ada, world, "resend", world.interview)
    Message.objects.update(state=Message.State.FAILED, problem="the mail server refused it: 550 no such user")
    for page in (at(world), at(world, "?show=undelivered"), at(world, f"{world.interview.pk}/")):
        assert "Could not be sent: the mail server refused it: 550 no such user" in ada.get(page).content.decode()
    assert b"bo@example.com" not in ada.get(at(world, "?show=submitted")).content
