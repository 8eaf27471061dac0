"""Pages that the feed cannot bring up to date are told so: they are to be read again."""

from __future__ import annotations

import pytest
from asgiref.sync import async_to_sync
from django.db import transaction
from django.test import Client

from interviews.events import Kind, head, record
from interviews.standings import Verdict, standings
from interviews.topics import Following
from realtime import feed, hub
from tests.changes import CHANGE
from tests.engines import work_through
from tests.live_page import cursor, page_of
from tests.people import World, review, show_at_once


@pytest.mark.parametrize("at_once", [False, True])
def test_whoever_finishes_a_review_has_the_other_pages_read_again(
    submitted: World, ada: Client, kim: Client, at_once: bool
) -> None:
    work_through(submitted.interview)
    if at_once:
        show_at_once(submitted.position)
    pages = ["/hr-dashboard/results/", f"/hr-dashboard/results/{submitted.interview.pk}/review/"]
    asked = {
        (who, path): Following(browser.session.session_key or "", frozenset(cursor(page_of(browser, path))[0]))
        for who, browser in (("ada", ada), ("kim", kim))
        for path in pages
    }
    before = head()
    review(submitted.interview, submitted.ada)
    news = feed.since(before)
    assert news is not None
    assert set(news.whose_rights_changed(asked.values())) == set(asked.values())
    verdicts = standings(asked.values())
    for (who, path), following in asked.items():
        assert verdicts[following] is (Verdict.OUTDATED if who == "ada" else Verdict.WELCOME), (who, path)
    again = Following(ada.session.session_key or "", frozenset(cursor(page_of(ada, pages[1]))[0]))
    assert standings([again])[again] is Verdict.WELCOME


def test_where_people_rate_first_from_now_on_pages_that_show_levels_are_read_again(
    submitted: World, ada: Client
) -> None:
    show_at_once(submitted.position)
    address = f"/hr-dashboard/results/{submitted.interview.pk}/review/"
    topics, after = cursor(page_of(ada, address))
    assert f"levels:{submitted.interview.pk}" in topics
    submitted.position.save()
    assert feed.since(after) is None
    following = Following(ada.session.session_key or "", frozenset(topics))
    assert standings([following])[following] is Verdict.OUTDATED
    assert f"levels:{submitted.interview.pk}" not in cursor(page_of(ada, address))[0]


@pytest.mark.parametrize("change", [Kind.SUBMITTED, Kind.WITHDRAWN])
def test_what_the_applicant_did_in_one_tab_has_their_other_tabs_read_again(
    change: Kind, answered: World, bo: Client
) -> None:
    opened = {path: cursor(page_of(bo, f"/interview/{answered.interview.pk}/{path}")) for path in ("", "needs/")}
    CHANGE[change](answered)
    for topics, after in opened.values():
        news = feed.since(after)
        assert news is not None and news.is_to_be_read_again(topics)


def test_who_is_too_far_behind_starts_over(world: World) -> None:
    with transaction.atomic():
        for _ in range(feed.REPLAY_AT_MOST + 1):
            record(Kind.STARTED, world.interview)
    assert feed.since(0) is None
    assert feed.since(head() - 1) is not None


@pytest.mark.parametrize("change", [Kind.RULES, Kind.SUBMITTED])
def test_who_missed_that_a_page_is_to_be_read_again_is_told_when_it_comes_back(
    change: Kind, answered: World, ada: Client
) -> None:
    topics, after = cursor(page_of(ada, f"/hr-dashboard/results/{answered.interview.pk}/review/"))
    CHANGE[change](answered)
    following = Following(ada.session.session_key or "", frozenset(topics))
    asks = {hub.Ask(following, after), hub.Ask(following, head())}
    replies = async_to_sync(hub._read_replies)(head(), asks)
    assert replies[hub.Ask(following, after)] == (Verdict.WELCOME, hub.START_OVER)
    assert replies[hub.Ask(following, head())][1] is not hub.START_OVER
