"""The list of interviews: what it shows, in which order, page by page."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.db import IntegrityError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from interviews.actions import answering
from interviews.actions.invitations import Person, Terms, invite_people, revoke
from interviews.actions.joining import join, make_public_link
from interviews.actions.needs import ask_for_time
from interviews.actions.reviewing import decide
from interviews.actions.withdrawing import withdraw
from interviews.engines.errors import Permanent
from interviews.models import AssessmentRun, Decision, Interview, Job, Result
from interviews.processing import jobs
from interviews.queries import listing, stages
from interviews.queries.listing import PAGE_ROWS, STAGES, Wanted
from interviews.queries.orders import ORDERS
from interviews.tasks import WORK
from tests.engines import work_through
from tests.listed import LIST, comes, names
from tests.people import World, make_position, make_question_set, review, show_at_once


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


@pytest.mark.parametrize(
    "make",
    [
        lambda world: comes(world.question_set, "Eve Egge"),
        lambda world: invite_people(
            world.position,
            [Person("Eve Egge", "eve@example.com")],
            Terms(timezone.now(), by_mail=False, reminds=False),
            world.ada,
        ),
        lambda world: join(
            make_public_link(world.position, "the fair", actor=world.ada)[0],
            Person("Eve Egge", "eve@example.com"),
            "a browser",
            uuid.uuid4(),
        ),
    ],
    ids=["one", "of a list", "by a public link"],
)
def test_whoever_is_invited_is_in_the_list_by_last_change_or_not_invited_at_all(
    make: Callable[[World], object], world: World, ada: Client
) -> None:
    """Since the event is written with the interview; `tests/test_rooms.py` knows that there is no other way."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TRIGGER full BEFORE INSERT ON interviews_event BEGIN SELECT RAISE(ABORT, 'full'); END")
    try:
        with pytest.raises(IntegrityError, match="full"):
            make(world)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER full")
    assert names(ada) == names(ada, f"{LIST}?sort=changed") == ["Bo Berg"]
    make(world)
    assert names(ada) == names(ada, f"{LIST}?sort=changed") == ["Eve Egge", "Bo Berg"]


QUERIES = 13
"""Session with account, number with outages, positions, ids, reviews, rows (4), role, views, columns, menu's rights."""


@pytest.mark.parametrize(
    ("asked", "finds"),
    [
        *(("bo", True), ("BERG", True), ("berg bo", True), ("bo@example", True), ("example.com", True)),
        *(("b", True), ("erg", False), ("bo cy", False), ("b%", False), ("_o", False), ("bo@other", False)),
    ],
)
def test_people_are_found_by_the_beginnings_of_their_words(asked: str, finds: bool, world: World, ada: Client) -> None:
    assert names(ada, f"{LIST}?q={asked.replace('%', '%25')}") == (["Bo Berg"] if finds else [])


def test_people_are_found_without_accents_and_under_their_new_name_alone(world: World, ada: Client) -> None:
    applicant = comes(world.question_set, "Zoë-Łucja O'Neïl", "zl@example.com").applicant
    for asked in ("zoe", "zoe-", "oneil", "o'neil", "neil", "zl@"):
        assert names(ada, f"{LIST}?q={asked}") == ([] if asked == "oneil" else [applicant.name]), asked
    applicant.name = "Ann Other"
    applicant.save()
    assert names(ada, f"{LIST}?q=zoe") == []
    assert names(ada, f"{LIST}?q=other") == ["Ann Other"]


FILTERS: dict[str, Callable[[World], object]] = {
    "stage=invited": lambda world: None,
    "stage=revoked": lambda world: revoke(world.interview),
    "stage=recording": lambda world: answering.consent(world.interview, ai=True),
    "stage=withdrawn": lambda world: withdraw(world.interview),
    "needs=on": lambda world: ask_for_time(world.interview),
    "position={position}": lambda world: None,
    "since={today}&until={today}": lambda world: None,
    "decision=none": lambda world: None,
    "q=berg&stage=invited": lambda world: None,
}


