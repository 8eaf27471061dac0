"""What somebody from outside does with the interview that they see: visits, plays and comments, for the team to see."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from bs4.element import Tag
from django.test import Client
from django.utils import timezone

from interviews.actions.sharing import ONE_VISIT
from interviews.events import Kind, head
from interviews.models import Event, Interview, ShareComment, ShareVisit, Transcript
from interviews.queries.sharing import Part, parts
from interviews.queries.stages import rows
from realtime import feed
from tests.engines import work_through
from tests.people import World, review
from tests.shared import olga_with, page_of, says, share_with_olga


class TestVisits:
    def test_the_team_sees_who_was_there_and_what_was_played(self, scored: World, ada: Client) -> None:
        link, token = share_with_olga(scored)
        review_page = f"/hr-dashboard/results/{scored.interview.pk}/review/"
        assert b"Not opened yet" in ada.get(review_page).content
        olga = olga_with(link, token)
        olga.get(page_of(link))
        for _ in range(3):
            olga.get(f"{page_of(link)}answers/2/media/", headers={"Range": "bytes=0-99"})
        visits = ShareVisit.objects.order_by("pk").values_list("kind", "answer__question__number")
        assert list(visits) == [("opened", None), ("played", 2)]
        page = ada.get(review_page).content.decode()
        assert "Seen last" in page and "played an answer (2)" in page and "opened the link" in page
        assert Event.objects.filter(kind=Kind.SHARE_SEEN).count() == 2

    def test_later_it_is_another_visit(self, scored: World) -> None:
        link, token = share_with_olga(scored)
        olga = olga_with(link, token)
        ShareVisit.objects.update(at=timezone.now() - ONE_VISIT - timedelta(seconds=1))
        olga.get(page_of(link))
        olga.get(page_of(link))
        assert list(ShareVisit.objects.values_list("kind", flat=True)) == ["seen", "opened"]

    def test_a_visit_is_no_change_of_the_interview(self, scored: World) -> None:
        [before] = rows(Interview.objects.all())
        link, token = share_with_olga(scored)
        olga_with(link, token)
        assert rows(Interview.objects.all()) == [before]


class TestComments:
    def test_a_comment_is_saved_by_compare_and_set_and_nothing_is_lost(self, scored: World) -> None:
        link, token = share_with_olga(scored)
        olga = olga_with(link, token)
        assert says(olga, link, "Clear", 0).json() == {"version": 1}
        assert says(olga, link, "Clear", 0).json() == {"version": 1}, "a repeat changes nothing"
        assert says(olga, link, "Clear, and short", 1).json() == {"version": 2}
        other_tab = says(olga, link, "From another tab", 1)
        assert other_tab.status_code == 409
        assert {**other_tab.json(), "message": ""} == {
            "error": "changed_elsewhere",
            "message": "",
            "text": "Clear, and short",
            "version": 2,
        }
        assert ShareComment.objects.get().text == "Clear, and short"
        assert "Clear, and short" in olga.get(page_of(link)).content.decode()

    @pytest.mark.parametrize(
        "body", ["", "[]", '{"text": 1, "version": 0}', '{"text": "x"}', '{"text":"\\u0000","version":0}']
    )
    def test_what_is_no_comment_is_refused(self, scored: World, body: str) -> None:
        link, token = share_with_olga(scored)
        address = f"{page_of(link)}answers/1/comment/"
        reply = olga_with(link, token).put(address, body, content_type="application/json")
        assert (reply.status_code, reply.json()["error"]) == (400, "malformed")

    def test_one_that_is_too_long_is_refused(self, scored: World) -> None:
        link, token = share_with_olga(scored)
        assert says(olga_with(link, token), link, "x" * 5001).status_code == 413
        assert not ShareComment.objects.exclude(text="").exists()

    def test_the_team_reads_it_live_and_whoever_has_not_reviewed_does_not(self, scored: World, ada: Client) -> None:
        link, token = share_with_olga(scored)
        olga = olga_with(link, token)
        review(scored.interview, scored.ada)
        before = head()
        says(olga, link, "[1:05] Good plan.")
        news = feed.since(before)
        assert news is not None
        assert "Good plan." in news.html({f"ratings:{scored.interview.pk}"})
        assert "Good plan." not in news.html({f"levels:{scored.interview.pk}", f"interview:{scored.interview.pk}"})
        page = BeautifulSoup(ada.get(f"/hr-dashboard/results/{scored.interview.pk}/review/").content, "html.parser")
        moment = page.select_one("#share-comments [data-moment]")
        assert isinstance(moment, Tag) and (moment["data-moment"], moment["data-of"]) == ("65", "question-1")

    def test_the_outsiders_own_page_is_not_drawn_anew_by_what_they_do(self, scored: World) -> None:
        link, token = share_with_olga(scored)
        before = head()
        says(olga_with(link, token), link, "Good.")
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
    link, token = share_with_olga(scored)
    olga = olga_with(link, token)
    page = olga.get(page_of(link)).content.decode()
    after = re.search(r'data-after="(\d+)"', page)
    assert after
    transcript = Transcript.objects.filter(take__question__number=1).get()
    transcript.words = [{**word, "text": "newly"} for word in transcript.words]
    transcript.save(update_fields=["words"])
    work_through(scored.interview)
    Event.objects.create(number=head() + 1, kind=Kind.CORRECTED, interview=scored.interview)
    news = feed.since(int(after[1]))
    assert news is not None and "newly" in news.html({f"shared:{link.pk}"})
