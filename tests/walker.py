"""Somebody who comes by a public link."""

from __future__ import annotations

import re
from typing import Any

from django.test import Client

from tests.people import World


def public_page(world: World) -> str:
    return f"/hr-dashboard/invitations/{world.position.pk}/public/"


def made_by(ada: Client, world: World, label: str = "The fair") -> tuple[str, str]:
    """The public address and its token, as the page shows them, once."""
    page = ada.post(public_page(world), {"label": label}).content.decode()
    found = re.search(r"http://testserver(/join/[0-9a-f-]{36}/)#([0-9a-f]+)", page)
    assert found and '<svg viewBox="0 0' in page
    return found[1], found[2]


class Walker:
    """Somebody with a browser of their own, who has opened the link."""

    def __init__(self, link: tuple[str, str]) -> None:
        self.address, token = link
        self.browser = Client()
        assert self.browser.post(f"{self.address}open/", {"token": token}).status_code == 302

    def form(self) -> str:
        page = self.browser.get(self.address).content.decode()
        found = re.search(r'name="form" value="([0-9a-f-]{36})"', page)
        assert found, page
        return found[1]

    def gives(self, name: str = "Eve", email: str = "eve@example.com", **more: str) -> Any:
        return self.browser.post(self.address, {"form": self.form(), "name": name, "email": email, **more})
