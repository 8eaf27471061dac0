"""The feed over real sockets: a real server, plain websocket clients, people who signed in."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.connection import Connection

from interviews.demo.seed import Access
from realtime.consumers import FRAME_AT_MOST, FRAMES_AT_ONCE, TOO_MANY
from tests.processes import Site
from tests.sockets import Visitor, ask, heard, where
from tests.wire import metadata


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with Site(tmp_path_factory.mktemp("site")) as running:
        yield running


@pytest.fixture(scope="module")
def demo(site: Site) -> Access:
    return Access(**json.loads(site.demo_text))


@pytest.fixture
def invitation(site: Site) -> str:
    """A link to the demo's position that no other test opens."""
    made = "invite(Applicant.objects.create(name='Dee Dahl', email='dee@example.com'), QuestionSet.objects.get())"
    imports = (
        "from interviews.actions.invitations import invite",
        "from interviews.models import Applicant, QuestionSet",
        "from interviews.processing.links import link_path",
    )
    return site.manage("shell", "-v0", "-c", "; ".join([*imports, f"print(link_path(*{made}))"])).strip()


@pytest.fixture
def hr(site: Site, demo: Access) -> Visitor:
    visitor = Visitor(site)
    visitor.sign_in("hr", demo.hr_password)
    return visitor


def test_what_a_person_does_reaches_an_open_page_and_a_drop_is_caught_up_by_number(
    site: Site, invitation: str, hr: Visitor
) -> None:
    topics, after = where(hr.get("/hr-dashboard/results/"))
    bo = Visitor(site)
    interview = bo.open_link(invitation)
    with hr.socket() as watching:
        news = ask(watching, topics, after)
        bo.post(f"/interview/{interview}/consent/", f"/interview/{interview}/", agree="on", ai="yes")
        while "Recorded 0 of 3" not in news.get("html", ""):  # that he opened it is heard first, or the demo's work
            news = heard(watching)
        assert f'data-replace="row-{interview}"' in news["html"] and news["last"] > after
    with hr.socket() as back_again:
        caught_up = ask(back_again, topics, after)
        assert caught_up["last"] >= news["last"]
        assert f'data-replace="row-{interview}"' in caught_up["html"]
        assert "Recorded 0 of 3" in caught_up["html"]


def test_too_far_behind_or_ahead_starts_over(hr: Visitor) -> None:
    topics, after = where(hr.get("/hr-dashboard/results/"))
    with hr.socket() as socket:
        assert ask(socket, topics, after + 1000) == {"reload": True}


@pytest.mark.parametrize(
    "frame",
    [
        "no json",
        "[]",
        "{}",
        '{"topics": "position:1", "after": 0}',
        '{"topics": [1], "after": 0}',
        '{"topics": [], "after": -1}',
        '{"topics": [], "after": true}',
        '{"topics": [], "after": 1e400}',
        '{"topics": [], "after": 0, "type": "websocket.disconnect"}',
        "[" * 60000,
        '{"topics": [], "after": ' + "9" * 30 + "}",
        b"\x00\x01",
    ],
)
def test_an_unknown_frame_gets_words_and_the_socket_is_closed(hr: Visitor, frame: str | bytes) -> None:
    with hr.socket() as socket:
        socket.send(frame)
        assert "not understood" in heard(socket)["error"]
        with pytest.raises(ConnectionClosed):
            socket.recv(40)
        assert socket.close_code == 4400


def test_nobody_follows_what_is_not_theirs(site: Site, demo: Access, hr: Visitor) -> None:
    topics, after = where(hr.get("/hr-dashboard/results/"))
    nobody, bo = Visitor(site), Visitor(site)
    mine = bo.open_link(demo.ready_link)
    other = demo.fresh_link.split("/")[2]
    with hr.socket() as socket:
        for asked in (topics, [f"levels:{other}"]):
            assert "last" in ask(socket, asked, after), "there is nothing to leak"
    refused = [
        (nobody, topics),
        (nobody, []),
        (bo, topics),
        (bo, [f"interview:{mine}"]),
        (bo, [f"levels:{mine}"]),
        (bo, [f"applicant:{other}"]),
        (hr, [f"applicant:{mine}"]),
        (hr, ["position:999999"]),
        (bo, ["operations"]),
        (nobody, ["operations"]),
        (hr, ["operations:1"]),
        (hr, [f"position:{2**80}"]),
    ]
    for visitor, asked in refused:
        with visitor.socket() as socket:
            socket.send(json.dumps({"topics": asked, "after": 0}))
            with pytest.raises(ConnectionClosed):
                socket.recv(40)
            assert socket.close_code == 4403, asked
    with bo.socket() as socket:
        assert "last" in ask(socket, [f"applicant:{mine}"], after)


def test_a_page_of_another_site_cannot_open_a_socket(hr: Visitor) -> None:
    with pytest.raises(InvalidStatus) as refused:
        hr.socket(origin="https://elsewhere.example")
    assert refused.value.response.status_code == 403


