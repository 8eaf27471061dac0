"""Recruiters have other machines told, try it out, and send a delivery again."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup, Tag
from django.contrib.auth.models import User
from django.test import Client

from interviews.actions.invitations import revoke
from interviews.actions.operating import cancel, pause, pause_kind, unpause, unpause_kind
from interviews.actions.webhooks import disable, try_out
from interviews.events import Kind
from interviews.models import Delivery, Endpoint, Event, Job
from interviews.processing.webhooks import secret
from tests.hooks import kinds, tell, try_again
from tests.people import World
from tests.receiver import Receiver


class TestPages:
    def test_a_recruiter_makes_one_for_their_position_and_sees_the_secret(
        self, world: World, ada: Client, receiver: Receiver
    ) -> None:
        typed = {"url": receiver.url, "position": str(world.position.pk), "kinds": ["interview.submitted"]}
        made = ada.post("/hr-dashboard/webhooks/", typed)
        endpoint = Endpoint.objects.get()
        assert made.status_code == 200 and secret(endpoint) in made.content.decode().replace("&#x2B;", "+")
        page = ada.get(f"/hr-dashboard/webhooks/{endpoint.pk}/").content.decode()
        assert receiver.url.replace("&", "&amp;") in page and secret(endpoint) not in page

    @pytest.mark.parametrize("url", ["", "http://hooks.example.com/", "https://user:word@example.com/", "ftp://x"])
    def test_an_address_that_cannot_be_told_is_refused_and_kept(self, world: World, ada: Client, url: str) -> None:
        typed = {"url": url, "position": str(world.position.pk), "kinds": ["interview.submitted"]}
        page = ada.post("/hr-dashboard/webhooks/", typed)
        assert page.status_code == 400 and page.content.decode().count("field-error") == 1
        assert url in page.content.decode() and not Endpoint.objects.exists()

    def test_only_who_runs_a_position_has_it_told_and_only_a_superuser_the_whole_site(
        self, world: World, cy: Client, ada: Client, endpoint: Endpoint
    ) -> None:
        typed = {"url": "https://example.com/", "kinds": ["interview.submitted"]}
        for position in ("", str(world.position.pk), "x"):
            assert cy.post("/hr-dashboard/webhooks/", {**typed, "position": position}).status_code == 400
        for method in (cy.get, cy.post):
            assert method(f"/hr-dashboard/webhooks/{endpoint.pk}/").status_code == 404
        assert endpoint.url not in cy.get("/hr-dashboard/webhooks/").content.decode()
        root = Client()
        root.force_login(User.objects.create_superuser("root", "root@example.com", "-"))
        assert root.post("/hr-dashboard/webhooks/", typed).status_code == 200
        nobody = Client()
        nobody.force_login(User.objects.create_user("nobody", "n@example.com", "-"))
        assert nobody.post("/hr-dashboard/webhooks/", typed).status_code == 403

    def test_its_buttons_test_change_disable_enable_and_remove(
        self, world: World, ada: Client, endpoint: Endpoint, receiver: Receiver
    ) -> None:
        page = f"/hr-dashboard/webhooks/{endpoint.pk}/"
        ada.post(page, {"act": "test"})
        try_again()
        assert kinds(receiver) == ["test"]
        assert "Delivered" in ada.get(page).content.decode()
        assert "whsec_" in ada.post(page, {"act": "secret"}).content.decode()
        ada.post(page, {"act": "disable"})
        ada.post(page, {"act": "test"})
        assert Delivery.objects.count() == 1 and "Somebody disabled it here." in ada.get(page).content.decode()
        ada.post(page, {"act": "enable"})
        assert Endpoint.objects.get().disabled_at is None
        assert ada.post(page, {"act": "remove"}).status_code == 302 and not Endpoint.objects.exists()

    def test_it_says_when_it_was_read_and_is_looked_at_again_where_one_was(
        self, world: World, ada: Client, endpoint: Endpoint, receiver: Receiver
    ) -> None:
        page = f"/hr-dashboard/webhooks/{endpoint.pk}/"
        assert "Look again below" in ada.post(page, {"act": "test"}, follow=True).content.decode()
        before = BeautifulSoup(ada.get(page).content, "html.parser")
        look = before.find("a", string="Look again")
        assert isinstance(look, Tag) and look.find_previous("time", attrs={"data-ago": True}) is not None
        query, _hash, place = str(look["href"]).partition("#")
        assert query.startswith("?looked="), "another address each time, or a browser would only scroll"
        assert before.find(id=place) is not None and "Delivered" not in before.get_text()
        try_again()
        assert "Delivered" in ada.get(page + query).content.decode()

    def test_a_delivery_is_sent_again_as_it_was(
        self, world: World, ada: Client, cy: Client, endpoint: Endpoint, receiver: Receiver
    ) -> None:
        revoke(world.interview)
        tell()
        again = f"/hr-dashboard/webhooks/{endpoint.pk}/deliveries/{Delivery.objects.get().pk}/again/"
        assert cy.post(again).status_code == 404
        assert ada.post(again).status_code == 302
        ada.post(again)  # on its way already
        try_again()
        first, second = receiver.told
        assert (first.body, first.headers["webhook-id"]) == (second.body, second.headers["webhook-id"])
        assert Event.objects.filter(kind=Kind.REVOKED).count() == 1

    def test_what_an_operator_cancelled_is_called_stopped_and_can_be_sent_again(
        self, world: World, ada: Client, endpoint: Endpoint, receiver: Receiver
    ) -> None:
        page = f"/hr-dashboard/webhooks/{endpoint.pk}/"
        delivery = try_out(endpoint)
        root = User.objects.create_superuser("root", "root@example.com", "-")
        cancel(Job.objects.get(delivery=delivery).pk, root)
        shown = ada.get(page).content.decode()
        assert "Stopped" in shown and "cancelled by root" in shown and "Waiting to be delivered" not in shown
        assert "Nothing goes on by itself. Send it again, or leave it." in shown
        assert ada.post(f"{page}deliveries/{delivery.pk}/again/").status_code == 302
        assert "Waiting to be delivered" in ada.get(page).content.decode()
        try_again()
        assert kinds(receiver) == ["test"] and "Delivered" in ada.get(page).content.decode()

    @pytest.mark.parametrize("alone", [True, False])
    def test_what_an_operator_holds_up_is_called_paused_until_it_goes_on(
        self, world: World, ada: Client, root: Client, endpoint: Endpoint, receiver: Receiver, alone: bool
    ) -> None:
        delivery = try_out(endpoint)
        job = Job.objects.get(delivery=delivery)
        seen = (ada, f"/hr-dashboard/webhooks/{endpoint.pk}/"), (root, "/admin/interviews/delivery/")
        pages = (*seen, (root, f"/admin/interviews/delivery/{delivery.pk}/change/"))

        def say(words: str) -> list[bool]:
            return [words in browser.get(page).content.decode() for browser, page in pages]

        held = None if alone else pause_kind(Job.Kind.WEBHOOK, "", world.ada)
        if alone:
            pause(job.pk, world.ada)
        try_again()
        assert kinds(receiver) == []
        held_up = "paused" if alone else "paused with its kind"
        assert f'field-is_held">{held_up}</td>' in root.get("/admin/interviews/job/").content.decode()
        assert say("Paused") == [True] * 3 and "/again/" not in ada.get(seen[0][1]).content.decode()
        unpause(job.pk, world.ada) if held is None else unpause_kind(held.pk, world.ada)
        assert say("Paused") == [False] * 3
        try_again()
        assert kinds(receiver) == ["test"] and say("Delivered")[0]

    def test_what_was_stopped_and_cannot_be_sent_again_says_what_comes_first(
        self, world: World, ada: Client, endpoint: Endpoint
    ) -> None:
        delivery = try_out(endpoint)
        cancel(Job.objects.get(delivery=delivery).pk, world.ada)
        disable(endpoint, world.ada)
        shown = ada.get(f"/hr-dashboard/webhooks/{endpoint.pk}/").content.decode()
        assert "Enable the endpoint, then send it again." in shown and "/again/" not in shown
