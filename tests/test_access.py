"""Who may do what, at every address and on every topic: both are found in the registries of the product."""

from __future__ import annotations

import html
import json
import re
import uuid
from collections.abc import Callable, Iterable
from datetime import timedelta
from itertools import product
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User, update_last_login
from django.db import connection, transaction
from django.db.models import Model
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from interviews.actions import answering, uploading
from interviews.actions.invitations import invite, new_link, revoke
from interviews.events import Kind, head, record
from interviews.models import (
    Applicant,
    Decision,
    Event,
    Hidden,
    Interview,
    Job,
    Membership,
    Message,
    Position,
    Rubric,
    RubricVersion,
    SavedView,
    Segment,
    Session,
    ShareComment,
    ShareLink,
    ShareVisit,
    Take,
)
from interviews.processing.links import token_hash
from interviews.standings import Verdict, standings
from interviews.topics import OF_INTERVIEW, OF_POSITION, Following
from interviews.urls import urlpatterns
from project.urls import urlpatterns as site
from realtime import board
from realtime.feed import since
from tests.addresses import OURS, Subject, addresses, named
from tests.engines import SPOKEN
from tests.people import NOTE, World, everything, join_team, make_position, make_question_set, text_of
from tests.processes import ROOT
from tests.recorder import told
from tests.wire import OCTETS, TUS, metadata

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
SENT = {**TUS, "Range": "bytes=0-99", "Upload-Offset": "0"}
FOR_EVERYBODY = {"admin:login", "admin:jsi18n"}
OF_ITS_MOMENT = {"Content-Length", "Date", "Expires", "Last-Modified"}
CELLS_AT_LEAST = 5000
"""Addresses times methods times strangers. What is found by itself could also be lost by itself."""
TOPICS_AT_LEAST = len(OF_INTERVIEW) + len(OF_POSITION)
CHANGED: list[type[Model]] = [Take, Hidden, SavedView, ShareComment, ShareVisit]
SECRETS = {
    "the name": "Bo Berg",
    "the mail": "bo@example.com",
    "what was said": SPOKEN,
    "a note": NOTE,
    "the position": "Backend engineer",
}
"""Words that are Bo's, or his team's. No stranger is told one of them anywhere."""


def _cy(world: World) -> Client:
    """Recruits and invites for another position."""
    return _signed_in(world.cy)


def _on_another_team(role: Membership.Role) -> Callable[[World], Client]:
    def made(world: World) -> Client:
        person = User.objects.create_user(f"other {role}", "other@example.com", "-")
        join_team(Position.objects.get(title="Something else"), person, role)
        return _signed_in(person)

    return made


def _dee(world: World) -> Client:
    """An applicant for the same position, with a link of her own."""
    dee, browser = Applicant.objects.create(name="Dee Dahl", email="d@example.com"), Client()
    interview, token = invite(dee, world.question_set)
    assert browser.post(f"/interview/{interview.pk}/open/", {"token": token}).status_code == 302
    return browser


def _oz(world: World) -> Client:
    """From outside, with a link to an interview for another position."""
    elsewhere = Position.objects.get(title="Something else")
    mo = Applicant.objects.create(name="Mo Moor", email="mo@example.com")
    interview, token = invite(mo, make_question_set(elsewhere, 1))
    link = ShareLink.objects.create(  # as if it had been submitted
        interview=interview,
        name="Oz",
        hash=token_hash(token),
        shows_levels=True,
        made_by=world.cy,
        expires_at=timezone.now() + timedelta(days=1),
    )
    return _outsider(f"/shared/{link.pk}/", token)


def _outsider(address: str, token: str) -> Client:
    browser = Client()
    assert browser.post(f"{address}open/", {"token": token}).status_code == 302
    return browser