def test_who_signs_out_gets_nothing_more(site: Site, demo: Access) -> None:
    leaving = Visitor(site)
    leaving.sign_in("hr", demo.hr_password)
    topics, after = where(leaving.get("/hr-dashboard/results/"))
    with leaving.socket() as socket:
        assert "last" in ask(socket, topics, after)
        leaving.post("/hr-dashboard/sign-out/", "/hr-dashboard/results/")
        _closed_unasked(socket)


def test_who_leaves_the_team_gets_nothing_more_without_asking(site: Site, demo: Access) -> None:
    on_team = Visitor(site)
    site.manage("shell", "-v0", "-c", _WITH_EVE)
    on_team.sign_in("eve", "a long password")
    topics, after = where(on_team.get("/hr-dashboard/results/"))
    review = [f"levels:{demo.ready_link.split('/')[2]}"]
    with on_team.socket() as lists, on_team.socket() as one:
        assert "last" in ask(lists, topics, after)
        assert "last" in ask(one, review, after)
        site.manage("shell", "-v0", "-c", _WITHOUT_EVE)
        _closed_unasked(one)
        while (frame := heard(lists)) != {"reload": True}:
            assert "last" in frame


_WITH_EVE = """
from django.contrib.auth.models import User
from interviews.models import Position
eve = User.objects.create_user("eve", password="a long password")
[position.team.add(eve) for position in Position.objects.all()]
"""
_WITHOUT_EVE = """
from django.contrib.auth.models import User
from interviews.models import Position
[position.team.remove(User.objects.get(username="eve")) for position in Position.objects.all()]
"""


def _closed_unasked(socket: Connection) -> None:
    with pytest.raises(ConnectionClosed):
        while True:  # what was on its way before may still arrive
            heard(socket)
    assert socket.close_code == 4403


def test_a_page_that_lists_everything_starts_over_when_there_is_more_to_see(site: Site, hr: Visitor) -> None:
    topics, after = where(hr.get("/hr-dashboard/results/"))
    added = (
        "from django.contrib.auth.models import User; from tests.people import make_position;"
        "make_position('Another position', User.objects.get(username='hr'))"
    )
    with hr.socket() as socket:
        assert "last" in ask(socket, topics, after)
        site.manage("shell", "-v0", "-c", added)
        while (frame := heard(socket)) != {"reload": True}:
            assert "last" in frame
        topics, after = where(hr.get("/hr-dashboard/results/"))
        assert "last" in ask(socket, topics, after)


def test_a_recording_is_seen_to_arrive_by_those_who_follow_the_position_alone(
    site: Site, invitation: str, hr: Visitor, speech: bytes
) -> None:
    topics, after = where(hr.get("/hr-dashboard/results/"))
    bo = Visitor(site)
    interview = bo.open_link(invitation)
    bo.post(f"/interview/{interview}/consent/", f"/interview/{interview}/", agree="on", ai="yes")
    second = f"Interview.objects.get(pk='{interview}').question_set.questions.get(number=2).pk"
    question = site.manage("shell", "-v0", "-c", f"from interviews.models import Interview; print({second})").strip()
    with hr.socket() as watching, bo.socket() as own:
        assert ask(watching, topics, after).keys() >= {"last"}
        _topics, last = where(hr.get("/hr-dashboard/results/"))
        assert "last" in ask(own, [f"applicant:{interview}"], last)
        upload = bo.send(
            "POST",
            f"/interview/{interview}/uploads/",
            Tus_Resumable="1.0.0",
            Upload_Defer_Length="1",
            Upload_Metadata=metadata(question=question, filetype="video/webm"),
        )["Location"]
        bo.send(
            "PATCH",
            upload,
            speech,
            Tus_Resumable="1.0.0",
            Upload_Offset="0",
            Content_Type="application/offset+octet-stream",
        )
        while "ticks" not in (frame := heard(watching)):
            pass
        assert frame == {"ticks": {interview: [2, len(speech)]}}
        assert ask(own, [f"applicant:{interview}"], last).keys() <= {"last", "html"}, "no tick came before"


def test_no_traceback_reaches_a_browser(site: Site, hr: Visitor, tmp_path: Path) -> None:
    for path in ("/no-such-page/", "/interview/nonsense/", "/hr-dashboard/results/nonsense/review/"):
        with pytest.raises(urllib.error.HTTPError) as refused:
            hr.get(path)
        page = refused.value.read().decode()
        assert refused.value.code == 404
        assert "Traceback" not in page
        assert "<h1" in page


def test_a_frame_without_end_is_refused_before_anybody_reads_it(hr: Visitor) -> None:
    with hr.socket() as socket:
        socket.send("x" * (FRAME_AT_MOST + 1))
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(40)
    assert closed.value.rcvd is None  # the line is cut: nobody parsed it, and nothing is answered


def test_a_page_that_asks_without_end_is_sent_away(hr: Visitor) -> None:
    topics, after = where(hr.get("/hr-dashboard/results/"))
    with hr.socket() as socket, pytest.raises(ConnectionClosed) as closed:
        for _ in range(FRAMES_AT_ONCE * 3):
            socket.send(json.dumps({"topics": topics, "after": after}))
        while True:
            socket.recv(40)
    assert closed.value.rcvd is not None and closed.value.rcvd.code == TOO_MANY
