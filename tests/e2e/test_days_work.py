"""A reviewer's day by keyboard alone, and again by touch: each step is done by what it is called on the page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from tests.e2e.keyboard import Keyboard
from tests.processes import Site

RATE_FIRST = "from interviews.models import Position; Position.objects.update(rate_first=True)"
PLAYS = "() => [...document.querySelectorAll('video')].some((video) => !video.paused && video.currentTime > 0.2)"
TABS_AT_MOST = 400
"""Of a review with nine criteria, from one end to the other."""


class Hands(Protocol):
    def press(self, name: str) -> None: ...

    def write(self, name: str, text: str) -> None: ...

    def rate(self, number: int) -> None:
        """The next criterion, by its number from 0."""

    def choose(self, name: str) -> None: ...


class OnKeys:
    def __init__(self, page: Page) -> None:
        self.page, self.keyboard = page, Keyboard(page, TABS_AT_MOST)

    def press(self, name: str) -> None:
        self.keyboard.press(name)

    def write(self, name: str, text: str) -> None:
        self.keyboard.go_to(name)
        self.page.keyboard.type(text)

    def rate(self, number: int) -> None:
        self.keyboard.go_to(r"^1\s")
        for _ in range(2):
            self.page.keyboard.press("ArrowDown")

    def choose(self, name: str) -> None:
        self.keyboard.press(name, "Space")


class OnGlass:
    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, name: str) -> None:
        named = re.compile(name)
        self.page.get_by_role("button", name=named).or_(self.page.get_by_role("link", name=named)).first.tap()

    def write(self, name: str, text: str) -> None:
        self.page.get_by_label(re.compile(name)).first.tap()
        self.page.keyboard.type(text)  # of the screen

    def rate(self, number: int) -> None:
        self.page.get_by_role("radio", name=re.compile(r"^3\s")).nth(number).tap()

    def choose(self, name: str) -> None:
        self.page.get_by_role("radio", name=re.compile(name)).tap()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with Site(tmp_path / "site") as site:
        site.manage("shell", "-v0", "-c", RATE_FIRST)
        yield site


def _waiting(page: Page) -> Locator:
    """Interviews that this person has not reviewed yet, in the list."""
    return page.get_by_role("row").filter(has_text="Your review").get_by_role("rowheader").get_by_role("link")


def _is_at(page: Page, heading: str) -> None:
    expect(page.get_by_role("heading", name=heading).first).to_be_visible()


def _work(site: Site, page: Page, hands: Hands) -> None:
    demo = json.loads(site.demo_text)
    page.goto(f"{site.address}/hr-dashboard/")
    hands.write("^User name", "hr")
    hands.write("^Password", demo["hr_password"])
    hands.press("^Sign in$")
    _is_at(page, "Overview")

    hands.press("^Interviews$")
    _is_at(page, "Interviews")
    expect(_waiting(page)).to_have_count(2)
    first, second = _waiting(page).all_inner_texts()
    hands.press(f"^{first}$")
    _is_at(page, first)
    expect(page.locator(".live")).to_have_attribute("data-state", "live")  # its scripts have begun
    hands.press(r"^Play\b")
    page.wait_for_function(PLAYS)

    criteria = page.get_by_role("radio", name=re.compile(r"^1\s")).count()
    assert criteria > 3
    for number in range(criteria):
        hands.rate(number)
        expect(page.get_by_text(re.compile(rf"^\s*{number + 1}\s+of {criteria} rated"))).to_be_visible()
    hands.press("^Finish my review$")
    expect(page.get_by_role("heading", name="Side by side").first).to_be_visible()
    expect(page.get_by_text(re.compile(r"Level \d of 5|Not enough evidence")).first).to_be_visible()

    hands.choose("^Advance$")
    hands.write("^Reason", "Planned it, and measured it.")
    hands.press("^Decide$")
    expect(page.get_by_role("region", name="Result")).to_contain_text("Advance")

    hands.press("^Invitations$")
    _is_at(page, "Invitations")
    hands.press("^Invite people$")
    _is_at(page, "Invite people")
    hands.write("^Who", "Robin Roe <robin@example.com>")
    hands.press("^Check the list$")
    _is_at(page, "1 person can be invited")
    hands.press("^Invite 1 person$")
    _is_at(page, "Links to pass on")

    hands.press("^Interviews$")
    _is_at(page, "Interviews")
    expect(_waiting(page)).to_have_text([second])
    expect(page.get_by_role("row").filter(has_text="Robin Roe")).to_be_visible()
    hands.press(f"^{second}$")
    _is_at(page, second)


def test_a_days_work_by_keyboard_alone(chromium: Browser, site: Site) -> None:
    page = chromium.new_context(viewport={"width": 1280, "height": 800}).new_page()
    _work(site, page, OnKeys(page))


def test_a_days_work_by_touch(chromium: Browser, site: Site) -> None:
    phone: ViewportSize = {"width": 390, "height": 844}
    page = chromium.new_context(viewport=phone, has_touch=True, is_mobile=True).new_page()
    _work(site, page, OnGlass(page))
