"""What is asked once more before much harm can be done."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from interviews.actions import guessing
from interviews.actions.webhooks import make_endpoint
from interviews.models import Attempt, Export, ShareLink, Telling
from interviews.views.proving import ASKS, OFFERED_BY
from tests.addresses import named
from tests.people import PASSWORD, World
from tests.signed_in import code_of, signed_in, stale, with_second_factor


class TestProving:
    """What the page asks for comes after the right password, and nothing before."""

    def test_an_export_is_asked_for_once_more_after_ten_minutes(self, submitted: World) -> None:
        here = signed_in()
        path = _address("results-export", file_format="csv")
        assert here.get(path).status_code == 200
        Export.objects.all().delete()
        page = stale(here).get(path)
        assert page.status_code == 403 and b"Is it you?" in page.content and not Export.objects.exists()
        wrong = here.post(path, {"proof": "GET", "proof-password": "wrong"})
        assert b"not your password" in wrong.content and not Export.objects.exists()
        right = here.post(f"{path}?q=bo", {"proof": "GET", "proof-password": PASSWORD}, follow=True)
        assert right.redirect_chain == [(f"{_address('results')}?q=bo", 302)], (
            "to the page, which a file would not leave"
        )
        assert "Take the file now" in right.content.decode() and not Export.objects.exists()
        assert here.get(path).status_code == 200 and Export.objects.count() == 1

    @pytest.mark.parametrize("name", OFFERED_BY)
    def test_whoever_came_for_a_file_comes_back_to_the_page_that_offers_it(self, name: str, submitted: World) -> None:
        User.objects.create_superuser("root", "", PASSWORD)
        here = stale(signed_in(name="root"))
        rest = {"interview_id": submitted.interview.pk} if name == "interview-export" else {}
        path = _address(name, file_format="csv", **rest)
        page = here.post(path, {"proof": "GET", "proof-password": PASSWORD}, follow=True)
        assert page.redirect_chain == [(_address(OFFERED_BY[name], **rest), 302)]
        assert page.status_code == 200 and "Take the file now" in page.content.decode()
        assert path.removesuffix("csv/") in page.content.decode() or name == "bias-audit-export"  # once it has counted

    def test_what_was_typed_is_carried_along(self, submitted: World) -> None:
        path = _address("share", interview_id=submitted.interview.pk)
        sent = {"name": "Olga <Outer>", "email": "", "days": "7"}
        here = stale(signed_in())
        page = here.post(path, sent)
        assert page.status_code == 403 and not ShareLink.objects.exists()
        fields = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page.content.decode()))
        assert fields["name"] == "Olga &lt;Outer&gt;" and fields["proof"] == "POST"
        reply = here.post(path, {**sent, "proof": "POST", "proof-password": PASSWORD})
        assert reply.status_code == 200 and ShareLink.objects.get().name == "Olga <Outer>"

    def test_the_secret_of_a_webhook_is_not_shown_to_a_session_that_somebody_found(self, world: World) -> None:
        endpoint = make_endpoint(world.position, "https://hooks.example.com/", Telling.values, world.ada)
        page = stale(signed_in()).post(_address("webhook", endpoint_id=endpoint.pk), {"act": "secret"})
        assert page.status_code == 403 and b"Is it you?" in page.content and b"whsec_" not in page.content
        endpoint.refresh_from_db()
        assert endpoint.generation == 1

    def test_with_a_second_factor_it_is_the_code_that_is_asked_for(self, submitted: World) -> None:
        here = signed_in()
        with_second_factor(submitted.ada)
        path = _address("results-export", file_format="csv")
        assert b"proof-code" in stale(here).get(path).content
        assert here.post(path, {"proof": "GET", "proof-password": PASSWORD}).status_code == 403
        assert here.post(path, {"proof": "GET", "proof-code": code_of(submitted.ada)}).status_code == 302

    def test_it_cannot_be_guessed(self, submitted: World) -> None:
        here, path = stale(signed_in()), _address("results-export", file_format="csv")
        for _ in range(guessing.PER_ACCOUNT_AND_ADDRESS):
            here.post(path, {"proof": "GET", "proof-password": "wrong"})
        reply = here.post(path, {"proof": "GET", "proof-password": PASSWORD})
        assert reply.status_code == 403 and b"wrong too often" in reply.content
        Attempt.objects.all().delete()
        assert here.post(path, {"proof": "GET", "proof-password": PASSWORD}).status_code == 302

    def test_passwords_are_not_written_into_the_page(self, world: World) -> None:
        User.objects.create_superuser("root", "", PASSWORD)
        root = stale(signed_in(name="root"))
        sent = {"username": "new", "password1": "heron in the rain", "password2": "heron in the rain"}
        page = root.post("/admin/auth/user/add/", sent).content.decode()
        assert 'name="username" value="new"' in page and "heron" not in page
        assert not User.objects.filter(username="new").exists()

    @pytest.mark.parametrize(
        "ask",
        [
            lambda root, ada: root.get("/admin/auth/user/add/"),
            lambda root, ada: root.get(f"/admin/auth/user/{ada.pk}/change/"),
            lambda root, ada: root.get(f"/admin/auth/user/{ada.pk}/password/"),
            lambda root, ada: root.get(f"/admin/auth/user/{ada.pk}/delete/"),
            lambda root, ada: root.post(
                "/admin/auth/user/", {"action": "sign_out_everywhere", "_selected_action": ada.pk}
            ),
            lambda root, ada: root.post(
                "/admin/interviews/position/", {"action": "delete_selected", "_selected_action": 1}
            ),
        ],
    )
    def test_the_admin_asks_before_accounts_and_deletions(
        self, world: World, ask: Callable[[Client, User], Any]
    ) -> None:
        User.objects.create_superuser("root", "", PASSWORD)
        root = signed_in(name="root")
        assert ask(root, world.ada).status_code in (200, 302)
        assert b"Is it you?" in ask(stale(root), world.ada).content

    def test_every_name_in_the_list_is_an_address(self) -> None:
        assert {name for name, _route, _arguments in named()} >= ASKS


def _address(name: str, **arguments: Any) -> str:
    return reverse(name, kwargs=arguments)
