"""Olga, who comes from outside with a link to one interview."""

from __future__ import annotations

import json
from typing import Any

from django.test import Client

from interviews.actions.sharing import Outsider, share
from interviews.models import ShareLink
from tests.people import World


def share_with_olga(world: World, *, shows_levels: bool = False) -> tuple[ShareLink, str]:
    outsider = Outsider("Olga Outer", "olga@elsewhere.example")
    return share(world.interview, outsider, 7, shows_levels=shows_levels, by=world.ada)


def olga_with(link: ShareLink, token: str) -> Client:
    browser = Client()
    assert browser.post(f"/shared/{link.pk}/open/", {"token": token}).status_code == 302
    return browser


def page_of(link: ShareLink) -> str:
    return f"/shared/{link.pk}/"


def says(browser: Client, link: ShareLink, text: str, version: int = 0, number: int = 1) -> Any:
    body = json.dumps({"text": text, "version": version})
    return browser.put(f"{page_of(link)}answers/{number}/comment/", body, content_type="application/json")
