"""An open page plus the feed equals the page fetched again, for every kind of event."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from bs4 import BeautifulSoup
from bs4.element import Tag
from django.db import transaction
from django.test import Client
from django.utils import timezone

from interviews.actions.invitations import invite, new_link
from interviews.actions.reopening import ask_again, reopen
from interviews.events import Kind, head, record
from interviews.models import Applicant, Event, Interview, Pause, Review
from interviews.standings import Verdict, standings
from interviews.topics import OPERATIONS, Following
from realtime import feed
from tests.changes import CHANGE, PREPARE, pause
from tests.engines import work_through
from tests.live_page import apply, cursor, page_of, read_again, seen
from tests.people import World, show_at_once


def test_every_kind_of_event_has_a_change() -> None:
    assert set(CHANGE) == set(Kind)


def _has_reviewed(world: World) -> None:
    Review.objects.create(interview=world.interview, reviewer=world.ada, state="done", done_at=timezone.now())


SEES: dict[str, Callable[[World], object]] = {
    "rates first": lambda world: None,
    "has reviewed": _has_reviewed,
    "sees at once": lambda world: show_at_once(world.position),
}
"""What Ada sees of levels while something happens."""
GOES_TO_ANOTHER_PAGE = {Kind.REOPENED, Kind.ERASED}
OF_LEVELS = {Kind.ASSESSED, Kind.SCORED, Kind.REVIEWED, Kind.NOTED, Kind.DECIDED}


@pytest.mark.parametrize(
    ("kind", "sees"),
    [(kind, sees) for kind in Kind for sees in SEES if sees != "sees at once" or kind in OF_LEVELS],
)
def test_live_page_equals_reloaded_page(
    kind: Kind, sees: str, request: pytest.FixtureRequest, ada: Client, kim: Client, bo: Client
) -> None:
    request.getfixturevalue("settings").SENDS_MAIL = kind is Kind.MAILED
    world: World = request.getfixturevalue(PREPARE.get(kind, "submitted"))
    pages = [(kim, "/hr-dashboard/accommodations/")]
    if not Interview.objects.get(pk=world.interview.pk).is_submitted and kind not in (Kind.REVOKED, Kind.NOT_MAILED):
        pages.append((bo, f"/interview/{world.interview.pk}/needs/"))  # in those two the link has ended
    pages += [(browser, "/hr-dashboard/") for browser in (ada, kim)]
    pages += [(ada, "/hr-dashboard/results/"), (ada, f"/hr-dashboard/results/{world.interview.pk}/review/")]
    invitations = f"/hr-dashboard/invitations/{world.position.pk}/"
    pages += [(ada, invitations), (ada, f"{invitations}{world.interview.pk}/")]
    if Interview.objects.get(pk=world.interview.pk).is_submitted:
        pages.append((ada, f"/hr-dashboard/positions/{world.position.pk}/compare/?question=1"))
    if kind in (Kind.REASSESSMENT, Kind.ASSESSMENT_ASKED, Kind.SCORED):
        pages.append((ada, f"/hr-dashboard/positions/{world.position.pk}/assess-again/"))
    if Interview.objects.get(pk=world.interview.pk).is_submitted and kind not in GOES_TO_ANOTHER_PAGE:
        pages.append((bo, f"/interview/{world.interview.pk}/"))
    at = f"/hr-dashboard/positions/{world.position.pk}/"
    counting = ["/hr-dashboard/invitations/", "/hr-dashboard/positions/", at]
    counting += [f"{at}{name}/" for name in ("ranking", "insight", "agreement")]
    pages += [(ada, address) for address in counting]
    SEES[sees](world)
    if kind is Kind.UNPAUSED:
        pause(world)
    opened = [page_of(browser, address) for browser, address in pages]
    before = head()

    CHANGE[kind](world)

    assert Event.objects.filter(number__gt=before, kind=kind).exists()
    changed = 0
    for (browser, address), page in zip(pages, opened, strict=True):
        topics, after = cursor(page)
        as_opened = seen(page)
        news = feed.since(after)
        if news is None or news.is_to_be_read_again(topics):
            if address in counting:
                reloaded = page_of(browser, address)
                read_again(page, reloaded)
                followed = seen(page)
                assert followed == seen(reloaded), address
                changed += followed != as_opened
                continue
            reasons = feed.REVIEW_BEGINS_OR_ENDS | feed.MOVES_LINES if news else feed.READ_AGAIN
            assert Event.objects.filter(number__gt=before, kind__in=reasons).exists(), address
            changed += 1
            continue
        following = Following(browser.session.session_key or "", frozenset(topics))
        assert standings([following])[following] is Verdict.WELCOME, address
        apply(page, news.html(topics))
        reloaded = page_of(browser, address)
        _without_newcomers(reloaded, page)
        followed = seen(page)
        assert followed == seen(reloaded), address
        changed += followed != as_opened
    assert changed or kind in (Kind.RECORDED, Kind.ASSESSMENT_STARTED, Kind.RECOVERED, Kind.RIGHTS), (
        "nothing on any page changed: proves nothing"
    )


def _without_newcomers(reloaded: BeautifulSoup, opened: BeautifulSoup) -> None:
    """Rows of a list that the opened page only says are there, and the rows around them."""
    listed = reloaded.select_one("[data-newcomers]")
    if listed is None:
        return
    for row in listed.select("tr[id]"):
        if opened.find(id=str(row["id"])) is None:
            row.decompose()
    for counter in reloaded.select("[data-count-of=rows]"):
        counter.string = str(len(listed.find_all(True, recursive=False)))


def test_the_studio_says_live_that_an_answer_is_wanted_again(answered: World, bo: Client) -> None:
    page = page_of(bo, f"/interview/{answered.interview.pk}/")
    topics, after = cursor(page)
    ask_again(answered.interview, answered.questions[0], "No sound.", 7, actor=answered.ada)
    news = feed.since(after)
    assert news is not None
    apply(page, news.html(topics))
    reloaded = page_of(bo, f"/interview/{answered.interview.pk}/")
    for part in ("again", "terms"):
        shown, fresh = page.find(id=part), reloaded.find(id=part)
        assert isinstance(shown, Tag) and str(shown) == str(fresh)
    assert "Why: No sound." in seen(page)


def test_the_receipt_says_live_that_the_interview_is_open_again(submitted: World, bo: Client) -> None:
    page = page_of(bo, f"/interview/{submitted.interview.pk}/")
    topics, after = cursor(page)
    reopen(submitted.interview, 7, actor=submitted.ada)
    news = feed.since(after)
    assert news is not None
    apply(page, news.html(topics))
    assert "Your interview is open again." in seen(page)


def test_interviews_that_come_are_not_put_among_the_rows_that_somebody_reads(world: World, ada: Client) -> None:
    page = page_of(ada, "/hr-dashboard/results/")
    topics, after = cursor(page)
    before = seen(BeautifulSoup(str(page), "html.parser"))
    newcomer, _token = invite(Applicant.objects.create(name="Eve", email="eve@example.com"), world.question_set)
    news = feed.since(after)
    assert news is not None
    html = news.html(topics)
    assert f'data-replace="row-{newcomer.pk}"' in html
    apply(page, html)
    assert seen(page) == before


def test_an_applicants_fragments_never_hold_a_score(submitted: World) -> None:
    work_through(submitted.interview)
    news = feed.since(0)
    assert news is not None
    html = news.html([f"applicant:{submitted.interview.pk}"])
    assert "progress" in html
    for word in ("score", "level", "Depth", "Care"):
        assert word not in html


def test_a_page_gets_only_what_it_follows(submitted: World) -> None:
    other, _token = invite(Applicant.objects.create(name="Dee Dahl", email="d@example.com"), submitted.question_set)
    news = feed.since(0)
    assert news is not None
    html = news.html([f"interview:{other.pk}"])
    assert str(other.pk) in html or "summary" in html
    assert str(submitted.interview.pk) not in html
    assert news.html([f"position:{submitted.position.pk + 1}"]) == ""


def test_what_cannot_be_drawn_keeps_nothing_else_back(submitted: World) -> None:
    Pause.objects.create(kind="of another version")  # of which the notice of pauses knows no words
    with transaction.atomic():
        record(Kind.DELAYED, submitted.interview)
    news = feed.since(head() - 1)
    assert news is not None
    html = news.html([f"interview:{submitted.interview.pk}", OPERATIONS])
    assert 'data-replace="summary"' in html and "outages" not in html


def test_a_renewed_link_is_an_event(world: World) -> None:
    before = head()
    new_link(world.interview)
    assert head() == before + 1
