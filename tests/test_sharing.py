"""Somebody from outside sees one interview by a link, and nothing else; the team can end it."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from interviews.actions.reviewing import decide
from interviews.actions.sharing import end_share, share_again
from interviews.actions.withdrawing import withdraw
from interviews.events import Event, Kind, head
from interviews.models import Assessment, Decision, Interview, ShareComment, ShareLink
from interviews.standings import Verdict, standings
from interviews.topics import OF_INTERVIEW, OF_POSITION, OPERATIONS, POSITIONS, Following
from realtime import feed
from tests.listed import undo
from tests.people import World, join_team, review, show_at_once
from tests.shared import olga_with, page_of, says, share_with_olga


def _verdict(browser: Client, *topics: str) -> Verdict:
    following = Following(browser.session.session_key or "", frozenset(topics))
    return standings([following])[following]


def test_who_may_invite_makes_a_link_that_is_shown_once_and_opens(scored: World, ada: Client) -> None:
    address = f"/hr-dashboard/results/{scored.interview.pk}/share/"
    made = ada.post(address, {"name": "Olga Outer", "email": "", "days": "3"}).content.decode()
    found = re.search(r"http://testserver(/shared/[0-9a-f-]{36}/)#([0-9a-f]{48})", made)
    assert found
    assert found[2] not in ada.get(address).content.decode()
    olga = Client()
    assert b"Question number 1?" not in olga.get(found[1]).content
    assert olga.post(f"{found[1]}open/", {"token": found[2]}).status_code == 302
    page = olga.get(found[1]).content.decode()
    assert "Question number 1?" in page and "Olga Outer" in page and "cannot prevent it" in page
    link = ShareLink.objects.get()
    assert timedelta(days=2, hours=23) < link.expires_at - timezone.now() <= timedelta(days=3)
    assert not ShareLink.objects.filter(hash=found[2]).exists()


def test_who_is_on_the_team_and_no_coordinator_cannot_share(scored: World, ada: Client) -> None:
    link, _token = share_with_olga(scored)
    join_team(scored.position, scored.ada)
    address = f"/hr-dashboard/results/{scored.interview.pk}/share/"
    assert ada.get(address).status_code == 404
    assert ada.post(address, {"name": "Olga", "days": "3"}).status_code == 404
    assert ada.post(f"{address}end/", {"share": link.pk}).status_code == 404
    assert address not in ada.get(f"/hr-dashboard/results/{scored.interview.pk}/review/").content.decode()
    assert ShareLink.objects.filter(revoked_at=None).count() == 1


def test_a_wrong_token_opens_nothing(scored: World) -> None:
    link, _token = share_with_olga(scored)
    olga = Client()
    assert olga.post(f"{page_of(link)}open/", {"token": "0" * 48}).status_code == 404
    assert b"Question number 1?" not in olga.get(page_of(link)).content


@pytest.mark.parametrize("days", ["0", "91", "x", ""])
def test_what_was_typed_is_still_there_when_it_is_refused(scored: World, ada: Client, days: str) -> None:
    address = f"/hr-dashboard/results/{scored.interview.pk}/share/"
    reply = ada.post(address, {"name": "Olga Outer", "email": "olga@elsewhere.example", "days": days})
    assert reply.status_code == 400
    assert b'value="Olga Outer"' in reply.content and b'value="olga@elsewhere.example"' in reply.content
    assert not ShareLink.objects.exists()


def test_an_interview_that_is_not_submitted_or_was_withdrawn_is_not_shared(answered: World, ada: Client) -> None:
    address, sent = f"/hr-dashboard/results/{answered.interview.pk}/share/", {"name": "Olga", "days": "3"}
    reply = ada.post(address, sent)
    assert (reply.status_code, b"not submitted yet" in reply.content) == (409, True)
    Interview.objects.update(withdrawn_at=timezone.now(), state=Interview.State.SUBMITTED, submitted_at=timezone.now())
    assert b"withdrew this interview" in ada.post(address, sent).content
    assert not ShareLink.objects.exists()


CANARIES = {
    "address": "bo-canary@example.com",
    "note": "canary-note",
    "reason": "canary-decision",
    "reviewer": "canary-reviewer",
    "another applicant": "Dee Canary",
    "level reason": "canary-level",
    "engine's quote": "canary quote of four words",
}


@pytest.fixture
def canaries(scored: World) -> World:
    """With everything in its rows that must not leave by the link."""
    applicant = scored.interview.applicant
    applicant.email = CANARIES["address"]
    applicant.save(update_fields=["email"])
    eve = User.objects.create_user(CANARIES["reviewer"], "eve@example.com", "-")
    scored.position.team.add(eve)
    review(scored.interview, eve, 1)
    scored.interview.reviews.get(reviewer=eve).ratings.update(note=CANARIES["note"])
    decide(scored.interview, eve, Decision.Outcome.REJECT, CANARIES["reason"])
    other, _token = share_with_olga(scored)
    ShareComment.objects.create(
        link=other,
        answer=scored.interview.answers.all()[0],
        take=scored.interview.answers.all()[0].take,
        text=CANARIES["note"],
    )
    Assessment.objects.update(
        reason=CANARIES["level reason"],
        quotes=[{"text": CANARIES["engine's quote"], "first_word": 3, "last_word": 8}],
    )
    return scored


def _everything_sent(olga: Client, link: ShareLink) -> str:
    """Page, replies and frames."""
    page = page_of(link)
    said = [olga.get(page), olga.get(f"{page}answers/1/comment/"), says(olga, link, "fine"), says(olga, link, "x")]
    news = feed.since(0)
    assert news is not None
    frames = news.html({f"shared:{link.pk}"})
    assert "Transcript" in frames
    return "\n".join([*(reply.content.decode() for reply in said), frames])


def test_nothing_leaves_by_the_link_but_the_interview_itself(canaries: World) -> None:
    link, token = share_with_olga(canaries)
    sent = _everything_sent(olga_with(link, token), link)
    assert "Question number 1?" in sent and "Bo Berg" in sent
    assert {name for name, canary in CANARIES.items() if canary in sent} == set()
    assert not re.search(r'is-level|class="cited"|/hr-dashboard/', sent)
    assert "Reject" not in sent


def test_every_other_address_is_closed_to_them(canaries: World) -> None:
    link, token = share_with_olga(canaries)
    other, _token = share_with_olga(canaries)
    olga = olga_with(link, token)
    assert olga.get(f"/hr-dashboard/results/{canaries.interview.pk}/review/").status_code == 302
    assert b"Question number 1?" not in olga.get(f"/interview/{canaries.interview.pk}/").content
    assert b"Question number 1?" not in olga.get(page_of(other)).content
    assert olga.get(f"{page_of(other)}answers/1/media/").status_code == 403
    topics = [f"{audience}:{canaries.interview.pk}" for audience in OF_INTERVIEW]
    topics += [f"{audience}:{canaries.position.pk}" for audience in OF_POSITION]
    for topic in [*topics, OPERATIONS, POSITIONS, f"shared:{other.pk}", "shared:", "shared:x", f"shared:{link.pk.hex}"]:
        assert _verdict(olga, topic) is Verdict.REFUSED, topic
        assert _verdict(olga, topic, f"shared:{link.pk}") is Verdict.REFUSED, topic
    assert _verdict(olga, f"shared:{link.pk}") is Verdict.WELCOME


class TestLevels:
    def test_whoever_rates_first_cannot_show_them_before(self, canaries: World, ada: Client) -> None:
        address = f"/hr-dashboard/results/{canaries.interview.pk}/share/"
        before = ShareLink.objects.count()
        reply = ada.post(address, {"name": "Olga", "days": "3", "shows_levels": "on"})
        assert (reply.status_code, b"finish your own review" in reply.content) == (403, True)
        assert b'name="shows_levels"' not in ada.get(address).content
        assert ShareLink.objects.count() == before

    def test_they_are_shown_where_that_was_meant_by_somebody_who_sees_them(self, canaries: World) -> None:
        review(canaries.interview, canaries.ada)
        without, with_levels = share_with_olga(canaries), share_with_olga(canaries, shows_levels=True)
        assert CANARIES["level reason"] not in _everything_sent(olga_with(*without), without[0])
        assert CANARIES["level reason"] in _everything_sent(olga_with(*with_levels), with_levels[0])

    def test_they_are_shown_no_more_when_people_rate_first_from_now_on(self, canaries: World) -> None:
        show_at_once(canaries.position)
        link, token = share_with_olga(canaries, shows_levels=True)
        olga = olga_with(link, token)
        assert CANARIES["level reason"] in olga.get(page_of(link)).content.decode()
        canaries.position.rate_first = True
        canaries.position.save()
        assert feed.since(head() - 1) is None, "open pages are fetched again"
        assert CANARIES["level reason"] not in olga.get(page_of(link)).content.decode()


class TestEnding:
    def _is_closed(self, olga: Client, link: ShareLink) -> None:
        for reply in (olga.get(page_of(link)), olga.get(f"{page_of(link)}answers/1/media/"), says(olga, link, "more")):
            assert reply.status_code == 410
            assert b"Question number 1?" not in reply.content
        assert _verdict(olga, f"shared:{link.pk}") is Verdict.REFUSED

    @staticmethod
    def _end(world: World) -> str:
        return f"/hr-dashboard/results/{world.interview.pk}/share/end/"

    def test_ending_it_ends_sessions_pages_and_recordings_at_once(self, scored: World, ada: Client) -> None:
        link, token = share_with_olga(scored)
        other, others = share_with_olga(scored)
        olga, otto = olga_with(link, token), olga_with(other, others)
        pages = [Following("", frozenset({f"shared:{it.pk}"})) for it in (link, other)]
        before = head()
        address = self._end(scored)
        assert ada.post(address, {"share": str(link.pk)}).status_code == 302
        news = feed.since(before)
        assert news is not None and set(news.whose_rights_changed(pages)) == set(pages), "they are asked again"
        self._is_closed(olga, link)
        assert Client().post(f"{page_of(link)}open/", {"token": token}).status_code == 410
        assert otto.get(page_of(other)).status_code == 200
        assert _verdict(otto, f"shared:{other.pk}") is Verdict.WELCOME

    def test_undo_makes_the_same_link_good_again(self, scored: World, ada: Client) -> None:
        link, token = share_with_olga(scored)
        olga = olga_with(link, token)
        ended = ada.post(self._end(scored), {"share": str(link.pk)}, follow=True).content.decode()
        assert "Ended." in ended and 'id="undo"' in ended
        assert "1 taken back." in undo(ada)
        assert olga.get(page_of(link)).status_code == 200
        happened = Event.objects.filter(kind__in=(Kind.SHARED, Kind.SHARE_ENDED)).order_by("number")
        assert [it.kind for it in happened] == [Kind.SHARED, Kind.SHARE_ENDED, Kind.SHARED]

    def test_the_page_of_one_that_has_ended_leads_to_it_once_it_is_good_again(self, scored: World) -> None:
        """Also of somebody who opened it only while it was ended."""
        link, token = share_with_olga(scored)
        olga, late = olga_with(link, token), Client()
        end_share(link, by=scored.ada)
        pages = [olga.get(page_of(link)), late.post(f"{page_of(link)}open/", {"token": token})]
        for page in pages:
            assert page.status_code == 410
            assert b"does not change by itself" in page.content and b'href="">Look again' in page.content
        share_again(link, by=scored.ada)
        assert olga.get(page_of(link)).status_code == 200
        again = late.get(f"{page_of(link)}open/", follow=True)
        assert again.redirect_chain and scored.interview.applicant.name.encode() in again.content
        assert b"Look again" not in Client().post(f"{page_of(link)}open/", {"token": "no such"}).content

    def test_undo_is_for_ten_minutes_and_for_who_ended_it(self, scored: World, ada: Client) -> None:
        link, _token = share_with_olga(scored)
        ada.post(self._end(scored), {"share": str(link.pk)})
        ShareLink.objects.update(revoked_by=scored.cy)
        assert "too late to take that back" in undo(ada)
        ShareLink.objects.update(revoked_by=None, revoked_at=None)
        ada.post(self._end(scored), {"share": str(link.pk)})
        ShareLink.objects.update(revoked_at=timezone.now() - timedelta(minutes=11))
        assert "too late to take that back" in undo(ada)
        assert (
            "It had ended before." in ada.post(self._end(scored), {"share": str(link.pk)}, follow=True).content.decode()
        )

    def test_it_ends_by_itself(self, scored: World) -> None:
        link, token = share_with_olga(scored)
        olga = olga_with(link, token)
        ShareLink.objects.update(expires_at=timezone.now())
        self._is_closed(olga, link)

    def test_a_withdrawal_of_the_applicant_ends_it(self, scored: World) -> None:
        link, token = share_with_olga(scored)
        olga = olga_with(link, token)
        before = head()
        withdraw(scored.interview)
        page = Following("", frozenset({f"shared:{link.pk}"}))
        news = feed.since(before)
        assert news is not None and list(news.whose_rights_changed([page])) == [page]
        self._is_closed(olga, link)

    def test_another_teams_link_cannot_be_ended(self, scored: World, cy: Client, ada: Client) -> None:
        link, _token = share_with_olga(scored)
        address = self._end(scored)
        for browser, share_id in ((cy, str(link.pk)), (ada, "x"), (ada, str(scored.interview.pk))):
            assert browser.post(address, {"share": share_id}).status_code == 404
        assert ShareLink.objects.get().revoked_at is None


def test_recordings_come_in_ranges_and_are_those_of_the_interview(scored: World) -> None:
    link, token = share_with_olga(scored)
    olga = olga_with(link, token)
    reply = olga.get(f"{page_of(link)}answers/1/media/", headers={"Range": "bytes=0-99"})
    assert (reply.status_code, reply.content[:4], len(reply.content)) == (206, b"\x1aE\xdf\xa3", 100)
    assert reply["Cache-Control"].startswith("private") or "no-store" in reply["Cache-Control"]
    assert olga.get(f"{page_of(link)}answers/1/poster/", headers={"Range": "bytes=0-9"}).content[:3] == b"\xff\xd8\xff"
    assert olga.get(f"{page_of(link)}answers/9/media/").status_code == 404


def test_no_table_holds_the_token(scored: World) -> None:
    link, token = share_with_olga(scored)
    olga = olga_with(link, token)
    assert token not in json.dumps(dict(olga.session.items()))
    end_share(link, by=scored.ada)
    assert not ShareLink.objects.filter(hash=token).exists()


def test_the_mark_stands_out_from_light_and_dark() -> None:
    style = (Path(__file__).parent.parent / "static" / "review.css").read_text("utf-8")
    rule = next(line for line in style.splitlines() if line.startswith(".watermark, .watched-marks"))
    assert "color: #fff" in rule and "-webkit-text-stroke: 2px #000" in rule and "paint-order: stroke" in rule