STRANGERS: dict[str, Callable[[World], Client]] = {
    "nobody": lambda world: Client(),
    "a recruiter of another team": _cy,
    "a reviewer of another team": _on_another_team(Membership.Role.REVIEWER),
    "a viewer of another team": _on_another_team(Membership.Role.VIEWER),
    "another applicant": _dee,
    "who has a share link of another interview": _oz,
}
"""Nothing that is Bo's, or his team's, is theirs."""
FRIENDS: dict[str, Callable[[World], Client]] = {
    "eve": lambda world: _signed_in(User.objects.get(username="eve")),
    "ada": lambda world: _signed_in(world.ada),
    "kim": lambda world: _signed_in(User.objects.get(username="kim")),
    "root": lambda world: _signed_in(User.objects.get(username="root")),
    "bo": lambda world: _opened(world),
    "olga": lambda world: _outsider(world.share, world.share_token),
}
"""Whatever there is belongs to one of them: Ada recruits, Eve has reviewed, Kim may arrange other conditions, and Olga
is from outside."""


def _opened(world: World) -> Client:
    browser = Client()
    browser.post(f"/interview/{world.interview.pk}/open/", {"token": world.token})
    return browser


def _signed_in(user: User) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


@pytest.fixture
def whole(submitted: World, kim: Client) -> World:
    """All that there can be."""
    User.objects.create_superuser("root", "root@example.com", "-")
    everything(submitted)
    return submitted


@pytest.fixture
def strangers(whole: World) -> dict[str, Client]:
    return {who: made(whole) for who, made in STRANGERS.items()}


def _ask(client: Client, method: str, path: str, **sent: Any) -> HttpResponse:
    reply: Any = client.generic(method, path, headers=SENT, **sent)
    return reply  # type: ignore[no-any-return]


def _form(world: World, link: ShareLink) -> dict[str, str]:
    """What names rows that are not part of the address."""
    typed = {"act": "hide", "interview": str(world.interview.pk), "share": str(link.pk)}
    typed["view"] = str(SavedView.objects.get().pk)
    return {"data": urlencode(typed), "content_type": "application/x-www-form-urlencoded"}


def _text(reply: HttpResponse) -> str:
    """What is in a reply, its headers too."""
    headers = {name: value for name, value in reply.headers.items() if name not in OF_ITS_MOMENT}
    return f"{headers} {reply.cookies} {text_of(reply)}"


def _secrets(text: str) -> list[str]:
    """Also those of which each word is an element of its own."""
    said = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", text))
    return [name for name, words in SECRETS.items() if words in text or words in said]


def _same(text: str, path: str) -> str:
    """Without what differs from one reply to the next, or only says what was asked."""
    text = text.replace(path, "").replace(quote(path), "")
    return re.sub(r"csrfmiddlewaretoken\W+value=\W+\w+|Set-Cookie: csrftoken=[^\r\n]*|/interview/[0-9a-f-]+", "", text)


def _counted() -> list[int]:
    """What a stranger could have changed; not all of it has an event. Their own lists they may take out."""
    happened = Event.objects.exclude(kind=Kind.EXPORTED, interview=None)
    good = ShareLink.objects.filter(revoked_at=None)
    return [happened.count(), good.count(), *(model._default_manager.count() for model in CHANGED)]


def test_every_address_is_asked_for() -> None:
    assert all(isinstance(pattern, URLPattern) and pattern.name for pattern in urlpatterns)
    assert {name for name, _route, _arguments in named()} > OURS


