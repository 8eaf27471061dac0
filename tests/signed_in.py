"""Ada's browsers, signed in as people do it."""

from __future__ import annotations

from django.test import Client
from django.utils import timezone

from interviews import sessions
from tests.test_signing_in import sign_in

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1"


def signed_in(agent: str = FIREFOX, address: str = "203.0.113.7", name: str = "ada") -> Client:
    browser = Client(headers={"User-Agent": agent})
    assert sign_in(browser, name, address=address).status_code == 302
    return browser


def stale(browser: Client) -> Client:
    session = browser.session
    session[sessions.PROVED] = timezone.now().timestamp() - 601
    session.save()
    return browser
