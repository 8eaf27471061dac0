"""Public links: whoever comes by gets an invitation of their own, and finds out nothing about others."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from interviews.actions import joining
from interviews.actions.invitations import invite, revoke
from interviews.actions.withdrawing import withdraw
from interviews.models import Applicant, Arrival, Event, Interview, Message, PublicLink, QuestionSet
from tests.people import World, join_team, make_position
from tests.walker import Walker, made_by, public_page


@pytest.fixture
def link(world: World, ada: Client) -> tuple[str, str]:
    return made_by(ada, world)


class TestMaking:
    def test_it_is_shown_once_and_only_its_hash_is_kept(self, world: World, ada: Client) -> None:
        _address, token = made_by(ada, world)
        assert len(bytes.fromhex(token)) * 8 >= 128
        made = PublicLink.objects.get()
        assert token not in (made.hash, str(made.pk)) and (made.label, made.made_by) == ("The fair", world.ada)
        page = ada.get(public_page(world)).content.decode()
        assert "The fair" in page and token not in page

    def test_without_a_published_set_there_is_none(self, world: World, ada: Client) -> None:
        empty = make_position("Nothing yet", world.ada)
        address = f"/hr-dashboard/invitations/{empty.pk}/public/"
        assert b"no question set" in ada.get(address).content
        assert b"Publish a question set" in ada.post(address, {"label": "x"}, follow=True).content
        assert not PublicLink.objects.exists()

    def test_it_needs_a_word_for_where_it_hangs(self, world: World, ada: Client) -> None:
        reply = ada.post(public_page(world), {"label": " "})
        assert reply.status_code == 400 and b"Say where it will hang" in reply.content

    def test_only_recruiters_of_the_position_end_it(
        self, world: World, ada: Client, cy: Client, link: tuple[str, str]
    ) -> None:
        pk = str(PublicLink.objects.get().pk)
        own = f"/hr-dashboard/invitations/{world.cy.positions.get().pk}/public/"
        for address, status in ((public_page(world), 404), (own, 404)):
            assert cy.post(address, {"revoke": pk}).status_code == status
        assert ada.post(public_page(world), {"revoke": "x"}).status_code == 404
        join_team(world.position, world.ada)
        assert ada.post(public_page(world), {"revoke": pk}).status_code == 404
        assert PublicLink.objects.get().revoked_at is None


class TestOpening:
    def test_looking_at_it_tells_nothing(self, world: World, link: tuple[str, str]) -> None:
        pages = [Client().get(address) for address in (link[0], f"/join/{uuid.uuid4()}/")]
        texts = [re.sub(r"/join/[0-9a-f-]+/|value=\"\w{64}\"", "", page.content.decode()) for page in pages]
        assert texts[0] == texts[1] and "Backend engineer" not in texts[0]

    @pytest.mark.parametrize("token", ["", "wrong", "\0", "é" * 60, "x" * 5000])
    def test_a_token_that_does_not_fit_is_refused_in_words(self, link: tuple[str, str], token: str) -> None:
        browser = Client()
        reply = browser.post(f"{link[0]}open/", {"token": token})
        assert reply.status_code == 404 and b"Scan the code again" in reply.content
        assert b"Backend engineer" not in browser.get(link[0]).content
        assert browser.post(link[0], {"name": "Eve", "email": "eve@example.com"}).status_code == 403

    def test_one_that_was_closed_says_so_and_whom_to_ask(
        self, world: World, ada: Client, link: tuple[str, str]
    ) -> None:
        walker = Walker(link)
        form = walker.form()
        page = ada.post(public_page(world), {"revoke": str(PublicLink.objects.get().pk)}, follow=True).content
        assert b"This link is closed." in page
        sent = {"form": form, "name": "Eve", "email": "eve@example.com"}
        for reply in (
            walker.browser.get(link[0]),
            walker.browser.post(link[0], sent),
            Client().post(f"{link[0]}open/", {"token": link[1]}),
        ):
            assert reply.status_code == 410
            assert b"This link is closed" in reply.content and b"jobs@example.com" in reply.content
        assert Interview.objects.count() == 1

    def test_a_position_whose_questions_were_taken_back_says_so(self, link: tuple[str, str]) -> None:
        walker = Walker(link)
        QuestionSet.objects.update(published_at=None)
        reply = walker.browser.get(link[0])
        assert reply.status_code == 409
        assert b"There are no questions yet" in reply.content and b"jobs@example.com" in reply.content

    def test_who_comes_to_a_shared_browser_does_not_get_the_interview_of_who_was_there_before(
        self, link: tuple[str, str]
    ) -> None:
        kiosk = Walker(link)
        kiosk.gives()
        eves = Interview.objects.get(applicant__name="Eve")
        assert b"Before you start" in kiosk.browser.get(f"/interview/{eves.pk}/").content
        kiosk.browser.post(f"{link[0]}open/", {"token": link[1]})
        assert b"Open my interview" in kiosk.browser.get(f"/interview/{eves.pk}/").content


class TestWithMail:
    def test_the_link_goes_to_the_address_and_opens_nothing_here(self, link: tuple[str, str], mails: None) -> None:
        walker = Walker(link)
        page = walker.gives().content.decode()
        assert "Look into your mailbox" in page and "eve@example.com" in page
        message = Message.objects.get()
        assert (message.to, message.kind) == ("eve@example.com", Message.Kind.INVITATION)
        eve = Interview.objects.get(applicant__name="Eve")
        assert eve.remind_at is not None
        assert b"Before you start" not in walker.browser.get(f"/interview/{eve.pk}/").content
        event = Event.objects.latest("number")
        assert (event.kind, event.actor, event.interview) == ("interview.joined", None, eve)

    def test_who_was_invited_before_gets_that_again_and_nobody_learns_of_it(
        self, world: World, link: tuple[str, str], mails: None
    ) -> None:
        pages = []
        for email in ("BO@example.com", "new@example.com"):
            reply = Walker(link).gives("Somebody", email)
            page = re.sub(r'value="\w{64}"', "", reply.content.decode()).replace(email, "")
            pages.append((reply.status_code, page))
        assert pages[0] == pages[1]
        assert (
            not Interview.objects.filter(applicant__email__iexact="bo@example.com")
            .exclude(pk=world.interview.pk)
            .exists()
        )
        assert Message.objects.get(interview=world.interview).to == "bo@example.com", "as it was known, not as typed"

    def test_who_has_submitted_gets_the_receipt(self, submitted: World, ada: Client, mails: None) -> None:
        Walker(made_by(ada, submitted)).gives("Bo", "bo@example.com")
        assert Message.objects.get().kind == Message.Kind.RECEIPT
        assert Interview.objects.count() == 1

    @pytest.mark.parametrize("end", [revoke, withdraw])
    def test_whose_invitation_ended_gets_a_new_one(
        self, world: World, link: tuple[str, str], mails: None, end: Any
    ) -> None:
        end(world.interview)
        Walker(link).gives("Bo Berg", "bo@example.com")
        assert Interview.objects.filter(applicant=world.interview.applicant).count() == 2

    def test_one_address_gets_so_many_mails_a_day_and_the_page_says_that_to_everybody(
        self, link: tuple[str, str], mails: None
    ) -> None:
        pages = {re.sub(r'value="\w{64}"', "", Walker(link).gives().content.decode()) for _ in range(6)}
        assert len(pages) == 1 and "No more than 3 mails a day" in pages.pop()
        assert Message.objects.count() == joining.MAILS_PER_ADDRESS_AND_DAY
        Arrival.objects.update(at=timezone.now() - timedelta(days=2))
        Walker(link).gives()
        assert Message.objects.count() == joining.MAILS_PER_ADDRESS_AND_DAY + 1


class TestWithoutMail:
    def test_it_goes_straight_in_and_shows_the_way_back_once(self, link: tuple[str, str]) -> None:
        walker = Walker(link)
        page = walker.gives().content.decode()
        eve = Interview.objects.get(applicant__name="Eve")
        found = re.search(rf"http://testserver(/interview/{eve.pk}/)#([0-9a-f]+)", page)
        assert found and "<svg" in page
        assert b"Before you start" in walker.browser.get(found[1]).content
        assert Client().post(f"{found[1]}open/", {"token": found[2]}).status_code == 302

    def test_another_persons_interview_is_never_opened_by_giving_their_address(
        self, world: World, link: tuple[str, str]
    ) -> None:
        pages = [Walker(link).gives("Bo Berg", email).content for email in ("bo@example.com", "new@example.com")]
        assert all(b"Your interview is ready" in page for page in pages)
        assert str(world.interview.pk).encode() not in pages[0]
        assert Interview.objects.filter(applicant__email="bo@example.com").count() == 2

    def test_a_form_that_is_sent_again_is_the_same_arrival_until_it_has_begun(self, link: tuple[str, str]) -> None:
        walker = Walker(link)
        form = walker.form()
        for _ in range(2):
            assert b"Your interview is ready" in walker.gives(form=form).content
        assert Arrival.objects.count() == 1
        eve = Interview.objects.get(applicant__name="Eve")
        walker.browser.post(f"/interview/{eve.pk}/consent/", {"agree": "on", "ai": "yes"})
        reply = walker.gives(form=form)
        assert reply.status_code == 409 and b"the interview was begun since" in reply.content


class TestInput:
    @pytest.mark.parametrize(
        "sent",
        [
            {"name": ""},
            {"name": "see www.example.com"},
            {"name": "http://example.com"},
            {"name": "x" * 101},
            {"email": ""},
            {"email": "nobody"},
            {"email": "a@b.c\nBcc: x@example.com"},
            {"form": "x"},
            {"form": ""},
        ],
    )
    def test_what_cannot_be_meant_is_refused_and_what_was_typed_is_kept(
        self, link: tuple[str, str], sent: dict[str, str]
    ) -> None:
        reply = Walker(link).gives(**{"name": "Eve", "email": "eve@example.com", **sent})
        assert reply.status_code == 400
        assert ("Eve" if sent.get("name") is None else "eve@example.com") in reply.content.decode()
        assert not Arrival.objects.exists() and Interview.objects.count() == 1

    def test_what_was_typed_is_text_and_not_markup(self, link: tuple[str, str]) -> None:
        assert b"<b>Eve" not in Walker(link).gives("<b>Eve").content


def test_the_newest_invitation_that_stands_is_sent_again(world: World, ada: Client, mails: None) -> None:
    newer, _token = invite(Applicant.objects.create(name="Bo", email="Bo@Example.com"), world.question_set)
    Walker(made_by(ada, world)).gives("Bo", "bo@example.com")
    assert Message.objects.get().interview == newer
