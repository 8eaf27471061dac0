"""What an engine suggested, and what others rated, reaches nobody before their own review: at no address of the site,
in no frame. Addresses and topics come from the registries of the product, so that a new one is looked at by itself."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from decimal import Decimal
from itertools import chain, combinations

import pytest
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from interviews.actions import noting
from interviews.actions.explaining import explain
from interviews.actions.reviewing import Rated, decide, rate
from interviews.actions.sharing import Outsider, share
from interviews.models import Assessment, Decision, Interview, Result, ShareComment
from interviews.queries.ratings import places
from interviews.standings import Verdict, standings
from interviews.topics import OF_INTERVIEW, OF_POSITION, OPERATIONS, OVERVIEW, POSITIONS, Following, of_reader, of_role
from realtime import feed
from tests.addresses import OURS, Subject, addresses
from tests.engines import work_through
from tests.people import World, review, text_of

MARKS = {
    "reason": "zebra-reason",
    "quote": "zebra quote of four words",
    "span": 'data-first-word="3"',
    "cited word": 'class="cited"',
    "level": r"Level 4 of 5|is-level|level-suggested",
    "score": r"(?<!\d)2[.,]37(?!\d)|>2[.,]4<",  # not the seconds of a moment
    "basis of the score": r"6 of 6 criteria",
    "another's note": "zebra-note",
    "another's reason": "zebra-why",
    "an outsider's comment": "zebra-comment",
    "what another noted": "zebra-noted",
}
UNSCORED = "zebra-unscored"
ENDS_THE_SESSION = {"sign-out", "admin:logout"}


def _marks(text: str) -> set[str]:
    return {name for name, mark in MARKS.items() if re.search(mark, text)} | (
        {UNSCORED} & {*re.findall(UNSCORED, text)}
    )


@pytest.fixture
def marked(submitted: World) -> World:
    """Assessed, with words and numbers that stand nowhere else; reviewed and decided about by Eve."""
    work_through(submitted.interview)
    submitted.interview.refresh_from_db()
    Assessment.objects.update(
        reason="zebra-reason", quotes=[{"text": "zebra quote of four words", "first_word": 3, "last_word": 8}]
    )
    Result.objects.update(score=Decimal("2.37"))
    eve = User.objects.create_user("eve", "eve@example.com", "-")
    submitted.position.team.add(eve)
    answer, criterion = places(submitted.interview)[0]
    review(submitted.interview, eve, 1)
    rate(submitted.interview, eve, Rated(answer.pk, criterion.pk, 2, "zebra-note", "zebra-revised"))
    noting.note(submitted.interview, eve, noting.Noted(uuid.uuid4(), answer.take_id, 3, "zebra-noted", 0))
    decide(submitted.interview, eve, Decision.Outcome.REJECT, "zebra-why")
    link, _token = share(submitted.interview, Outsider("Olga", ""), 7, shows_levels=True, by=eve)
    ShareComment.objects.create(link=link, answer=answer, take=answer.take, text="zebra-comment")
    return submitted


def _bodies(browser: Client, world: World) -> Iterator[tuple[str, str]]:
    for address in list(addresses(Subject(world.position, world.interview))):
        if address.name in ENDS_THE_SESSION:
            continue
        path = address.path
        replies = [browser.get(path, headers={"Range": "bytes=0-9999"})]  # files are not drawn: some of each will do
        if address.name in OURS:
            replies += [browser.post(path), browser.post(path, headers={"Accept": "application/json"})]
        for reply in replies:
            yield path, text_of(reply)


def _at_addresses(browser: Client, world: World) -> dict[str, set[str]]:
    """By address, what is seen there."""
    found: dict[str, set[str]] = {}
    for address, body in _bodies(browser, world):
        if marks := _marks(body):
            found.setdefault(address, set()).update(marks)
    return found


def _in_frames(browser: Client, world: World) -> set[str]:
    """What is seen in all frames together that a page can get which follows any of all the topics there are."""
    topics = [f"{audience}:{world.interview.pk}" for audience in OF_INTERVIEW]
    topics += [f"{audience}:{world.position.pk}" for audience in OF_POSITION] + [OPERATIONS, POSITIONS, OVERVIEW]
    topics += [
        of_reader(world.interview.pk, user) for user in User.objects.filter(pk=browser.session.get(SESSION_KEY, 0))
    ]
    key = browser.session.session_key or ""
    sets = chain.from_iterable(combinations(topics, size) for size in range(1, len(topics) + 1))
    verdicts = standings([Following(key, frozenset(some)) for some in sets])
    welcome = {following.topics for following, verdict in verdicts.items() if verdict is Verdict.WELCOME}
    news = feed.since(0)
    assert news is not None and welcome
    return set().union(*(_marks(news.html(topics)) for topics in welcome))


def test_nothing_is_told_before_ones_own_review_and_all_of_it_after(marked: World, ada: Client, root: Client) -> None:
    for browser in (ada, root):
        assert _at_addresses(browser, marked) == {}
        assert _in_frames(browser, marked) == set()
    review(marked.interview, marked.ada)
    seen = _at_addresses(ada, marked)
    assert set().union(*seen.values()) == set(MARKS)
    assert reverse("results") in seen and reverse("review", args=[marked.interview.pk]) in seen
    assert _in_frames(ada, marked) == set(MARKS)
    assert _at_addresses(root, marked) == {}, "another's review revealed it"
    assert _in_frames(root, marked) == set()


def test_an_applicant_sees_none_of_it_but_in_an_explanation(marked: World, bo: Client) -> None:
    explanation = reverse("interview-explanation", args=[marked.interview.pk])
    assert (_at_addresses(bo, marked), _in_frames(bo, marked)) == ({}, set())
    eve = User.objects.get(username="eve")
    explain(marked.interview, eve, with_reason=False)
    # Marks may not withdraw what the pages above were asked for: each is asked again.
    assert _marks(bo.get(explanation).content.decode()) == {"reason", "quote"}
    assert _in_frames(bo, marked) == set()


def test_not_even_that_there_is_no_score_is_told(marked: World, ada: Client) -> None:
    Result.objects.update(score=None, unscored_reason=UNSCORED)
    for page in ("/hr-dashboard/results/", f"/hr-dashboard/results/{marked.interview.pk}/review/"):
        assert _marks(ada.get(page).content.decode()) == set()
    assert _in_frames(ada, marked) == set()
    review(marked.interview, marked.ada)
    assert UNSCORED in ada.get("/hr-dashboard/results/").content.decode()


def test_what_is_not_revealed_cannot_be_found_by_searching_for_it(marked: World, root: Client) -> None:
    for asked in ("assessments__level=4", "result__score__gte=2", "assessments__reason__contains=zebra"):
        assert root.get(f"/admin/interviews/assessmentrun/?{asked}").status_code == 400
    for asked in ("runs__result__score__gte=2", "answers__assessments__level=4", "reviews__ratings__level=1"):
        assert root.get(f"/admin/interviews/interview/?{asked}").status_code == 400


def test_a_page_says_which_topics_it_follows_and_follows_what_it_shows(marked: World, ada: Client) -> None:
    def followed() -> list[str]:
        page = ada.get(reverse("review", args=[marked.interview.pk])).content.decode()
        found = re.search(r'data-topics="([^"]*)"', page)
        assert found is not None
        topics: list[str] = json.loads(found[1].replace("&quot;", '"'))
        return topics

    own = [of_role(marked.interview.pk, judges=True), of_reader(marked.interview.pk, marked.ada)]
    assert followed() == [f"interview:{marked.interview.pk}", *own, OPERATIONS]
    review(marked.interview, marked.ada)
    assert followed() == [f"levels:{marked.interview.pk}", f"ratings:{marked.interview.pk}", *own, OPERATIONS]
    assert Interview.objects.count() == 1
