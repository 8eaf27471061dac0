"""Ada's browsers, signed in as people do it."""

from __future__ import annotations

from datetime import timedelta
from typing import cast

import pyotp
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from interviews import sessions
from interviews.actions import second_factor
from interviews.models import SecondFactor
from tests.people import PASSWORD

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1"
PAGE = "/hr-dashboard/sign-in/"
HOME = "/hr-dashboard/"


def signed_in(agent: str = FIREFOX, address: str = "203.0.113.7", name: str = "ada") -> Client:
    browser = Client(headers={"User-Agent": agent})
    assert sign_in(browser, name, address=address).status_code == 302
    return browser


def stale(browser: Client) -> Client:
    session = browser.session
    session[sessions.PROVED] = timezone.now().timestamp() - 601
    session.save()
    return browser


def sign_in(browser: Client, name: str = "ada", password: str = PASSWORD, address: str = "203.0.113.7") -> HttpResponse:
    sent = {"username": name, "password": password, "next": HOME}
    return cast("HttpResponse", browser.post(PAGE, sent, REMOTE_ADDR=address))


def is_in(browser: Client) -> bool:
    return browser.get(HOME).status_code == 200


def code_of(user: User, later: int = 0) -> str:
    """`later` steps of thirty seconds from now."""
    at = timezone.now() + timedelta(seconds=30 * later)
    return pyotp.TOTP(SecondFactor.objects.get(user=user).secret).at(at)


def with_second_factor(user: User) -> list[str]:
    secret = second_factor.new_secret()
    code = pyotp.TOTP(secret).at(timezone.now() - timedelta(seconds=30))  # the present one is left to the test
    codes = second_factor.begin(user, secret, code)
    assert codes is not None
    return codes
