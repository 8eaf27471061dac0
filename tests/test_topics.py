"""Who may follow what, on every topic: they are found in the registry of the product."""

from __future__ import annotations

import html
import json
import re
import uuid
from collections.abc import Iterable
from itertools import product

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from interviews.actions.invitations import new_link, revoke
from interviews.models import Decision, Job, Message, Session
from interviews.standings import Verdict, standings
from interviews.topics import OF_INTERVIEW, OF_POSITION, Following
from realtime import board
from realtime.feed import since
from tests.addresses import OURS, Subject, addresses
from tests.people import World, join_team, make_position
from tests.processes import ROOT
from tests.strangers import FRIENDS, ask, secrets_in, text_in

TOPICS_AT_LEAST = len(OF_INTERVIEW) + len(OF_POSITION)


def _followed(client: Client, topics: Iterable[str]) -> set[str]:
    """Those of the topics that this visitor may follow, each asked for by itself."""
    key = client.session.session_key or ""
    alone = {topic: Following(key, frozenset({topic})) for topic in topics}
    verdicts = standings(alone.values())
    return {topic for topic, following in alone.items() if verdicts[following] is Verdict.WELCOME}


def _pages(world: World) -> set[frozenset[str]]:
    """What pages follow that are Bo's, or his team's."""
    found = set()
    friends = [made(world) for who, made in FRIENDS.items() if who != "root"]
    asked = [it for it in addresses(Subject(world.position, world.interview)) if it.name in OURS]
    for address, client in product(asked, friends):
        said = re.search(r'data-topics="([^"]+)"', text_in(ask(client, "GET", address.path)))
        found |= {frozenset(json.loads(html.unescape(said[1])))} if said else set()
    return found


def _topics(world: World, pages: set[frozenset[str]]) -> set[str]:
    """Those of the registry and those that pages follow, but for those that are about nobody's interview."""
    found = {f"{audience}:{world.interview.pk}" for audience in OF_INTERVIEW}
    found |= {f"{audience}:{world.position.pk}" for audience in OF_POSITION}
    return found | {topic for topic in set().union(*pages) if ":" in topic}


def _sent(sets: Iterable[Iterable[str]]) -> str:
    """To pages that follow these, of all that happened."""
    news = since(0)
    assert news is not None
    return "".join(news.html(topics) for topics in sets)


def _fragments(text: str) -> set[str]:
    return set(re.findall(r'data-replace="([a-z]+)', text))


def _welcome(client: Client, sets: Iterable[Iterable[str]]) -> set[str]:
    """Those of the topics that this visitor may follow in one of these sets."""
    asked = {Following(client.session.session_key or "", frozenset(topics)) for topics in sets}
    verdicts = standings(asked)
    return set().union(*(following.topics for following in asked if verdicts[following] is Verdict.WELCOME))