@pytest.mark.timeout(300)  # thousands of requests
def test_strangers_get_nothing_and_change_nothing_at_any_address(
    whole: World, strangers: dict[str, Client], record_property: Callable[[str, object], None]
) -> None:
    """A page for everybody may come, if the same comes for what is not there; and one's own list, without Bo in it."""
    asked = list(addresses(Subject(whole.position, whole.interview)))
    missing = OURS - {address.name for address in asked}
    assert not missing, f"no row to ask {missing} about: let tests/people.py `everything` make one"
    form = _form(whole, ShareLink.objects.get(revoked_at=None, interview=whole.interview))
    before = _counted()
    leaks, cells = [], 0
    for address, (who, client) in product(asked, strangers.items()):
        for method in METHODS if address.name in OURS and address.name != "sign-out" else ("GET",):
            reply, cells = _ask(client, method, address.path, **form), cells + 1
            text = _text(reply)
            leaks += [f"{method} {address.name} tells {who} {secret}" for secret in _secrets(text)]
            if 200 <= reply.status_code < 300 and address.is_owned:
                other = _ask(client, method, address.elsewhere)
                if reply.status_code != other.status_code or (
                    _same(text, address.path) != _same(_text(other), address.elsewhere)
                ):
                    leaks.append(f"{method} {address.name} answers {reply.status_code} to {who}")
            if address.name.startswith("admin:") and address.name not in FOR_EVERYBODY and reply.status_code < 300:
                leaks.append(f"{method} {address.name} answers {reply.status_code} to {who}")
    record_property("cells of the access matrix", cells)
    assert leaks == [], f"{len(leaks)} of {cells} cells"
    assert _counted() == before
    assert cells >= CELLS_AT_LEAST


def test_every_address_is_somebodys(whole: World) -> None:
    """Or what is refused to strangers above would be refused to everybody, and prove nothing."""
    sign_in = f"{reverse('sign-in')}?"
    found: set[str] = set()
    seen: set[str] = set()
    asked = list(addresses(Subject(whole.position, whole.interview)))
    friends = [made(whole) for made in FRIENDS.values()]
    form = _form(whole, ShareLink.objects.exclude(revoked_at=None).get())
    for method in ("GET", "POST", "PUT", "HEAD", "DELETE"):
        for address, client in product((it for it in asked if it.name in OURS - found), friends):
            if address.name not in found:
                reply = _ask(client, method, address.path, **form)
                seen.update(_secrets(_text(reply)))
                is_sent_away = reply.headers.get("Location", "").startswith(sign_in)
                if reply.status_code not in (403, 404, 405) and not is_sent_away:
                    found.add(address.name)
        friends = [made(whole) for made in FRIENDS.values()]  # some may have signed out
    assert found == OURS - {"api-nothing"}  # which says to everybody that there is nothing
    assert seen == SECRETS.keys(), "a secret that nobody can see proves nothing"


def test_who_is_not_signed_in_comes_back_to_where_they_were_going(whole: World) -> None:
    for address in addresses(Subject(whole.position, whole.interview)):
        if address.is_owned and address.is_hr and (reply := Client().get(address.path)).status_code != 405:
            assert (reply.status_code, reply["Location"]) == (302, f"{reverse('sign-in')}?next={address.path}")


def test_a_form_from_elsewhere_is_refused_everywhere(whole: World) -> None:
    root = _signed_in(User.objects.get(username="root"))
    root.handler.enforce_csrf_checks = True
    before = head()
    for address in addresses(Subject(whole.position, whole.interview)):
        if address.name in OURS and not address.is_api:  # there, no session counts: see test_api.py
            reply = root.post(address.path)
            assert reply.status_code == 403 and b"This page was open too long" in reply.content, address.name
    assert head() == before


def test_a_slice_from_elsewhere_is_refused(answered: World, bo: Client, speech: bytes) -> None:
    begun = uploading.begin(answered.interview, answered.questions[1].pk, uploading.Sender("video/webm"))
    path = f"/interview/{answered.interview.pk}/uploads/{begun.pk}/"
    sent: dict[str, Any] = {"data": speech[:1000], "content_type": OCTETS}
    bo.handler.enforce_csrf_checks = True
    assert _ask(bo, "PATCH", path, **sent).status_code == 403
    assert Segment.objects.latest("created_at").received == 0
    sent["HTTP_X_CSRFTOKEN"] = bo.get(f"/interview/{answered.interview.pk}/").cookies["csrftoken"].value
    assert _ask(bo, "PATCH", path, **sent).status_code == 204


