"""Who may do what, at every address there is.

The table is complete by construction: an address without a line in it, and a method that its line does not name, fail.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User, update_last_login
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from interviews.actions import answering, uploading
from interviews.actions.invitations import invite, new_link, revoke
from interviews.actions.joining import make_public_link
from interviews.events import Kind, head, record
from interviews.models import (
    Accommodation,
    Applicant,
    Draft,
    Interview,
    Rubric,
    RubricVersion,
    Segment,
    ShareLink,
    Take,
    Transcript,
)
from interviews.queries.aliases import aliases
from interviews.standings import Verdict, standings
from interviews.topics import OF_INTERVIEW, OF_POSITION, Following
from interviews.urls import urlpatterns
from project.urls import urlpatterns as site
from realtime.feed import since
from tests.people import World, content, join_team, make_position
from tests.recorder import told
from tests.wire import OCTETS, TUS, metadata

VISITORS = ("nobody", "bo", "dee", "ada", "cy", "root")
METHODS = ("GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "POST")
"""POST comes last, because it may end what the others ask about."""


def _all(status: int) -> tuple[int, ...]:
    return (status,) * len(VISITORS)


@dataclass(frozen=True)
class Expected:
    """Statuses in the order of VISITORS; a method that is not named is 405 for everybody.

    `secret`: what only those may read in the reply to GET who get `shown`.
    """

    methods: dict[str, tuple[int, ...]]
    secret: bytes = b""
    shown: tuple[str, ...] = ()
    data: dict[str, Any] = field(default_factory=dict)


APPLICANT_ONLY = (403, 200, 403, 403, 403, 403)
REDIRECTS = dict.fromkeys(METHODS, _all(302))
GOES_BACK = dict.fromkeys(("GET", "HEAD"), _all(302))
READ_BY_TEAMS: dict[str, tuple[int, ...]] = dict.fromkeys(("GET", "HEAD"), (302, 302, 302, 200, 200, 200))
SIGNED_IN_GO_ON = (200, 200, 200, 302, 302, 302)
TEAM_ONLY = (302, 302, 302, 200, 404, 200)
NOT_YET = (302, 302, 302, 409, 404, 409)
IN_RANGES: dict[str, tuple[int, ...]] = {"GET": (302, 302, 302, 206, 404, 206), "HEAD": TEAM_ONLY}

EXPECTED: dict[str, Expected] = {
    "home": Expected(REDIRECTS),
    "hr": Expected(READ_BY_TEAMS, b"Backend engineer", ("ada", "root")),
    "interview": Expected({"GET": _all(200)}, b"Question number 1?", ("bo",)),
    "interview-open": Expected({**GOES_BACK, "POST": _all(404)}),  # without the token; with it, see below
    "interview-consent": Expected(
        {**GOES_BACK, "POST": (403, 302, 403, 403, 403, 403)}, data={"data": {"agree": "on", "ai": "yes"}}
    ),
    "interview-submit": Expected({**GOES_BACK, "POST": (403, 302, 403, 403, 403, 403)}),
    "uploads": Expected(
        {"GET": APPLICANT_ONLY, "POST": (403, 201, 403, 403, 403, 403), "OPTIONS": _all(204)}, b'"unfinished"', ("bo",)
    ),
    "upload": Expected(
        {
            "HEAD": APPLICANT_ONLY,
            "PATCH": (403, 204, 403, 403, 403, 403),
            "DELETE": (403, 204, 403, 403, 403, 403),
            "OPTIONS": _all(204),
        }
    ),
    "take-claim": Expected({"POST": APPLICANT_ONLY}),
    "take-finish": Expected({"POST": APPLICANT_ONLY}),
    "take-choose": Expected({"POST": APPLICANT_ONLY}),
    "take-media": Expected({"GET": (200, 206, 200, 200, 200, 200), "HEAD": APPLICANT_ONLY}, b"\x1aE\xdf\xa3", ("bo",)),
    # Bo's questions are asked in writing alone; tests/test_prompts.py has others.
    "prompt": Expected({"GET": (200, 404, 200, 200, 200, 200), "HEAD": (403, 404, 403, 403, 403, 403)}),
    "captions": Expected({"GET": (200, 404, 200, 200, 200, 200), "HEAD": (403, 404, 403, 403, 403, 403)}),
    "practice-end": Expected({"POST": (403, 204, 403, 403, 403, 403)}),
    "text": Expected({"PUT": APPLICANT_ONLY}),
    "text-keep": Expected({"POST": APPLICANT_ONLY}),
    "needs": Expected({"GET": _all(200)}, b"What would help you?", ("bo",)),
    "ask-for-time": Expected({**GOES_BACK, "POST": (403, 302, 403, 403, 403, 403)}),
    "ask-for-accommodation": Expected(
        {**GOES_BACK, "POST": (403, 302, 403, 403, 403, 403)}, data={"data": {"wishes": ["time"]}}
    ),
    "extension": Expected({"POST": (302, 302, 302, 302, 404, 302)}, data={"data": {"answer": "grant"}}),
    "accommodations": Expected(dict.fromkeys(("GET", "HEAD"), (302, 302, 302, 403, 403, 200))),
    "accommodate": Expected(
        {"POST": (302, 302, 302, 403, 403, 302)}, data={"data": {"time_percent": "150", "extra_takes": "1"}}
    ),
    "sign-in": Expected(
        {
            **dict.fromkeys(("GET", "HEAD", "PUT", "OPTIONS", "POST"), SIGNED_IN_GO_ON),
            **dict.fromkeys(("PATCH", "DELETE"), (405, 405, 405, 302, 302, 302)),
        }
    ),
    "sign-out": Expected({"POST": _all(302), "OPTIONS": _all(200)}),
    "results": Expected(dict.fromkeys(("GET", "HEAD"), (302, 302, 302, 200, 200, 200)), b"Bo Berg", ("ada", "root")),
    "results-news": Expected(READ_BY_TEAMS),
    "results-act": Expected({"POST": _all(302)}, data={"data": {"act": "hide"}}),
    "results-undo": Expected({"POST": _all(302)}),
    "results-views": Expected({"POST": _all(302)}, data={"data": {"name": "Mine"}}),
    "results-columns": Expected({"POST": _all(302)}, data={"data": {"column": "stage"}}),
    "review": Expected(dict.fromkeys(("GET", "HEAD"), TEAM_ONLY), b"Question number 1?", ("ada", "root")),
    # Bo has not submitted: nothing can be rated, decided or explained yet. tests/test_reviewing.py has the rest.
    "rate": Expected({"POST": NOT_YET}, data={"data": {"answer": "1", "criterion": "1", "level": "3"}}),
    "review-done": Expected({"POST": NOT_YET}),
    "note": Expected({"POST": NOT_YET}, data={"data": {"text": "Heard that before."}}),
    "decide": Expected({"POST": NOT_YET}, data={"data": {"outcome": "advance", "reason": "the best"}}),
    "explanation": Expected(dict.fromkeys(("GET", "HEAD", "POST"), (302, 302, 302, 403, 404, 403))),
    "interview-explanation": Expected({"GET": (200, 302, 200, 200, 200, 200), "HEAD": (403, 302, 403, 403, 403, 403)}),
    "agreement": Expected(dict.fromkeys(("GET", "HEAD"), TEAM_ONLY), b"Backend engineer", ("ada", "root")),
    "ranking": Expected(dict.fromkeys(("GET", "HEAD"), TEAM_ONLY), b"Backend engineer", ("ada", "root")),
    "compare": Expected(dict.fromkeys(("GET", "HEAD"), TEAM_ONLY), b"Backend engineer", ("ada", "root")),
    "insight": Expected(dict.fromkeys(("GET", "HEAD"), TEAM_ONLY), b"Backend engineer", ("ada", "root")),
    # Bo has not submitted; tests/test_compare.py has sound to be heard.
    "compare-sound": Expected(dict.fromkeys(("GET", "HEAD"), (302, 302, 302, 404, 404, 404))),
    "review-original": Expected(IN_RANGES, b"\x1aE\xdf\xa3", ("ada", "root")),
    "review-playable": Expected(IN_RANGES, b"\x1aE\xdf\xa3", ("ada", "root")),
    "review-poster": Expected(IN_RANGES, b"\xff\xd8\xff", ("ada", "root")),
    "review-captions": Expected(dict.fromkeys(("GET", "HEAD"), TEAM_ONLY), b"words of Bo", ("ada", "root")),
    # To nobody's: Bo has not submitted. tests/test_waiting.py has others.
    "next-to-review": Expected(READ_BY_TEAMS, b"No other interview waits", ("ada", "cy", "root")),
    "interview-receipt": Expected({"GET": (200, 302, 200, 200, 200, 200), "HEAD": (403, 302, 403, 403, 403, 403)}),
    # Before the submit it leads back.
    "own-transcripts": Expected({"GET": (200, 302, 200, 200, 200, 200), "POST": (403, 302, 403, 403, 403, 403)}),
    "transcript": Expected(
        {"GET": TEAM_ONLY, "HEAD": TEAM_ONLY, "POST": (302, 302, 302, 409, 404, 409)},
        b"Question number 1?",
        ("ada", "root"),
    ),
    "assess-again": Expected(
        {**dict.fromkeys(("GET", "HEAD"), TEAM_ONLY), "POST": (302, 302, 302, 200, 404, 200)},
        b"Backend engineer",
        ("ada", "root"),
        data={"data": {"act": "estimate"}},
    ),
    # Nobody has reviewed it yet; tests/test_reassessing.py has two runs to compare.
    "runs": Expected(dict.fromkeys(("GET", "HEAD"), (302, 302, 302, 403, 404, 403))),
    "interview-withdraw": Expected(
        {"GET": _all(200), "HEAD": APPLICANT_ONLY, "POST": (403, 302, 403, 403, 403, 403)},
        b"Withdraw my interview",
        ("bo",),
        data={"data": {"act": "withdraw"}},
    ),
    "earlier-receipt": Expected({"GET": (200, 302, 200, 200, 200, 200), "HEAD": (403, 302, 403, 403, 403, 403)}),
    # Nobody here has opened the public link; with its token, see tests/test_public_links.py.
    "join": Expected({"GET": _all(200), "HEAD": _all(200), "POST": _all(403)}),
    "join-open": Expected({**GOES_BACK, "POST": _all(404)}),
    "uplink": Expected({"POST": _all(204)}),
    "invitations": Expected(
        dict.fromkeys(("GET", "HEAD"), (302, 302, 302, 200, 200, 200)), b"Backend engineer", ("ada", "root")
    ),
    "position-invitations": Expected(dict.fromkeys(("GET", "HEAD"), TEAM_ONLY), b"bo@example.com", ("ada", "root")),
    "invitation": Expected(dict.fromkeys(("GET", "HEAD"), TEAM_ONLY), b"bo@example.com", ("ada", "root")),
    "invite": Expected(
        dict.fromkeys(("GET", "HEAD", "POST"), TEAM_ONLY),
        b"Backend engineer",
        ("ada", "root"),
        data={"data": {"people": "Eve <eve@example.com>", "days": "7"}},
    ),
    "invitation-give-back": Expected(
        {"POST": (302, 302, 302, 302, 404, 302)}, data={"data": {"act": "reopen", "days": "7"}}
    ),
    "public-links": Expected(
        dict.fromkeys(("GET", "HEAD", "POST"), TEAM_ONLY),
        b"Make a public link",
        ("ada", "root"),
        data={"data": {"label": "The fair"}},
    ),
    "positions": Expected(READ_BY_TEAMS, b"Backend engineer", ("ada", "root")),
    # Ada is a recruiter, and may not make positions.
    "position-new": Expected(
        {**dict.fromkeys(("GET", "HEAD"), (302, 302, 302, 403, 403, 200)), "POST": (302, 302, 302, 403, 403, 302)},
        b"Make the position",
        ("root",),
        data={"data": {"title": "Baker", "host": "Bread Ltd", "contact": "a@example.com", "about": "Early."}},
    ),
    "position": Expected(dict.fromkeys(("GET", "HEAD"), TEAM_ONLY), b"Backend engineer", ("ada", "root")),
    # The first who saves does; the others are told.
    "position-edit": Expected(
        {**dict.fromkeys(("GET", "HEAD"), TEAM_ONLY), "POST": (302, 302, 302, 302, 404, 409)},
        b"Backend engineer",
        ("ada", "root"),
        data={
            "data": {
                **{"title": "Baker", "host": "Bread Ltd", "contact": "a@example.com", "about": "Early."},
                **{"reply_days": "7", "invitation_days": "7", "edits": "0"},
            }
        },
    ),
    "position-questions": Expected(
        {**dict.fromkeys(("GET", "HEAD"), TEAM_ONLY), "POST": (302, 302, 302, 302, 404, 302)},
        b"Question number 1?",
        ("ada", "root"),
        data={"data": {"act": "next"}},
    ),
    "position-team": Expected(
        {**dict.fromkeys(("GET", "HEAD"), TEAM_ONLY), "POST": (302, 302, 302, 302, 404, 302)},
        b"Take somebody into the team",
        ("ada", "root"),
        data={"data": {"who": "ada", "role": "recruiter"}},
    ),
    "position-mails": Expected(dict.fromkeys(("GET", "HEAD"), TEAM_ONLY), b"Backend engineer", ("ada", "root")),
    "position-mail": Expected(
        {**dict.fromkeys(("GET", "HEAD"), TEAM_ONLY), "POST": (302, 302, 302, 302, 404, 302)},
        b"Kim Example",
        ("ada", "root"),
        data={"data": {"act": "reset"}},
    ),
    "position-open": Expected({"POST": (302, 302, 302, 302, 404, 302)}),
    "position-close": Expected(
        {**dict.fromkeys(("GET", "HEAD"), TEAM_ONLY), "POST": (302, 302, 302, 400, 404, 400)},
        b"Bo Berg",
        ("ada", "root"),
    ),
    "position-copy": Expected({"POST": (302, 302, 302, 403, 404, 302)}),
    # Nobody here has a logo; tests/test_look.py has one.
    "logo": Expected(dict.fromkeys(("GET", "HEAD"), _all(404))),
    # Nobody here has opened the link for somebody from outside; with its token, see tests/test_sharing.py.
    "shared": Expected(dict.fromkeys(("GET", "HEAD"), _all(200))),
    "shared-open": Expected({**GOES_BACK, "POST": _all(404)}),
    "shared-media": Expected(dict.fromkeys(("GET", "HEAD"), _all(403))),
    "shared-poster": Expected(dict.fromkeys(("GET", "HEAD"), _all(403))),
    "shared-comment": Expected({"PUT": _all(403)}),
    # Bo has not submitted: nothing can be shared yet.
    "share": Expected(
        {**dict.fromkeys(("GET", "HEAD"), TEAM_ONLY), "POST": NOT_YET},
        b"Share with somebody from outside",
        ("ada", "root"),
        data={"data": {"name": "Olga", "days": "7"}},
    ),
    "results-export": Expected({"GET": (302, 302, 302, 200, 200, 200)}, b"Bo Berg", ("ada", "root")),
    "interview-export": Expected({"GET": TEAM_ONLY}, b"Bo Berg", ("ada", "root")),
    "tell": Expected(dict.fromkeys(("GET", "HEAD", "POST"), NOT_YET)),
    "share-end": Expected({"POST": (302, 302, 302, 302, 404, 302)}),
    "rubrics": Expected(READ_BY_TEAMS, b"Migrations", ("ada", "cy", "root")),
    "rubric-new": Expected(
        {**READ_BY_TEAMS, "POST": _all(302)}, b"Problem solving", ("ada", "cy", "root"), data={"data": {"name": "Mine"}}
    ),
    # The first who saves the draft does; the others are told.
    "rubric": Expected(
        {**READ_BY_TEAMS, "POST": (302, 302, 302, 302, 409, 409)},
        b"Unfinished",
        ("ada", "cy", "root"),
        data={"data": {"name": "Mine", "edits": "0", "criteria-TOTAL_FORMS": "0", "criteria-INITIAL_FORMS": "0"}},
    ),
    "rubric-preview": Expected(READ_BY_TEAMS, b"Unfinished", ("ada", "cy", "root")),
    "rubric-copy": Expected({"POST": _all(302)}, data={"data": {"act": "duplicate"}}),
    "invitation-act": Expected({"POST": (302, 302, 302, 302, 404, 302)}),
}


@pytest.fixture
def visitors(answered: World, bo: Client, ada: Client, cy: Client) -> dict[str, Client]:
    """Dee is an applicant for the same position, with a link of her own."""
    interview, token = invite(Applicant.objects.create(name="Dee Dahl", email="d@example.com"), answered.question_set)
    dee, root = Client(), Client()
    assert dee.post(f"/interview/{interview.pk}/open/", {"token": token}).status_code == 302
    root.force_login(User.objects.create_superuser("root", "root@example.com", "-"))
    return {"nobody": Client(), "bo": bo, "dee": dee, "ada": ada, "cy": cy, "root": root}


def _request(name: str, world: World, speech: bytes) -> tuple[str, dict[str, Any]]:
    """An address, and what an entitled visitor would send there."""
    pattern = next(it for it in urlpatterns if isinstance(it, URLPattern) and it.name == name)
    take = Take.objects.filter(interview=world.interview).earliest("created_at")
    sent: dict[str, Any] = {"headers": {"Range": "bytes=0-99"}, **EXPECTED[name].data}
    if name in ("text", "text-keep"):
        Accommodation.objects.create(interview=world.interview, written=True)
        Draft.objects.create(interview=world.interview, question=world.questions[0], text="words", version=1)
        sent |= {"data": json.dumps({"text": "words", "version": 1}), "content_type": "application/json"}
    ids: dict[str, Any] = {
        "position_id": world.position.pk,
        "question_id": world.questions[0].pk,
        "interview_id": world.interview.pk,
        "take_id": take.pk,
        "segment_id": uuid.uuid4(),
        "number": 1,
        "logo": uuid.uuid4(),
        "kind": "invitation",
        "link_id": make_public_link(world.position, "the hall", actor=world.ada)[0].pk,
        "version": take.rendition.version,
        "alias": aliases(world.position, [world.interview.pk], world.ada)[world.interview.pk].key,
        "file_format": "csv" if name == "results-export" else "json",
    }
    if name.startswith("share"):
        ids["share_id"] = _shared(world).pk
    if name == "share-end":
        sent["data"] = {"share": str(ids["share_id"])}
    if name.startswith("rubric-") or name == "rubric":
        ids["version_id"] = RubricVersion.objects.create(rubric=Rubric.objects.create(name="Unfinished")).pk
    if name == "review-captions":
        words = [{"text": "words of Bo", "start": 0.0, "end": 1.0, "confidence": None}]
        Transcript.objects.create(take=take, words=words, language="en", engine="local", model="-")
    if name in ("uploads", "upload"):
        sent["headers"] |= {"Tus-Resumable": "1.0.0"}
    if name == "uploads":
        asked = metadata(question=str(world.questions[0].pk), filetype="video/webm")
        sent["headers"] |= {"Upload-Metadata": asked, "Upload-Defer-Length": "1"}
    if name in ("upload", "take-claim"):
        begun = uploading.begin(world.interview, world.questions[1].pk, uploading.Sender("video/webm"))
        ids |= {"segment_id": begun.pk, "take_id": begun.take_id}
    if name == "take-claim":
        sent |= {"data": {"writer": "tab"}, "content_type": "application/json"}
    if name == "upload":
        sent |= {"data": speech[:1000], "content_type": "application/offset+octet-stream"}
        sent["headers"] |= {"Upload-Offset": "0"}
    if name == "take-finish":
        sent |= {"data": {"segments": [told(take.segments.get())]}, "content_type": "application/json"}
    return reverse(name, kwargs={key: ids[key] for key in pattern.pattern.converters}), sent


def _shared(world: World) -> ShareLink:
    """As if the interview had been submitted."""
    return ShareLink.objects.create(
        interview=world.interview,
        name="Olga",
        hash="0" * 64,
        shows_levels=False,
        made_by=world.ada,
        expires_at=timezone.now() + timedelta(days=1),
    )


def _ask(client: Client, method: str, address: str, sent: dict[str, Any]) -> HttpResponse:
    if method in ("GET", "HEAD", "OPTIONS"):
        sent = {"headers": sent["headers"]}
    response: Any = getattr(client, method.lower())(address, **sent)
    return response  # type: ignore[no-any-return]


def test_every_address_has_a_line_in_the_table() -> None:
    assert all(isinstance(pattern, URLPattern) for pattern in urlpatterns)
    assert {pattern.name for pattern in urlpatterns} == EXPECTED.keys()
    assert len(urlpatterns) == len(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_each_visitor_gets_what_the_table_says(
    name: str, answered: World, visitors: dict[str, Client], speech: bytes
) -> None:
    address, sent = _request(name, answered, speech)
    expected = EXPECTED[name]
    for method in METHODS:
        statuses = expected.methods.get(method, _all(405))
        replies = {visitor: _ask(client, method, address, sent) for visitor, client in visitors.items()}
        assert {v: r.status_code for v, r in replies.items()} == dict(zip(VISITORS, statuses, strict=True)), method
        if method == "GET" and expected.secret:
            assert [v for v in VISITORS if expected.secret in content(replies[v])] == list(expected.shown)
        for visitor, reply in replies.items():
            if reply.status_code == 302 and visitor in ("nobody", "bo", "dee") and name.startswith("re"):
                assert reply["Location"] == f"{reverse('sign-in')}?next={address}"


@pytest.mark.parametrize("name", [name for name, expected in EXPECTED.items() if "GET" in expected.methods])
def test_an_interview_that_is_not_there_looks_like_one_that_is(name: str, answered: World, speech: bytes) -> None:
    address, _sent = _request(name, answered, speech)
    other = address.replace(str(answered.interview.pk), str(uuid.uuid4()))
    pages = [Client().get(url) for url in (address, other)]
    assert pages[0].status_code == pages[1].status_code
    texts = [_without_addresses(page.content.decode()) for page in pages]
    assert texts[0] == texts[1]


def _without_addresses(html: str) -> str:
    lines = [line for line in html.splitlines() if "csrfmiddlewaretoken" not in line]
    return "\n".join(line for line in lines if "interview/" not in line)


@pytest.mark.parametrize("name", [name for name, expected in EXPECTED.items() if "POST" in expected.methods])
def test_a_form_from_elsewhere_is_refused(name: str, answered: World, speech: bytes) -> None:
    strict = Client(enforce_csrf_checks=True)
    address, sent = _request(name, answered, speech)
    if name == "home":  # it only leads on
        return
    before = Interview.objects.get(pk=answered.interview.pk).state, Take.objects.count()
    reply = _ask(strict, "POST", address, sent)
    assert reply.status_code == 403
    assert b"This page was open too long" in reply.content
    assert (Interview.objects.get(pk=answered.interview.pk).state, Take.objects.count()) == before


def test_a_slice_from_elsewhere_is_refused(answered: World, bo: Client, speech: bytes) -> None:
    address, sent = _request("upload", answered, speech)
    bo.handler.enforce_csrf_checks = True
    assert _ask(bo, "PATCH", address, sent).status_code == 403
    assert Segment.objects.latest("created_at").received == 0
    sent["headers"]["X-CSRFToken"] = bo.get(f"/interview/{answered.interview.pk}/").cookies["csrftoken"].value
    assert _ask(bo, "PATCH", address, sent).status_code == 204


def test_the_admin_is_for_staff_only(visitors: dict[str, Client]) -> None:
    assert visitors["root"].get("/admin/interviews/interview/").status_code == 200
    for visitor in ("nobody", "bo", "dee", "ada", "cy"):
        assert visitors[visitor].get("/admin/interviews/interview/").status_code == 302


def test_health_is_for_everybody_and_says_nothing_else() -> None:
    entries: list[Any] = list(site)
    assert [str(entry.pattern) for entry in entries] == ["", "admin/", "language/", "health/live", "health/ready"]
    assert Client().get("/health/live").json() == {"status": "alive"}


@pytest.mark.django_db
def test_health_asks_the_database() -> None:
    assert Client().get("/health/ready").json() == {"status": "ready"}


def test_another_applicants_recording_is_unknown_under_ones_own_interview(
    answered: World, visitors: dict[str, Client], speech: bytes
) -> None:
    take = Take.objects.filter(interview=answered.interview).earliest("created_at")
    hers = Interview.objects.get(applicant__name="Dee Dahl")
    answering.consent(hers, ai=True)
    segment = take.segments.get()
    own = f"/interview/{answered.interview.pk}/uploads/{segment.pk}/"
    mixed = f"/interview/{hers.pk}/uploads/{segment.pk}/"
    assert visitors["bo"].head(own, headers=TUS).status_code == 200
    for method in ("head", "patch", "delete"):
        headers = {**TUS, "Upload-Offset": "0"}
        reply = getattr(visitors["dee"], method)(mixed, content_type=OCTETS, headers=headers)
        assert reply.status_code == 404, method
    mixed = f"/interview/{hers.pk}/takes/{take.pk}/"
    assert visitors["dee"].get(f"{mixed}media/").status_code == 404
    body = {"segments": [told(segment)], "writer": "tab"}
    for deed in ("finish", "claim"):
        assert visitors["dee"].post(f"{mixed}{deed}/", body, content_type="application/json").status_code == 404
    more = {**TUS, "Upload-Defer-Length": "1", "Upload-Metadata": metadata(take=str(take.pk), filetype="video/webm")}
    assert visitors["dee"].post(f"/interview/{hers.pk}/uploads/", headers=more).status_code == 404
    assert visitors["ada"].get(f"/hr-dashboard/results/{hers.pk}/takes/{take.pk}/originals/1/").status_code == 404


def test_who_is_on_a_team_reads_rubrics_and_only_recruiters_write_them(answered: World, ada: Client) -> None:
    version = RubricVersion.objects.create(rubric=Rubric.objects.create(name="Unfinished"))
    page = f"/hr-dashboard/rubrics/{version.pk}/"
    join_team(answered.position, answered.ada)
    assert b"Unfinished" in ada.get(page).content
    assert b"<textarea" not in ada.get(page).content
    for address in (page, f"{page}copy/", "/hr-dashboard/rubrics/new/"):
        assert ada.post(address, EXPECTED["rubric"].data["data"]).status_code == 403, address
    assert ada.get("/hr-dashboard/rubrics/new/").status_code == 403
    answered.position.team.remove(answered.ada)
    assert b"Unfinished" not in ada.get("/hr-dashboard/rubrics/").content
    for address in (page, f"{page}preview/"):
        assert ada.get(address).status_code == 404
    assert ada.post(page, EXPECTED["rubric"].data["data"]).status_code == 404
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


class TestTopics:
    def test_everybody_may_follow_exactly_what_they_may_see(self, answered: World, visitors: dict[str, Client]) -> None:
        bos, dees = answered.interview.pk, Interview.objects.get(applicant__name="Dee Dahl").pk
        elsewhere = make_position("Elsewhere", answered.cy).pk
        asked = {
            *(f"{audience}:{pk}" for audience in OF_INTERVIEW for pk in (bos, dees)),
            *(f"{audience}:{pk}" for audience in OF_POSITION for pk in (answered.position.pk, elsewhere)),
            "operations",
        }
        team = {f"interview:{bos}", f"interview:{dees}", f"position:{answered.position.pk}", "operations"}
        team |= {f"reassessments:{answered.position.pk}"}
        team |= {f"invitation:{bos}", f"invitation:{dees}", f"invitations:{answered.position.pk}"}
        theirs = {f"{audience}:{elsewhere}" for audience in ("position", "invitations", "reassessments")}
        allowed: dict[str, set[str]] = {
            "nobody": set(),
            "bo": {f"applicant:{bos}"},
            "dee": {f"applicant:{dees}"},
            "ada": team,
            "cy": theirs | {"operations"},
            "root": team | theirs | {f"accommodations:{pk}" for pk in (answered.position.pk, elsewhere)},
        }
        assert {visitor: _followed(client, asked) for visitor, client in visitors.items()} == allowed

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