class TestTopics:
    def test_strangers_follow_nothing_and_are_sent_nothing(self, whole: World, strangers: dict[str, Client]) -> None:
        pages = _pages(whole)
        theirs, everybodys = _topics(whole, pages), {t for page in pages for t in page if ":" not in t}
        news = since(0)
        assert news is not None and len(theirs) >= TOPICS_AT_LEAST
        for who, client in strangers.items():
            followed = _welcome(client, [*pages, *({topic} for topic in theirs | everybodys)])
            assert not followed & theirs, who
            assert secrets_in(news.html(followed)) == [], who

    def test_every_topic_is_somebodys_and_every_fragment_is_sent(self, whole: World) -> None:
        pages = _pages(whole)
        theirs = _topics(whole, pages)
        sets = [*pages, *({topic} for topic in theirs)]
        assert set().union(*(_welcome(made(whole), sets) for made in FRIENDS.values())) >= theirs
        sent = _fragments(_sent(sets))
        Decision.objects.all().delete()
        Job.objects.filter(state=Job.State.QUEUED, interview=whole.interview).update(
            state=Job.State.PARKED, problem="The key was refused."
        )
        Message.objects.create(interview=whole.interview, kind=Message.Kind.RECEIPT, state=Message.State.FAILED)
        sent |= _fragments(_sent(sets)) | _fragments(board.drawn({"en"})["en"])
        assert sent == _fragments((ROOT / "templates" / "live" / "update.html").read_text("utf-8"))

    def test_every_page_follows_what_its_visitor_may_follow(self, whole: World) -> None:
        """Or it would be told to fetch itself again for ever."""
        for made in FRIENDS.values():
            client = made(whole)
            for address in [it for it in addresses(Subject(whole.position, whole.interview)) if it.name in OURS]:
                said = re.search(r'data-topics="([^"]+)"', text_in(ask(client, "GET", address.path)))
                page = frozenset(json.loads(html.unescape(said[1]))) if said else frozenset()
                assert _welcome(client, [page]) == page, address.name

    def test_who_is_on_the_team_and_no_recruiter_follows_no_invitation(self, answered: World, ada: Client) -> None:
        asked = {f"invitation:{answered.interview.pk}", f"invitations:{answered.position.pk}"}
        assert _followed(ada, asked) == asked
        join_team(answered.position, answered.ada)
        assert not _followed(ada, asked)

    def test_a_page_is_refused_as_a_whole_for_one_topic_that_is_not_its_visitors(
        self, answered: World, ada: Client
    ) -> None:
        good, bad = f"position:{answered.position.pk}", f"position:{make_position('Elsewhere', answered.cy).pk}"
        both = Following(ada.session.session_key or "", frozenset({good, bad}))
        assert standings([both]) == {both: Verdict.REFUSED}

    def test_a_list_of_everything_is_outdated_when_its_visitor_sees_more_or_less(
        self, answered: World, ada: Client
    ) -> None:
        first = f"position:{answered.position.pk}"
        everything = Following(ada.session.session_key or "", frozenset({"positions", first}))
        assert standings([everything]) == {everything: Verdict.WELCOME}
        make_position("Another", answered.ada)
        assert standings([everything]) == {everything: Verdict.OUTDATED}
        User.objects.filter(pk=answered.ada.pk).update(is_active=False)
        assert standings([everything]) == {everything: Verdict.REFUSED}

    @pytest.mark.parametrize(
        "topic",
        [
            *("", ":", "\0", "interview", "interview:", "interview:x", "interview:None", "interview:{upper}"),
            *("everything:1", "applicant:" + "0" * 32, "hex:{hex}", "interview:{hex}"),
            *("position:", "position:-1", "position:1 OR 1=1", "position:²", "position:\0", "position:1:2"),
            *("position:" + "9" * 400, "position:0{position}", "position:٣"),
        ],
    )
    def test_a_topic_that_is_none_is_refused_and_breaks_nothing(self, world: World, topic: str) -> None:
        root = Client()
        root.force_login(User.objects.create_superuser("root", "root@example.com", "-"))
        pk = world.interview.pk
        text = topic.format(upper=str(pk).upper(), position=world.position.pk, hex=pk.hex)
        good = f"interview:{pk}"
        assert _followed(root, [text, good]) == {good}

    def test_a_link_that_ended_ends_its_topic(self, world: World, bo: Client) -> None:
        topic = f"applicant:{world.interview.pk}"
        assert _followed(bo, [topic]) == {topic}
        revoke(world.interview)
        assert not _followed(bo, [topic])
        new_link(world.interview)
        assert not _followed(bo, [topic])

    def test_a_session_that_ended_or_belongs_to_an_old_password_follows_nothing(
        self, answered: World, ada: Client
    ) -> None:
        topic = f"position:{answered.position.pk}"
        assert _followed(ada, [topic]) == {topic}
        Session.objects.update(expire_date=timezone.now())
        assert not _followed(ada, [topic])
        ada.force_login(answered.ada)
        assert _followed(ada, [topic]) == {topic}
        answered.ada.set_password("another")
        answered.ada.save()
        assert not _followed(ada, [topic])

    def test_a_thousand_pages_are_asked_about_in_as_many_queries_as_one(
        self, answered: World, ada: Client, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        key = ada.session.session_key or ""
        mine = f"position:{answered.position.pk}"
        pages = [Following(key, frozenset({mine, f"position:{answered.position.pk + n}"})) for n in range(1000)]
        pages += [Following(uuid.uuid4().hex, frozenset({f"interview:{uuid.uuid4()}"})) for _ in range(1000)]
        with django_assert_max_num_queries(8):
            verdicts = standings(pages)
        assert [page for page, verdict in verdicts.items() if verdict is Verdict.WELCOME] == [pages[0]]
