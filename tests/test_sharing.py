"""Somebody from outside sees one interview by a link, and nothing else; the team sees them, and can end it."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from bs4.element import Tag
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from interviews.actions.reviewing import decide
from interviews.actions.sharing import ONE_VISIT, Outsider, end_share, share
from interviews.actions.withdrawing import withdraw
from interviews.events import Kind, head
from interviews.models import (
    Assessment,
    Decision,
    Event,
    Interview,
    ShareComment,
    ShareLink,
    ShareVisit,
    Transcript,
)
from interviews.queries.sharing import Part, parts
from interviews.queries.stages import rows
from interviews.standings import Verdict, standings
from interviews.topics import OF_INTERVIEW, OF_POSITION, OPERATIONS, POSITIONS, Following
from realtime import feed
from tests.engines import work_through
from tests.people import World, join_team, review, show_at_once


@pytest.fixture
def scored(submitted: World) -> World:
    work_through(submitted.interview)
    submitted.interview.refresh_from_db()
    return submitted


def _share(world: World, *, shows_levels: bool = False) -> tuple[ShareLink, str]:
    outsider = Outsider("Olga Outer", "olga@elsewhere.example")
    return share(world.interview, outsider, 7, shows_levels=shows_levels, by=world.ada)


def _olga(link: ShareLink, token: str) -> Client:
    browser = Client()
    assert browser.post(f"/shared/{link.pk}/open/", {"token": token}).status_code == 302
    return browser


def _page(link: ShareLink) -> str:
    return f"/shared/{link.pk}/"


def _says(browser: Client, link: ShareLink, text: str, version: int = 0, number: int = 1) -> Any:
    body = json.dumps({"text": text, "version": version})
    return browser.put(f"{_page(link)}answers/{number}/comment/", body, content_type="application/json")


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
    link, _token = _share(scored)
    join_team(scored.position, scored.ada)
    address = f"/hr-dashboard/results/{scored.interview.pk}/share/"
    assert ada.get(address).status_code == 404
    assert ada.post(address, {"name": "Olga", "days": "3"}).status_code == 404
    assert ada.post(f"{address}end/", {"share": link.pk}).status_code == 404
    assert address not in ada.get(f"/hr-dashboard/results/{scored.interview.pk}/review/").content.decode()
    assert ShareLink.objects.filter(revoked_at=None).count() == 1


def test_a_wrong_token_opens_nothing(scored: World) -> None:
    link, _token = _share(scored)
    olga = Client()
    assert olga.post(f"{_page(link)}open/", {"token": "0" * 48}).status_code == 404
    assert b"Question number 1?" not in olga.get(_page(link)).content


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
    other, _token = _share(scored)
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
    page = _page(link)
    said = [olga.get(page), olga.get(f"{page}answers/1/comment/"), _says(olga, link, "fine"), _says(olga, link, "x")]
    news = feed.since(0)
    assert news is not None
    frames = news.html({f"shared:{link.pk}"})
    assert "Transcript" in frames
    return "\n".join([*(reply.content.decode() for reply in said), frames])


def test_nothing_leaves_by_the_link_but_the_interview_itself(canaries: World) -> None:
    link, token = _share(canaries)
    sent = _everything_sent(_olga(link, token), link)
    assert "Question number 1?" in sent and "Bo Berg" in sent
    assert {name for name, canary in CANARIES.items() if canary in sent} == set()
    assert not re.search(r'is-level|class="cited"|/hr-dashboard/', sent)
    assert "Reject" not in sent


def test_every_other_address_is_closed_to_them(canaries: World) -> None:
    link, token = _share(canaries)
    other, _token = _share(canaries)
    olga = _olga(link, token)
    assert olga.get(f"/hr-dashboard/results/{canaries.interview.pk}/review/").status_code == 302
    assert b"Question number 1?" not in olga.get(f"/interview/{canaries.interview.pk}/").content
    assert b"Question number 1?" not in olga.get(_page(other)).content
    assert olga.get(f"{_page(other)}answers/1/media/").status_code == 403
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
        without, with_levels = _share(canaries), _share(canaries, shows_levels=True)
        assert CANARIES["level reason"] not in _everything_sent(_olga(*without), without[0])
        assert CANARIES["level reason"] in _everything_sent(_olga(*with_levels), with_levels[0])

    def test_they_are_shown_no_more_when_people_rate_first_from_now_on(self, canaries: World) -> None:
        show_at_once(canaries.position)
        link, token = _share(canaries, shows_levels=True)
        olga = _olga(link, token)
        assert CANARIES["level reason"] in olga.get(_page(link)).content.decode()
        canaries.position.rate_first = True
        canaries.position.save()
        assert feed.since(head() - 1) is None, "open pages are fetched again"
        assert CANARIES["level reason"] not in olga.get(_page(link)).content.decode()


class TestEnding:
    def _is_closed(self, olga: Client, link: ShareLink) -> None:
        for reply in (olga.get(_page(link)), olga.get(f"{_page(link)}answers/1/media/"), _says(olga, link, "more")):
            assert reply.status_code == 410
            assert b"Question number 1?" not in reply.content
        assert _verdict(olga, f"shared:{link.pk}") is Verdict.REFUSED

    def test_ending_it_ends_sessions_pages_and_recordings_at_once(self, scored: World, ada: Client) -> None:
        link, token = _share(scored)
        other, others = _share(scored)
        olga, otto = _olga(link, token), _olga(other, others)
        pages = [Following("", frozenset({f"shared:{it.pk}"})) for it in (link, other)]
        before = head()
        address = f"/hr-dashboard/results/{scored.interview.pk}/share/end/"
        assert ada.post(address, {"share": str(link.pk)}).status_code == 302
        news = feed.since(before)
        assert news is not None and set(news.whose_rights_changed(pages)) == set(pages), "they are asked again"
        self._is_closed(olga, link)
        assert Client().post(f"{_page(link)}open/", {"token": token}).status_code == 410
        assert otto.get(_page(other)).status_code == 200
        assert _verdict(otto, f"shared:{other.pk}") is Verdict.WELCOME

    def test_it_ends_by_itself(self, scored: World) -> None:
        link, token = _share(scored)
        olga = _olga(link, token)
        ShareLink.objects.update(expires_at=timezone.now())
        self._is_closed(olga, link)

    def test_a_withdrawal_of_the_applicant_ends_it(self, scored: World) -> None:
        link, token = _share(scored)
        olga = _olga(link, token)
        before = head()
        withdraw(scored.interview)
        page = Following("", frozenset({f"shared:{link.pk}"}))
        news = feed.since(before)
        assert news is not None and list(news.whose_rights_changed([page])) == [page]
        self._is_closed(olga, link)

    def test_another_teams_link_cannot_be_ended(self, scored: World, cy: Client, ada: Client) -> None:
        link, _token = _share(scored)
        address = f"/hr-dashboard/results/{scored.interview.pk}/share/end/"
        for browser, share_id in ((cy, str(link.pk)), (ada, "x"), (ada, str(scored.interview.pk))):
            assert browser.post(address, {"share": share_id}).status_code == 404
        assert ShareLink.objects.get().revoked_at is None


def test_recordings_come_in_ranges_and_are_those_of_the_interview(scored: World) -> None:
    link, token = _share(scored)
    olga = _olga(link, token)
    reply = olga.get(f"{_page(link)}answers/1/media/", headers={"Range": "bytes=0-99"})
    assert (reply.status_code, reply.content[:4], len(reply.content)) == (206, b"\x1aE\xdf\xa3", 100)
    assert reply["Cache-Control"].startswith("private") or "no-store" in reply["Cache-Control"]
    assert olga.get(f"{_page(link)}answers/1/poster/", headers={"Range": "bytes=0-9"}).content[:3] == b"\xff\xd8\xff"
    assert olga.get(f"{_page(link)}answers/9/media/").status_code == 404


class TestVisits:
    def test_the_team_sees_who_was_there_and_what_was_played(self, scored: World, ada: Client) -> None:
        link, token = _share(scored)
        review_page = f"/hr-dashboard/results/{scored.interview.pk}/review/"
        assert b"Not opened yet" in ada.get(review_page).content
        olga = _olga(link, token)
        olga.get(_page(link))
        for _ in range(3):
            olga.get(f"{_page(link)}answers/2/media/", headers={"Range": "bytes=0-99"})
        visits = ShareVisit.objects.order_by("pk").values_list("kind", "answer__question__number")
        assert list(visits) == [("opened", None), ("played", 2)]
        page = ada.get(review_page).content.decode()
        assert "Seen last" in page and "played an answer (2)" in page and "opened the link" in page
        assert Event.objects.filter(kind=Kind.SHARE_SEEN).count() == 2

    def test_later_it_is_another_visit(self, scored: World) -> None:
        link, token = _share(scored)
        olga = _olga(link, token)
        ShareVisit.objects.update(at=timezone.now() - ONE_VISIT - timedelta(seconds=1))
        olga.get(_page(link))
        olga.get(_page(link))
        assert list(ShareVisit.objects.values_list("kind", flat=True)) == ["seen", "opened"]

    def test_a_visit_is_no_change_of_the_interview(self, scored: World) -> None:
        [before] = rows(Interview.objects.all())
        link, token = _share(scored)
        _olga(link, token)
        assert rows(Interview.objects.all()) == [before]


class TestComments:
    def test_a_comment_is_saved_by_compare_and_set_and_nothing_is_lost(self, scored: World) -> None:
        link, token = _share(scored)
        olga = _olga(link, token)
        assert _says(olga, link, "Clear", 0).json() == {"version": 1}
        assert _says(olga, link, "Clear", 0).json() == {"version": 1}, "a repeat changes nothing"
        assert _says(olga, link, "Clear, and short", 1).json() == {"version": 2}
        other_tab = _says(olga, link, "From another tab", 1)
        assert other_tab.status_code == 409
        assert {**other_tab.json(), "message": ""} == {
            "error": "changed_elsewhere",
            "message": "",
            "text": "Clear, and short",
            "version": 2,
        }
        assert ShareComment.objects.get().text == "Clear, and short"
        assert "Clear, and short" in olga.get(_page(link)).content.decode()

    @pytest.mark.parametrize(
        "body", ["", "[]", '{"text": 1, "version": 0}', '{"text": "x"}', '{"text":"\\u0000","version":0}']
    )
    def test_what_is_no_comment_is_refused(self, scored: World, body: str) -> None:
        link, token = _share(scored)
        address = f"{_page(link)}answers/1/comment/"
        reply = _olga(link, token).put(address, body, content_type="application/json")
        assert (reply.status_code, reply.json()["error"]) == (400, "malformed")

    def test_one_that_is_too_long_is_refused(self, scored: World) -> None:
        link, token = _share(scored)
        assert _says(_olga(link, token), link, "x" * 5001).status_code == 413
        assert not ShareComment.objects.exclude(text="").exists()

    def test_the_team_reads_it_live_and_whoever_has_not_reviewed_does_not(self, scored: World, ada: Client) -> None:
        link, token = _share(scored)
        olga = _olga(link, token)
        review(scored.interview, scored.ada)
        before = head()
        _says(olga, link, "[1:05] Good plan.")
        news = feed.since(before)
        assert news is not None
        assert "Good plan." in news.html({f"ratings:{scored.interview.pk}"})
        assert "Good plan." not in news.html({f"levels:{scored.interview.pk}", f"interview:{scored.interview.pk}"})
        page = BeautifulSoup(ada.get(f"/hr-dashboard/results/{scored.interview.pk}/review/").content, "html.parser")
        moment = page.select_one("#share-comments [data-moment]")
        assert isinstance(moment, Tag) and (moment["data-moment"], moment["data-of"]) == ("65", "question-1")

    def test_the_outsiders_own_page_is_not_drawn_anew_by_what_they_do(self, scored: World) -> None:
        link, token = _share(scored)
        before = head()
        _says(_olga(link, token), link, "Good.")
        news = feed.since(before)
        assert news is not None and news.html({f"shared:{link.pk}"}) == ""

    def test_moments_are_told_from_words(self) -> None:
        assert parts("[0:07] a [12:34]b [1:75] c") == [
            Part("0:07", 7),
            Part(" a ", None),
            Part("12:34", 754),
            Part("b [1:75] c", None),
        ]


def test_the_outsiders_page_follows_a_corrected_transcript(scored: World) -> None:
    link, token = _share(scored)
    olga = _olga(link, token)
    page = olga.get(_page(link)).content.decode()
    after = re.search(r'data-after="(\d+)"', page)
    assert after
    transcript = Transcript.objects.filter(take__question__number=1).get()
    transcript.words = [{**word, "text": "newly"} for word in transcript.words]
    transcript.save(update_fields=["words"])
    work_through(scored.interview)
    Event.objects.create(number=head() + 1, kind=Kind.CORRECTED, interview=scored.interview)
    news = feed.since(int(after[1]))
    assert news is not None and "newly" in news.html({f"shared:{link.pk}"})


def test_a_page_of_many_visits_asks_as_few_queries(
    scored: World, ada: Client, django_assert_max_num_queries: Any
) -> None:
    _share(scored)
    address = f"/hr-dashboard/results/{scored.interview.pk}/share/"
    ada.get(address)

    def asked() -> int:
        with django_assert_max_num_queries(100) as queries:
            ada.get(address)
        return len(queries)

    one = asked()
    answer = scored.interview.answers.all()[0]
    for _ in range(50):
        made = _share(scored)[0]
        ShareVisit.objects.create(link=made, kind=ShareVisit.Kind.PLAYED, answer=answer)
    assert asked() == one


def test_no_table_holds_the_token(scored: World) -> None:
    link, token = _share(scored)
    olga = _olga(link, token)
    assert token not in json.dumps(dict(olga.session.items()))
    end_share(link, by=scored.ada)
    assert not ShareLink.objects.filter(hash=token).exists()


def test_the_mark_stands_out_from_light_and_dark() -> None:
    style = (Path(__file__).parent.parent / "static" / "review.css").read_text("utf-8")
    rule = next(line for line in style.splitlines() if line.startswith(".watermark, .watched-marks"))
    assert "color: #fff" in rule and "-webkit-text-stroke: 2px #000" in rule and "paint-order: stroke" in rule
