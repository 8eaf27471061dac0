"""Who may do what at every address: they are found in the registry of the product."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from itertools import product
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.contrib.auth.models import User
from django.db.models import Model
from django.test import Client
from django.urls import URLPattern, reverse

from interviews.actions import answering, uploading
from interviews.events import Kind, head
from interviews.models import (
    Event,
    Hidden,
    Interview,
    Rubric,
    RubricVersion,
    SavedView,
    Segment,
    ShareComment,
    ShareLink,
    ShareVisit,
    Take,
)
from interviews.urls import urlpatterns
from project.urls import urlpatterns as site
from tests.addresses import OURS, Subject, addresses, named
from tests.people import World, join_team
from tests.recorder import told
from tests.strangers import FRIENDS, SECRETS, another_applicant, ask, secrets_in, signed_in, text_in
from tests.tables import rows_of_tables
from tests.wire import OCTETS, TUS, metadata

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
FOR_EVERYBODY = {"admin:login", "admin:jsi18n"}
CELLS_AT_LEAST = 5000
"""Addresses times methods times strangers. What is found by itself could also be lost by itself."""
CHANGED: list[type[Model]] = [Take, Hidden, SavedView, ShareComment, ShareVisit]


def _form(world: World, link: ShareLink) -> dict[str, str]:
    """What names rows that are not part of the address."""
    typed = {"act": "hide", "interview": str(world.interview.pk), "share": str(link.pk)}
    typed["view"] = str(SavedView.objects.get().pk)
    return {"data": urlencode(typed), "content_type": "application/x-www-form-urlencoded"}


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
            reply, cells = ask(client, method, address.path, **form), cells + 1
            text = text_in(reply)
            leaks += [f"{method} {address.name} tells {who} {secret}" for secret in secrets_in(text)]
            if 200 <= reply.status_code < 300 and address.is_owned:
                other = ask(client, method, address.elsewhere)
                if reply.status_code != other.status_code or (
                    _same(text, address.path) != _same(text_in(other), address.elsewhere)
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
                reply = ask(client, method, address.path, **form)
                seen.update(secrets_in(text_in(reply)))
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
    root = signed_in(User.objects.get(username="root"))
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
    assert ask(bo, "PATCH", path, **sent).status_code == 403
    assert Segment.objects.latest("created_at").received == 0
    sent["HTTP_X_CSRFTOKEN"] = bo.get(f"/interview/{answered.interview.pk}/").cookies["csrftoken"].value
    assert ask(bo, "PATCH", path, **sent).status_code == 204


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
    dee = another_applicant(answered)
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


def test_who_is_signed_in_is_led_on_from_a_page_that_is_not_there(world: World, ada: Client) -> None:
    way_on = b'<a href="/hr-dashboard/">To the overview</a>'
    for address, status in (("/hr-dashboard/nowhere/", 404), ("/hr-dashboard/accommodations/", 403)):
        reply = ada.get(address)
        assert (reply.status_code, way_on in reply.content) == (status, True)
    assert way_on not in Client().get("/nowhere/").content


def test_who_leaves_the_team_sees_nothing_more(answered: World, ada: Client) -> None:
    assert b"Bo Berg" in ada.get("/hr-dashboard/results/").content
    answered.position.team.remove(answered.ada)
    assert b"Bo Berg" not in ada.get("/hr-dashboard/results/").content
    assert ada.get(f"/hr-dashboard/results/{answered.interview.pk}/review/").status_code == 404


def test_no_table_holds_a_token(world: World, bo: Client) -> None:
    """After it was used, too: the session holds the hash."""
    token = world.token
    assert len(bytes.fromhex(token)) * 8 >= 128
    assert bo.get(f"/interview/{world.interview.pk}/").status_code == 200
    session = bo.session.get_decoded() if hasattr(bo.session, "get_decoded") else dict(bo.session.items())
    assert token not in json.dumps(session)
    seen = 0
    for table, rows in rows_of_tables():
        seen += len(rows)
        assert token not in repr(rows), table
    assert seen > 20
