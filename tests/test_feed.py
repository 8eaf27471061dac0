"""An open page plus the feed equals the page fetched again, for every kind of event."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync
from bs4 import BeautifulSoup
from bs4.element import Tag
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client
from django.utils import timezone

from interviews.actions import answering, operating, reassessing
from interviews.actions.assessing import assess_again
from interviews.actions.choosing import choose
from interviews.actions.correcting import correct
from interviews.actions.explaining import explain
from interviews.actions.exporting import note as note_export
from interviews.actions.holding import lift_hold, place_hold
from interviews.actions.invitations import Person, invite, mail, new_link, revoke
from interviews.actions.joining import join, make_public_link
from interviews.actions.needs import accommodate, answer_extension, ask_for_accommodation, ask_for_time
from interviews.actions.noting import Noted, note
from interviews.actions.rendering import make_again
from interviews.actions.reopening import ask_again, reopen
from interviews.actions.reviewing import Rated, decide, rate, take_back
from interviews.actions.sharing import Outsider, comment, end_share, share, visited
from interviews.actions.withdrawing import ask_for_erasure, call_erasure_back, withdraw
from interviews.engines.errors import Permanent, RetryLater
from interviews.events import Kind, head, record
from interviews.models import (
    Accommodation,
    Answer,
    Applicant,
    Decision,
    Event,
    Interview,
    Job,
    Message,
    Pause,
    Position,
    ProviderHealth,
    Review,
    ShareLink,
    ShareVisit,
    SignOfLife,
    Take,
)
from interviews.processing import erasing, jobs, providers
from interviews.processing.uptime import beat
from interviews.queries.ratings import places
from interviews.standings import Verdict, standings
from interviews.tasks import WORK
from interviews.topics import OPERATIONS, Following
from realtime import feed, hub
from tests.engines import make_ready, work_through
from tests.people import World, review, show_at_once


def _fails(error: Exception) -> Callable[[jobs.Claim], list[int]]:
    def work(claim: jobs.Claim) -> list[int]:
        raise error

    return work


def _run_first_job(world: World, error: Exception) -> None:
    job = Job.objects.filter(interview=world.interview, state=Job.State.QUEUED).order_by("pk")[0]
    jobs.run(job.pk, dict.fromkeys(WORK, _fails(error)))


def _invited(world: World) -> None:
    invite(Applicant.objects.create(name="Dee Dahl", email="dee@example.com"), world.question_set)


def _mailed(world: World) -> None:
    mail(world.interview, Message.Kind.INVITATION)
    jobs.run(Job.objects.filter(kind=Job.Kind.MAIL).latest("pk").pk, WORK)


def _not_mailed(world: World) -> None:
    mail(world.interview, Message.Kind.INVITATION)
    revoke(world.interview)
    jobs.run(Job.objects.filter(kind=Job.Kind.MAIL).latest("pk").pk, WORK)


def _started(world: World) -> None:
    answering.consent(world.interview, ai=True)


def _recorded(world: World) -> None:
    """The answers of `answered` are there already; the event is what `finish_take` records with each."""
    with transaction.atomic():
        record(Kind.RECORDED, world.interview, answer=world.interview.answers.first())


def _chosen(world: World) -> None:
    """Two recordings of the first question; the older one is chosen."""
    older, newer = Take.objects.filter(interview=world.interview, question=world.questions[0]).order_by("number")
    assert newer.answer is not None
    choose(world.interview, older.pk)


def _extended(world: World, *, granted: bool) -> None:
    ask_for_time(world.interview)
    answer_extension(world.interview, granted=granted)


def _back(world: World) -> None:
    SignOfLife.objects.create(seen_at=timezone.now() - timedelta(hours=3))
    Interview.objects.update(created_at=timezone.now() - timedelta(days=1))
    beat()


def _resumed(world: World) -> None:
    _run_first_job(world, Permanent("the key was refused"))
    jobs.resume(Job.objects.get(state=Job.State.PARKED).pk)


def _paused(world: World) -> None:
    """One job, and all jobs of its kind."""
    job = Job.objects.filter(interview=world.interview, state=Job.State.QUEUED).earliest("pk")
    operating.act("pause", [job.pk], world.ada)
    operating.pause_kind(Job.Kind.TRANSCRIBE, "", world.ada)


def _unpaused(world: World) -> None:
    operating.act("unpause", Pause.objects.exclude(job=None).values_list("job", flat=True), world.ada)
    operating.unpause_kind(Pause.objects.get().pk, world.ada)


def _outage() -> None:
    for _ in range(providers.FAILURES):
        with suppress(RetryLater), providers.calling("deepgram"):
            raise RetryLater("Deepgram is overloaded")


def _recovered() -> None:
    _outage()
    ProviderHealth.objects.update(next_try_at=timezone.now())
    with providers.calling("deepgram"):
        pass


def _made_again(world: World) -> None:
    make_again(Take.objects.filter(interview=world.interview).earliest("created_at"))
    make_ready(world.interview)


def _joined(world: World) -> None:
    link, _token = make_public_link(world.position, "the fair", actor=world.ada)
    join(link, Person("Eve", "eve@example.com"), "a browser", uuid.uuid4())


def _assessed_again(world: World) -> None:
    work_through(world.interview)
    assess_again(world.interview, {}, world.ada)


def _corrected(world: World) -> None:
    work_through(world.interview)
    answer = Answer.objects.filter(interview=world.interview)[0]
    correct(world.interview, answer.take_id, "Something else was said here", 1, None)


def _reassessed(world: World) -> None:
    work_through(world.interview)
    reassessing.start(world.position, {}, world.ada)


def _reviewer(world: World) -> User:
    """Somebody else of the team; kim of the fixture."""
    return world.position.team.get(username="kim")


def _revised(world: World) -> None:
    review(world.interview, _reviewer(world))
    answer, criterion = places(world.interview)[0]
    rate(world.interview, _reviewer(world), Rated(answer.pk, criterion.pk, 5, reason="heard again"))


def _noted(world: World) -> None:
    review(world.interview, _reviewer(world))
    for author in (_reviewer(world), world.ada):
        for text in ("Heard that before.", "Says how it was measured."):
            take = Answer.objects.filter(interview=world.interview)[0].take_id
            note(world.interview, author, Noted(uuid.uuid4(), take, 35, text, 0))


def _decided(world: World) -> None:
    review(world.interview, _reviewer(world))
    decide(world.interview, _reviewer(world), Decision.Outcome.ADVANCE, "the best")


def _taken_back(world: World) -> None:
    _decided(world)
    take_back(world.interview.decisions.get().pk, _reviewer(world))


def _explained(world: World) -> None:
    _decided(world)
    explain(world.interview, _reviewer(world), with_reason=True)


def _shared(world: World) -> ShareLink:
    return share(world.interview, Outsider("Olga", "olga@example.com"), 7, shows_levels=False, by=world.ada)[0]


def _called_back(world: World) -> None:
    ask_for_erasure(world.interview)
    call_erasure_back(world.interview)


def _delete_what_is_over() -> None:
    opened, _more = erasing.open_those_due(timezone.now())
    for job in opened:
        jobs.run(job, WORK)


def _recordings_deleted(world: World) -> None:
    Position.objects.filter(pk=world.position.pk).update(retention_days=1)
    Interview.objects.filter(pk=world.interview.pk).update(submitted_at=timezone.now() - timedelta(days=2))
    _delete_what_is_over()


def _erased(world: World) -> None:
    ask_for_erasure(world.interview)
    Interview.objects.filter(pk=world.interview.pk).update(erasure_asked_at=timezone.now() - timedelta(days=2))
    _delete_what_is_over()


def _hold_lifted(world: World) -> None:
    place_hold(world.interview, "a claim", by=world.ada)
    lift_hold(world.interview, by=world.ada)


def _commented(world: World) -> None:
    answer = Answer.objects.filter(interview=world.interview)[0]
    comment(_shared(world), answer, "[0:01] Good.", 0)


PREPARE: dict[str, str] = {
    Kind.INVITED: "world",
    Kind.RENEWED: "world",
    Kind.STARTED: "world",
    Kind.REDO_ASKED: "answered",
    Kind.JOINED: "world",
    Kind.REVOKED: "world",
    Kind.CHOSEN: "answered_twice",
    Kind.SUBMITTED: "answered",
    Kind.NOT_MAILED: "world",
    Kind.EXTENSION_ASKED: "world",
    Kind.EXTENDED: "world",
    Kind.NOT_EXTENDED: "world",
    Kind.ACCOMMODATION_ASKED: "world",
    Kind.ACCOMMODATED: "world",
    Kind.BACK: "world",
}
"""The fixture each change starts from; `submitted` where nothing else is said."""
CHANGE: dict[str, Callable[[World], object]] = {
    Kind.INVITED: lambda world: _invited(world),
    Kind.RENEWED: lambda world: new_link(world.interview),
    Kind.STARTED: lambda world: _started(world),
    Kind.REOPENED: lambda world: reopen(world.interview, 7, actor=world.ada),
    Kind.REDO_ASKED: lambda world: ask_again(world.interview, world.questions[0], "No sound.", 7, actor=world.ada),
    Kind.JOINED: lambda world: _joined(world),
    Kind.REVOKED: lambda world: revoke(world.interview),
    Kind.MAIL_ASKED: lambda world: mail(world.interview, Message.Kind.REMINDER),
    Kind.MAILED: lambda world: _mailed(world),
    Kind.NOT_MAILED: lambda world: _not_mailed(world),
    Kind.RECORDED: lambda world: _recorded(world),
    Kind.CHOSEN: lambda world: _chosen(world),
    Kind.WITHDRAWN: lambda world: withdraw(world.interview),
    Kind.ERASURE_ASKED: lambda world: ask_for_erasure(world.interview),
    Kind.ERASURE_CALLED_BACK: lambda world: _called_back(world),
    Kind.DELETED: lambda world: _recordings_deleted(world),
    Kind.ERASED: lambda world: _erased(world),
    Kind.HELD: lambda world: place_hold(world.interview, "a claim", by=world.ada),
    Kind.HOLD_LIFTED: lambda world: _hold_lifted(world),
    Kind.SUBMITTED: lambda world: answering.submit(world.interview),
    Kind.PREPARED: lambda world: _made_again(world),
    Kind.TRANSCRIBED: lambda world: work_through(world.interview),
    Kind.CORRECTED: lambda world: _corrected(world),
    Kind.ASSESSMENT_ASKED: lambda world: _assessed_again(world),
    Kind.ASSESSMENT_STARTED: lambda world: work_through(world.interview),
    Kind.ASSESSED: lambda world: work_through(world.interview),
    Kind.SCORED: lambda world: work_through(world.interview),
    Kind.DELAYED: lambda world: _run_first_job(world, RetryLater("Deepgram is busy")),
    Kind.PARKED: lambda world: _run_first_job(world, Permanent("the key was refused")),
    Kind.RESUMED: lambda world: _resumed(world),
    Kind.PAUSED: lambda world: _paused(world),
    Kind.UNPAUSED: lambda world: _unpaused(world),
    Kind.EXTENSION_ASKED: lambda world: ask_for_time(world.interview),
    Kind.EXTENDED: lambda world: _extended(world, granted=True),
    Kind.NOT_EXTENDED: lambda world: _extended(world, granted=False),
    Kind.ACCOMMODATION_ASKED: lambda world: ask_for_accommodation(world.interview, ["time"], ""),
    Kind.ACCOMMODATED: lambda world: accommodate(Accommodation(interview=world.interview, time_percent=200)),
    Kind.REVIEWED: lambda world: review(world.interview, _reviewer(world)),
    Kind.REVISED: lambda world: _revised(world),
    Kind.NOTED: lambda world: _noted(world),
    Kind.DECIDED: lambda world: _decided(world),
    Kind.DECISION_TAKEN_BACK: lambda world: _taken_back(world),
    Kind.EXPLAINED: lambda world: _explained(world),
    Kind.SHARED: lambda world: _shared(world),
    Kind.SHARE_ENDED: lambda world: end_share(_shared(world), by=world.ada),
    Kind.SHARE_SEEN: lambda world: visited(_shared(world), ShareVisit.Kind.OPENED),
    Kind.SHARE_COMMENTED: lambda world: _commented(world),
    Kind.EXPORTED: lambda world: note_export(world.ada, "csv", interviews=1, interview=world.interview),
    Kind.RULES: lambda world: world.position.save(),
    Kind.BACK: lambda world: _back(world),
    Kind.REASSESSMENT: lambda world: _reassessed(world),
    Kind.OUTAGE: lambda world: _outage(),
    Kind.RECOVERED: lambda world: _recovered(),
    Kind.RIGHTS: lambda world: world.position.team.add(world.cy),
}


def _applied(page: BeautifulSoup, html: str) -> None:
    """What live.js does, in the words of the wire: replace by id, else put into the named container, by its order."""
    for template in BeautifulSoup(html, "html.parser").find_all("template"):
        if template.get("data-remove"):
            gone = page.find(id=str(template["data-remove"]))
            if isinstance(gone, Tag):
                gone.decompose()
            continue
        fragment = template.find(True)
        assert isinstance(fragment, Tag)
        there = page.find(id=str(template["data-replace"]))
        into = page.find(id=str(template.get("data-into", "-")))
        if isinstance(there, Tag):
            if not fragment.get("data-keep") or fragment["data-keep"] != there.get("data-keep"):
                has_moved = there.get("data-order") != fragment.get("data-order")
                there.replace_with(fragment)
                if has_moved and isinstance(into, Tag):
                    _place(fragment, into)
        elif isinstance(into, Tag) and not into.has_attr("data-newcomers"):
            _place(fragment, into)
    for counter in page.select("[data-count-of]"):
        counted = page.find(id=str(counter["data-count-of"]))
        counter.string = str(len(counted.find_all(True, recursive=False))) if isinstance(counted, Tag) else ""


def _place(fragment: Tag, into: Tag) -> None:
    fragment.extract()
    order = fragment.get("data-order")
    others = into.find_all(True, recursive=False)
    following = [it for it in others if order is None or int(str(it["data-order"])) > int(str(order))]
    if following:
        following[0].insert_before(fragment)
    else:
        into.append(fragment)
    for surplus in into.find_all(True, recursive=False)[int(str(into.get("data-at-most", "1000000"))) :]:
        surplus.decompose()


def _page(browser: Client, address: str) -> BeautifulSoup:
    response = browser.get(address)
    assert response.status_code == 200
    return BeautifulSoup(response.content, "html.parser")


def _cursor(page: BeautifulSoup) -> tuple[list[str], int]:
    live = page.find(id="live")
    assert isinstance(live, Tag)
    return json.loads(str(live["data-topics"])), int(str(live["data-after"]))


def _seen(page: BeautifulSoup) -> str:
    for volatile in page.select("[name=csrfmiddlewaretoken]"):
        volatile.decompose()
    live = page.find(id="live")
    if isinstance(live, Tag):
        del live["data-after"]
    main = page.find("main")
    assert isinstance(main, Tag)
    return re.sub(r"\s+", " ", main.prettify())


def test_every_kind_of_event_has_a_change_below() -> None:
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
    pages = [(kim, "/hr-dashboard/accommodations/"), (bo, f"/interview/{world.interview.pk}/needs/")]
    if kind in (Kind.REVOKED, Kind.NOT_MAILED, Kind.ERASED):
        pages.pop()  # the link has ended, or leads to the certificate
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
    SEES[sees](world)
    if kind is Kind.UNPAUSED:
        _paused(world)
    opened = [_page(browser, address) for browser, address in pages]
    before = head()

    CHANGE[kind](world)

    assert Event.objects.filter(number__gt=before, kind=kind).exists()
    changed = 0
    for (browser, address), page in zip(pages, opened, strict=True):
        topics, after = _cursor(page)
        as_opened = _seen(BeautifulSoup(str(page), "html.parser"))
        news = feed.since(after)
        if news is None or news.is_to_be_read_again(topics):
            reasons = feed.REVIEW_BEGINS_OR_ENDS | feed.MOVES_LINES if news else feed.READ_AGAIN
            assert Event.objects.filter(number__gt=before, kind__in=reasons).exists(), address
            changed += 1
            continue
        following = Following(browser.session.session_key or "", frozenset(topics))
        assert standings([following])[following] is Verdict.WELCOME, address
        _applied(page, news.html(topics))
        reloaded = _page(browser, address)
        _without_newcomers(reloaded, page)
        assert _seen(page) == _seen(reloaded), address
        changed += _seen(page) != as_opened
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
    page = _page(bo, f"/interview/{answered.interview.pk}/")
    topics, after = _cursor(page)
    ask_again(answered.interview, answered.questions[0], "No sound.", 7, actor=answered.ada)
    news = feed.since(after)
    assert news is not None
    _applied(page, news.html(topics))
    reloaded = _page(bo, f"/interview/{answered.interview.pk}/")
    for part in ("again", "terms"):
        shown, fresh = page.find(id=part), reloaded.find(id=part)
        assert isinstance(shown, Tag) and str(shown) == str(fresh)
    assert "Why: No sound." in _seen(page)


def test_the_receipt_says_live_that_the_interview_is_open_again(submitted: World, bo: Client) -> None:
    page = _page(bo, f"/interview/{submitted.interview.pk}/")
    topics, after = _cursor(page)
    reopen(submitted.interview, 7, actor=submitted.ada)
    news = feed.since(after)
    assert news is not None
    _applied(page, news.html(topics))
    assert "Your interview is open again." in _seen(page)


def test_interviews_that_come_are_not_put_among_the_rows_that_somebody_reads(world: World, ada: Client) -> None:
    page = _page(ada, "/hr-dashboard/results/")
    topics, after = _cursor(page)
    before = _seen(BeautifulSoup(str(page), "html.parser"))
    newcomer, _token = invite(Applicant.objects.create(name="Eve", email="eve@example.com"), world.question_set)
    news = feed.since(after)
    assert news is not None
    html = news.html(topics)
    assert f'data-replace="row-{newcomer.pk}"' in html
    _applied(page, html)
    assert _seen(page) == before


@pytest.mark.parametrize("at_once", [False, True])
def test_whoever_finishes_a_review_has_the_other_pages_read_again(
    submitted: World, ada: Client, kim: Client, at_once: bool
) -> None:
    work_through(submitted.interview)
    if at_once:
        show_at_once(submitted.position)
    pages = ["/hr-dashboard/results/", f"/hr-dashboard/results/{submitted.interview.pk}/review/"]
    asked = {
        (who, path): Following(browser.session.session_key or "", frozenset(_cursor(_page(browser, path))[0]))
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
    again = Following(ada.session.session_key or "", frozenset(_cursor(_page(ada, pages[1]))[0]))
    assert standings([again])[again] is Verdict.WELCOME


def test_where_people_rate_first_from_now_on_pages_that_show_levels_are_read_again(
    submitted: World, ada: Client
) -> None:
    show_at_once(submitted.position)
    address = f"/hr-dashboard/results/{submitted.interview.pk}/review/"
    topics, after = _cursor(_page(ada, address))
    assert f"levels:{submitted.interview.pk}" in topics
    submitted.position.save()
    assert feed.since(after) is None
    following = Following(ada.session.session_key or "", frozenset(topics))
    assert standings([following])[following] is Verdict.OUTDATED
    assert f"levels:{submitted.interview.pk}" not in _cursor(_page(ada, address))[0]


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
    topics, after = _cursor(_page(ada, f"/hr-dashboard/results/{answered.interview.pk}/review/"))
    CHANGE[change](answered)
    following = Following(ada.session.session_key or "", frozenset(topics))
    asks = {hub.Ask(following, after), hub.Ask(following, head())}
    replies = async_to_sync(hub._read_replies)(head(), asks)
    assert replies[hub.Ask(following, after)] == (Verdict.WELCOME, hub.START_OVER)
    assert replies[hub.Ask(following, head())][1] is not hub.START_OVER


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