def test_health_is_for_everybody_and_says_nothing_else() -> None:
    entries: list[Any] = list(site)
    assert [str(entry.pattern) for entry in entries] == [
        "",
        "admin/login/",
        "admin/password_change/",
        "admin/r/<path:rest>",
        "admin/",
        "language/",
        "health/live",
        "health/ready",
        "metrics",
    ]
    assert Client().get("/health/live").json() == {"status": "alive"}


@pytest.mark.django_db
def test_health_asks_the_database() -> None:
    assert Client().get("/health/ready").json() == {"status": "ready"}


def test_another_applicants_recording_is_unknown_under_ones_own_interview(
    answered: World, bo: Client, ada: Client
) -> None:
    dee = _dee(answered)
    take = Take.objects.filter(interview=answered.interview).earliest("created_at")
    hers = Interview.objects.get(applicant__name="Dee Dahl")
    answering.consent(hers, ai=True)
    segment = take.segments.get()
    own = f"/interview/{answered.interview.pk}/uploads/{segment.pk}/"
    mixed = f"/interview/{hers.pk}/uploads/{segment.pk}/"
    assert bo.head(own, headers=TUS).status_code == 200
    for method in ("head", "patch", "delete"):
        headers = {**TUS, "Upload-Offset": "0"}
        reply = getattr(dee, method)(mixed, content_type=OCTETS, headers=headers)
        assert reply.status_code == 404, method
    mixed = f"/interview/{hers.pk}/takes/{take.pk}/"
    assert dee.get(f"{mixed}media/").status_code == 404
    body = {"segments": [told(segment)], "writer": "tab"}
    for deed in ("finish", "claim"):
        assert dee.post(f"{mixed}{deed}/", body, content_type="application/json").status_code == 404
    more = {**TUS, "Upload-Defer-Length": "1", "Upload-Metadata": metadata(take=str(take.pk), filetype="video/webm")}
    assert dee.post(f"/interview/{hers.pk}/uploads/", headers=more).status_code == 404
    assert ada.get(f"/hr-dashboard/results/{hers.pk}/takes/{take.pk}/originals/1/").status_code == 404


def test_who_is_on_a_team_reads_rubrics_and_only_recruiters_write_them(answered: World, ada: Client) -> None:
    version = RubricVersion.objects.create(rubric=Rubric.objects.create(name="Unfinished"))
    page = f"/hr-dashboard/rubrics/{version.pk}/"
    draft = {"name": "Mine", "edits": "0", "criteria-TOTAL_FORMS": "0", "criteria-INITIAL_FORMS": "0"}
    join_team(answered.position, answered.ada)
    assert b"Unfinished" in ada.get(page).content
    assert b"<textarea" not in ada.get(page).content
    for address in (page, f"{page}copy/", "/hr-dashboard/rubrics/new/"):
        assert ada.post(address, draft).status_code == 403, address
    assert ada.get("/hr-dashboard/rubrics/new/").status_code == 403
    answered.position.team.remove(answered.ada)
    assert b"Unfinished" not in ada.get("/hr-dashboard/rubrics/").content
    for address in (page, f"{page}preview/"):
        assert ada.get(address).status_code == 404
    assert ada.post(page, draft).status_code == 404
    assert RubricVersion.objects.get(pk=version.pk).edits == 0


def test_an_account_that_was_closed_sees_nothing(answered: World, ada: Client) -> None:
    assert ada.get(f"/hr-dashboard/results/{answered.interview.pk}/review/").status_code == 200
    User.objects.filter(pk=answered.ada.pk).update(is_active=False)
    assert ada.get(f"/hr-dashboard/results/{answered.interview.pk}/review/").status_code == 302


