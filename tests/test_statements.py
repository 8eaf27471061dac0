"""Each page of the desk takes the same number of statements for one row of each kind that it lists as for fifty.

The numbers stand here: whoever makes a page ask for more says so by changing its number.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from interviews.models import Job, Position, Reassessment, Worker
from interviews.processing import engines
from tests.addresses import HR, named
from tests.engines import Assesses
from tests.people import content
from tests.plenty import OF_ONE_AT_MOST, Plenty

MANY = 50
PAGES = {
    "account": 5,
    "account-password": 2,
    "account-second-factor": 5,
    "accommodations": 5,
    "agreement": 14,
    "assess-again": 13,
    "bias-audit": 6,
    "bias-audit-export": 5,
    "compare": 8,
    "explanation": 15,
    "hr": 25,
    "insight": 29,
    "interview-export": 22,
    "invitation": 14,
    "invitation of one not scored": 13,
    "invitations": 5,
    "invite": 4,
    "position": 7,
    "position-close": 4,
    "position-edit": 4,
    "position-invitations": 11,
    "position-invitations-news": 3,
    "position-mail": 5,
    "position-mails": 4,
    "position-new": 2,
    "position-questions": 8,
    "position-questions of one without a draft": 6,
    "position-team": 4,
    "positions": 6,
    "public-links": 5,
    "ranking": 15,
    "results": 17,
    "results-news": 2,
    "review": 27,
    "review of one not reviewed": 20,
    "rubric": 4,
    "rubric of a draft": 4,
    "rubric-new": 2,
    "rubric-preview": 5,
    "rubrics": 5,
    "runs": 11,
    "share": 8,
    "tell": 9,
    "tokens": 3,
    "transcript": 10,
    "webhook": 5,
    "webhooks": 5,
    "why": 21,
    "why of one not heard": 24,
}
"""By the name of the address, and what is said of a page that the same address also is."""
LIST_NOTHING = {
    *("account-password", "account-second-factor", "invite", "position", "position-edit", "position-mail"),
    *(
        "position-invitations-news",
        "position-mails",
        "position-new",
        "results-news",
        "rubric-new",
        "tell",
        "invitation of one not scored",
    ),
}
"""As long for fifty as for one; all others are longer, or it would say little that they take as many statements."""
NO_PAGES = {
    *("sign-in", "sign-in-code", "sign-in-set-up"),
    *("review-captions", "review-original", "review-playable", "review-poster", "compare-sound", "certificate"),
    "next-to-review",  # leads on: see tests/test_waiting.py
    "results-export",  # in batches: see tests/test_exports.py
}
STEPS = {"estimate": 21, "start": 23, "pause": 11, "resume": 15, "resume what was left": 17, "stop": 19}
"""Of a reassessment, from being asked what it costs to its end."""


@pytest.fixture
def reader(transactional_db: None) -> User:
    """May do all that nobody has to be a superuser for."""
    reader = User.objects.create_user("ada", "ada@example.com", "-")
    may = ("add_position", "change_accommodation", "view_selfreport")
    reader.user_permissions.set(Permission.objects.filter(codename__in=may))
    Worker.objects.create(name="w", seen_at=timezone.now() + timedelta(days=1))  # however long this takes
    return reader


@pytest.fixture
def browser(reader: User) -> Client:
    browser = Client()
    browser.force_login(reader)
    return browser


def test_each_page_takes_as_many_statements_for_fifty_as_for_one(reader: User, browser: Client) -> None:
    few, lengths = _asked(browser, Plenty(reader, 1))
    many, longer = _asked(browser, Plenty(reader, MANY))
    assert many == few == PAGES
    assert {page for page in PAGES if longer[page] < 1.1 * lengths[page]} == LIST_NOTHING


def test_each_address_of_the_desk_is_counted(reader: User, browser: Client) -> None:
    values = _values(Plenty(reader, 1))
    paths = {
        name: reverse(name, kwargs={it: values[it] for it in needed})
        for name, route, needed in named()
        if route.startswith(HR)
    }
    pages = {name for name, path in paths.items() if browser.get(path).status_code != 405}
    assert pages == {page.partition(" ")[0] for page in PAGES} | NO_PAGES


def test_a_reassessment_takes_as_many_statements_for_many_as_for_one(
    reader: User, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "analyser", lambda: Assesses(name="gemini"))
    few = _steered(browser, Plenty(reader, 1).position)
    assert _steered(browser, Plenty(reader, OF_ONE_AT_MOST).position) == few == STEPS


def _asked(browser: Client, plenty: Plenty) -> tuple[dict[str, int], dict[str, int]]:
    """How many statements each page took, and how long it is. Asked once before: that somebody looked is written down
    once in ten minutes."""
    usual = _values(plenty)
    others: dict[str, dict[str, Any]] = {
        "invitation of one not scored": {"interview_id": plenty.unread.pk},
        "position-questions of one without a draft": {"position_id": plenty.only_published.pk},
        "review of one not reviewed": {"interview_id": plenty.unread.pk},
        "rubric of a draft": {"version_id": plenty.draft.pk},
        "why of one not heard": {"interview_id": plenty.unheard.pk},
    }
    needed = {name: arguments for name, _route, arguments in named()}
    counted, lengths = {}, {}
    for page in PAGES:
        name, values = page.partition(" ")[0], {**usual, **others.get(page, {})}
        address = reverse(name, kwargs={it: values[it] for it in needed[name]})
        assert browser.get(address).status_code == 200, page
        with CaptureQueriesContext(connection) as seen:
            lengths[page] = len(content(browser.get(address)))
        counted[page] = len(seen)
    return counted, lengths


def _values(plenty: Plenty) -> dict[str, Any]:
    """What addresses need, by the names of their arguments."""
    return {
        "position_id": plenty.position.pk,
        "interview_id": plenty.scored.pk,
        "take_id": plenty.answers[0].take_id,
        "version_id": plenty.version.pk,
        "endpoint_id": plenty.endpoint.pk,
        "delivery_id": uuid4(),
        "alias": uuid4(),
        "version": uuid4(),
        "number": 1,
        "kind": "invitation",
        "file_format": "csv",
    }


def _steered(browser: Client, position: Position) -> dict[str, int]:
    address = reverse("assess-again", args=[position.pk])

    def statements(**sent: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            assert browser.post(address, sent).status_code in (200, 302)
        return len(seen)

    counted = {act: statements(act=act) for act in ("estimate", "start")}
    made = Reassessment.objects.filter(position=position).latest("pk")
    counted |= {act: statements(pick=f"{act} {made.pk}") for act in ("pause", "resume")}
    statements(pick=f"pause {made.pk}")
    # Workers leave what is paused, and find nothing in it that they may do.
    Job.objects.filter(kind=Job.Kind.ASSESS, state=Job.State.QUEUED).update(state=Job.State.DONE)
    counted["resume what was left"] = statements(pick=f"resume {made.pk}")
    counted["stop"] = statements(pick=f"stop {made.pk}")
    made.refresh_from_db()
    assert made.state == Reassessment.State.STOPPED
    return counted
