"""The list of interviews page by page: in which order, in how many queries, and what is new on it."""

from __future__ import annotations

from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from interviews.actions import answering
from interviews.models import AssessmentRun, Interview, Result
from interviews.queries import listing
from interviews.queries.listing import PAGE_ROWS, Wanted
from interviews.queries.orders import ORDERS
from tests.engines import work_through
from tests.listed import LIST, comes, names
from tests.people import World, review, show_at_once

QUERIES = 13
"""Session with account, number with outages, positions, ids, reviews, rows (4), role, views, columns, menu's rights."""


def has_run(interview: Interview, score: str | None, state: AssessmentRun.State = AssessmentRun.State.DONE) -> None:
    """Handed in, and assessed with this score; None: there was none."""
    now = timezone.now()
    Interview.objects.filter(pk=interview.pk).update(
        state=Interview.State.SCORED, consented_at=now, submitted_at=now, ai_consent=True, ai_consent_version="1"
    )
    number = 1 + interview.runs.count()
    run = AssessmentRun.objects.create(interview=interview, number=number, state=state, engine="local", began_at=now)
    Result.objects.create(run=run, interview=interview, score=score, unscored_reason="" if score else "nothing said")


def queries_of(browser: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(address).status_code == 200
    return len(captured)


@pytest.fixture
def many(world: World) -> World:
    """Bo and as many others that there are three pages; every third has the same name."""
    for number in range(2 * PAGE_ROWS + 10):
        comes(world.question_set, f"Applicant {number - number % 3:03}")
    return world


@pytest.mark.parametrize("order", ORDERS)
def test_pages_by_key_show_each_interview_once_forth_and_back(order: str, many: World, ada: Client) -> None:
    pages = forth_and_back(ada, order)
    assert [len(page) for page in pages] == [PAGE_ROWS, PAGE_ROWS, 11]
    assert len({row for page in pages for row in page}) == Interview.objects.count()


def forth_and_back(browser: Client, order: str) -> list[list[str]]:
    """The rows of all pages, which are the same on the way back."""
    address: str | None = f"{LIST}?sort={order}"
    pages: list[list[str]] = []
    before: list[str | None] = []
    while address:
        page = BeautifulSoup(browser.get(address).content, "html.parser")
        pages.append([str(row["id"]) for row in page.select("#rows tr[id]")])
        before.append(_href(page, "prev"))
        address = _href(page, "next")
    assert before[0] is None
    for number in range(len(pages) - 1, 0, -1):
        back = BeautifulSoup(browser.get(str(before[number])).content, "html.parser")
        assert [str(row["id"]) for row in back.select("#rows tr[id]")] == pages[number - 1]
    return pages


def _href(page: BeautifulSoup, rel: str) -> str | None:
    link = page.select_one(f"#pager a[rel={rel}]")
    return str(link["href"]) if link else None


def test_the_next_page_begins_where_this_one_ended_whatever_came_in_between(many: World, ada: Client) -> None:
    first = BeautifulSoup(ada.get(LIST).content, "html.parser")
    expected = names(ada, str(_href(first, "next")))
    comes(many.question_set, "Came In Between")
    assert names(ada, str(_href(first, "next"))) == expected


def test_a_page_is_read_in_the_same_number_of_queries_for_one_row_and_fifty(world: World, ada: Client) -> None:
    ada.get(LIST)
    one = queries_of(ada, LIST)
    for number in range(PAGE_ROWS):
        comes(world.question_set, f"Applicant {number}")
    assert len(names(ada)) == PAGE_ROWS
    assert queries_of(ada, LIST) == one == QUERIES
    assert (
        queries_of(ada, f"{LIST}?q=applicant&stage=invited&sort=score&decision=none&waits=on&needs=on") == QUERIES - 4
    )


def test_a_list_asks_for_one_page_of_ids(many: World) -> None:
    visible = Interview.objects.all()
    with CaptureQueriesContext(connection) as captured:
        page = listing.page(visible, many.ada, Wanted())
    assert (len(page.ids), len(captured)) == (PAGE_ROWS, 1)
    assert "OFFSET" not in captured[0]["sql"]


class TestScores:
    def test_interviews_without_a_score_that_is_shown_come_last_and_are_said_to(
        self, submitted: World, ada: Client
    ) -> None:
        work_through(submitted.interview)
        comes(submitted.question_set, "Eve Egge")
        show_at_once(submitted.position)
        Result.objects.update(score="1.20", unscored_reason="")
        page = BeautifulSoup(ada.get(f"{LIST}?sort=score").content, "html.parser")
        rows = page.select("#rows tr")
        assert [row.get("class") for row in rows] == [None, ["divider"], None]
        assert names(ada, f"{LIST}?sort=score") == ["Bo Berg", "Eve Egge"]

    def test_the_order_tells_nothing_of_what_is_not_revealed(self, submitted: World, ada: Client) -> None:
        work_through(submitted.interview)
        comes(submitted.question_set, "Eve Egge")
        Result.objects.update(score="5.00", unscored_reason="")
        assert names(ada, f"{LIST}?sort=score") == ["Eve Egge", "Bo Berg"]
        review(submitted.interview, submitted.ada)
        assert names(ada, f"{LIST}?sort=score") == ["Bo Berg", "Eve Egge"]

    def test_pages_go_on_from_those_with_a_score_to_those_without(self, many: World, ada: Client) -> None:
        show_at_once(many.position)
        found = list(Interview.objects.order_by("pk"))
        for number, interview in enumerate(found[:70]):
            has_run(interview, f"{1 + number % 5}.50")
        in_order = [*sorted(found[:70], key=self._by_score), *sorted(found[70:], key=self._by_score)]
        pages = forth_and_back(ada, "score")
        assert [len(page) for page in pages] == [PAGE_ROWS, PAGE_ROWS, 11]
        assert [row for page in pages for row in page] == [f"row-{it.pk}" for it in in_order]

    @staticmethod
    def _by_score(interview: Interview) -> tuple[float, float, int]:
        result = Result.objects.filter(interview=interview).first()
        score = float(result.score) if result and result.score else 0.0
        return -score, -interview.created_at.timestamp(), -interview.pk.int

    def test_the_newest_result_is_what_an_interview_is_sorted_by(self, world: World, ada: Client) -> None:
        show_at_once(world.position)
        better, worse, unscored, discarded = (comes(world.question_set, name) for name in ("Bea", "Cea", "Dea", "Eea"))
        for score in ("1.00", "4.00"):
            has_run(better, score)
        for score in ("5.00", "2.00"):
            has_run(worse, score)
        for newest in ("3.00", None):
            has_run(unscored, newest)
        has_run(discarded, "3.00")
        has_run(discarded, "5.00", AssessmentRun.State.DISCARDED)
        assert names(ada, f"{LIST}?sort=score")[:3] == ["Bea", "Eea", "Cea"]
        assert set(names(ada, f"{LIST}?sort=score")[3:]) == {"Dea", "Bo Berg"}

    @pytest.mark.parametrize("place", ["0", "-100", "1e9", "9" * 250, "nan"])
    def test_what_is_no_score_is_no_place(self, place: str, world: World, ada: Client) -> None:
        address = f"{LIST}?sort=score&after={place}~2026-01-01T00:00:00%2B00:00~{world.interview.pk}"
        assert "was not understood" in ada.get(address).content.decode()


class TestNews:
    def test_what_came_is_counted_by_the_filter_of_the_page(self, world: World, ada: Client) -> None:
        shown = [str(world.interview.pk)]
        comes(world.question_set, "Eve Egge")
        assert self._news(ada, shown) == {"new": 1, "words": "1 new", "gone": []}
        assert self._news(ada, shown, q="bo") == {"new": 0, "words": "0 new", "gone": []}

    def test_a_row_that_matches_no_longer_is_named(self, world: World, ada: Client) -> None:
        answering.consent(world.interview, ai=True)
        shown = [str(world.interview.pk)]
        assert self._news(ada, shown, stage="invited") == {"new": 0, "words": "0 new", "gone": shown}

    def test_what_belongs_to_a_later_page_is_not_new_on_this_one(self, many: World, ada: Client) -> None:
        page = BeautifulSoup(ada.get(LIST).content, "html.parser")
        rows = page.select_one("#rows")
        assert rows is not None
        shown = [str(row["id"]).removeprefix("row-") for row in rows.select("tr[id]")]
        assert self._news(ada, shown, last=str(rows["data-last"]))["new"] == 0
        assert self._news(ada, shown)["new"] == PAGE_ROWS
        comes(many.question_set, "Eve Egge")
        assert self._news(ada, shown, last=str(rows["data-last"]))["new"] == 1

    def test_by_score_what_belongs_between_what_is_shown_is_new(self, world: World, ada: Client) -> None:
        show_at_once(world.position)
        first, between, last = (comes(world.question_set, name) for name in ("Bea", "Cea", "Dea"))
        for interview, score in ((first, "5.00"), (last, "2.00")):
            has_run(interview, score)
        shown = [str(first.pk), str(last.pk)]
        end = f"200~{last.created_at.isoformat()}~{last.pk}"
        assert self._news(ada, shown, sort="score", last=end)["new"] == 0
        has_run(between, "3.00")
        assert self._news(ada, shown, sort="score", last=end)["new"] == 1
        assert self._news(ada, shown, sort="score", last=end, after=end)["new"] == 0
        assert self._news(ada, shown, sort="score")["new"] == 2  # Bo, without a score, among them

    def test_nothing_is_told_of_other_teams(self, world: World, cy: Client) -> None:
        assert self._news(cy, [str(world.interview.pk)], q="bo") == {
            "new": 0,
            "words": "0 new",
            "gone": [str(world.interview.pk)],
        }

    @staticmethod
    def _news(browser: Client, shown: list[str], **query: str) -> dict[str, Any]:
        found: dict[str, Any] = browser.get(f"{LIST}news/", {"shown": ",".join(shown), **query}).json()
        return found