@pytest.mark.parametrize("query", FILTERS)
def test_a_filter_shows_what_matches_it_and_nothing_else(query: str, world: World, ada: Client) -> None:
    elsewhere = comes(make_question_set(make_position("Elsewhere", world.ada)), "Eve Egge")
    Interview.objects.filter(pk=elsewhere.pk).update(created_at=timezone.now() - timedelta(days=40))
    FILTERS[query](world)
    address = query.format(position=world.position.pk, today=f"{world.interview.created_at:%Y-%m-%d}")
    both = query in ("stage=invited", "decision=none")
    assert names(ada, f"{LIST}?{address}") == (["Bo Berg", "Eve Egge"] if both else ["Bo Berg"])


def _parked(world: World) -> None:
    job = Job.objects.filter(interview=world.interview, state=Job.State.QUEUED).order_by("pk")[0]

    def fail(claim: jobs.Claim) -> list[int]:
        raise Permanent("the key was refused")

    jobs.run(job.pk, dict.fromkeys(WORK, fail))


HANDED_IN: dict[str, tuple[Callable[[World], object], str]] = {
    "is worked on": (lambda world: None, "working"),
    "is parked": (_parked, "working"),
    "is assessed": (lambda world: work_through(world.interview), "ready"),
    "was withdrawn": (lambda world: withdraw(world.interview), "withdrawn"),
}


@pytest.mark.leaves_loose_ends("what was handed in is looked at before it is worked off")
@pytest.mark.parametrize("what", HANDED_IN)
def test_what_was_handed_in_is_in_exactly_one_stage(what: str, submitted: World, ada: Client) -> None:
    change, stage = HANDED_IN[what]
    change(submitted)
    assert [it for it in STAGES if names(ada, f"{LIST}?stage={it}")] == [stage]
    assert names(ada, f"{LIST}?needs=on") == (["Bo Berg"] if what == "is parked" else [])


def test_what_waits_for_my_review_waits_until_i_have_done_it(submitted: World, ada: Client, kim: Client) -> None:
    work_through(submitted.interview)
    assert names(ada, f"{LIST}?waits=on") == ["Bo Berg"]
    assert "Your review" in ada.get(LIST).content.decode()
    review(submitted.interview, submitted.ada)
    assert names(ada, f"{LIST}?waits=on") == []
    assert names(kim, f"{LIST}?waits=on") == ["Bo Berg"]
    page = BeautifulSoup(ada.get(LIST).content, "html.parser")
    assert "A decision" in page.select("#rows [data-column=waits]")[0].get_text()
    decide(submitted.interview, submitted.ada, Decision.Outcome.HOLD, "not yet")
    assert names(ada, f"{LIST}?decision=hold") == ["Bo Berg"]
    assert names(ada, f"{LIST}?decision=reject") == names(ada, f"{LIST}?decision=none") == []
    assert "A decision" not in BeautifulSoup(ada.get(LIST).content, "html.parser").select("#rows")[0].get_text()


def test_part_of_an_address_that_is_not_understood_is_named_and_left_out(world: World, ada: Client) -> None:
    page = ada.get(f"{LIST}?stage=nonsense&since=yesterday&after=here&position=x&q=bo").content.decode()
    for name in ("stage", "since", "after", "position"):
        assert re.search(rf"was not understood.*\b{name}\b", page), name
    assert names(ada, f"{LIST}?stage=nonsense&q=bo&before=~") == ["Bo Berg"]


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


def test_the_row_of_a_page_and_the_row_sent_live_are_drawn_from_the_same_values(world: World) -> None:
    """What is kept of drawn rows is found by all values that a row has: none may be left out of the comparison."""
    [row] = stages.rows_of([world.interview.pk])
    assert all(hash(getattr(row, name)) is not None for name in row.__slots__)
    assert row == stages.rows_of([world.interview.pk])[0]
    withdraw(world.interview)
    assert row != stages.rows_of([world.interview.pk])[0]


def test_a_list_asks_for_one_page_of_ids(many: World) -> None:
    visible = Interview.objects.all()
    with CaptureQueriesContext(connection) as captured:
        page = listing.page(visible, many.ada, Wanted())
    assert (len(page.ids), len(captured)) == (PAGE_ROWS, 1)
    assert "OFFSET" not in captured[0]["sql"]