def test_who_leaves_the_team_sees_nothing_more(answered: World, ada: Client) -> None:
    assert b"Bo Berg" in ada.get("/hr-dashboard/results/").content
    answered.position.team.remove(answered.ada)
    assert b"Bo Berg" not in ada.get("/hr-dashboard/results/").content
    assert ada.get(f"/hr-dashboard/results/{answered.interview.pk}/review/").status_code == 404


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
        said = re.search(r'data-topics="([^"]+)"', _text(_ask(client, "GET", address.path)))
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
            assert _secrets(news.html(followed)) == [], who

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
                said = re.search(r'data-topics="([^"]+)"', _text(_ask(client, "GET", address.path)))
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
        pages = [Following(key, frozenset({f"position:{answered.position.pk}", f"position:{n}"})) for n in range(1000)]
        pages += [Following(uuid.uuid4().hex, frozenset({f"interview:{uuid.uuid4()}"})) for _ in range(1000)]
        with django_assert_max_num_queries(8):
            verdicts = standings(pages)
        assert [page for page, verdict in verdicts.items() if verdict is Verdict.WELCOME] == [
            Following(key, frozenset({f"position:{answered.position.pk}"}))
        ]


RIGHTS_CHANGE: dict[str, Callable[[World], object]] = {
    "leaves the team": lambda world: world.position.team.remove(world.ada),
    "joins a team": lambda world: join_team(world.position, world.cy),
    "joins a team in bulk": lambda world: world.position.team.add(world.cy),
    "may invite no more": lambda world: join_team(world.position, world.ada),
    "the team is emptied": lambda world: world.position.team.clear(),
    "reviews are done": lambda world: _reviewed(world),
    "is closed": lambda world: _saved(world.ada, is_active=False),
    "becomes a superuser": lambda world: _saved(world.ada, is_superuser=True),
    "has a new password": lambda world: _saved(world.ada, password=make_password("another")),
    "is deleted": lambda world: world.cy.delete(),
    "signs out": lambda world: Session.objects.latest("expire_date").delete(),
    "a position is made": lambda world: make_position("Another", world.cy),
    "a link is revoked": lambda world: revoke(world.interview),
}


def _reviewed(world: World) -> None:
    with transaction.atomic():
        record(Kind.REVIEWED, world.interview, actor=world.ada)


def _saved(user: User, **values: Any) -> None:
    for name, value in values.items():
        setattr(user, name, value)
    user.save()


@pytest.mark.parametrize("change", RIGHTS_CHANGE)
def test_open_pages_are_told_of_a_change_of_rights(change: str, world: World, ada: Client) -> None:
    before = head()
    RIGHTS_CHANGE[change](world)
    news = since(before)
    assert news is not None
    page = Following("", frozenset({f"applicant:{world.interview.pk}", f"interview:{world.interview.pk}"}))
    assert list(news.whose_rights_changed([page])) == [page]


def test_a_revoked_link_asks_again_about_its_own_pages_alone(world: World) -> None:
    before = head()
    revoke(world.interview)
    news = since(before)
    assert news is not None
    others = [Following("", frozenset({f"position:{world.position.pk}", f"interview:{world.interview.pk}"}))]
    assert list(news.whose_rights_changed(others)) == []


def test_a_sign_in_and_the_clearing_of_old_sessions_are_no_change_of_rights(world: World, ada: Client) -> None:
    before = head()
    update_last_login(User, world.ada)
    Session.objects.update(expire_date=timezone.now())
    Session.objects.all().delete()
    assert head() == before


def test_no_table_holds_a_token(world: World, bo: Client) -> None:
    """After it was used, too: the session holds the hash."""
    token = world.token
    assert len(bytes.fromhex(token)) * 8 >= 128
    assert bo.get(f"/interview/{world.interview.pk}/").status_code == 200
    session = bo.session.get_decoded() if hasattr(bo.session, "get_decoded") else dict(bo.session.items())
    assert token not in json.dumps(session)
    with connection.cursor() as cursor:
        seen = 0
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608
            rows = cursor.fetchall()
            seen += len(rows)
            assert token not in repr(rows), table
    assert seen > 20
