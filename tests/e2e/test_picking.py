"""The bar of what can be done with the rows that are ticked, in the list of interviews and in that of invitations."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.accessible import Inspection
from tests.e2e.conftest import Running
from tests.e2e.keyboard import FOCUSED
from tests.e2e.pages import sign_in, watched
from tests.e2e.people import invited

LIST, INVITATIONS = "/hr-dashboard/results/", "/hr-dashboard/invitations/1/"
MANY = """
from interviews.actions.invitations import invite
from interviews.models import Applicant, QuestionSet
asked = QuestionSet.objects.get()
for number in range(60):
    invite(Applicant.objects.create(name=f"Quentin {number:02}", email=f"q{number}@example.com"), asked)
"""
STARTS = """
from interviews.actions.answering import consent
from interviews.models import Interview
consent(Interview.objects.get(applicant__name={!r}), ai=False)
"""
BAR_TOP = "() => document.getElementById('acts').getBoundingClientRect().top"
BOTTOM = "() => document.activeElement.getBoundingClientRect().bottom"


@pytest.fixture
def page(chromium: Browser, own_demo: Running) -> Iterator[Page]:
    own_demo.site.manage("shell", "-v0", "-c", MANY)
    for page in watched(chromium):
        sign_in(page, own_demo.site, "hr", own_demo.demo.hr_password, LIST)
        yield page


def _live(page: Page, running: Running, path: str) -> None:
    page.goto(running.site.address + path)
    expect(page.locator(".live")).to_have_attribute("data-state", "live")


def _ticks(page: Page) -> Locator:
    return page.locator("#rows input[name=interview]")


def test_the_list_begins_high_on_the_page(page: Page, own_demo: Running) -> None:
    _live(page, own_demo, LIST)
    first = page.locator("#rows > tr").first.bounding_box()
    assert first is not None and first["y"] <= 320


@pytest.mark.parametrize("path", [LIST, INVITATIONS])
@pytest.mark.parametrize(("width", "height"), [(1280, 900), (320, 640)])
def test_what_can_be_done_is_in_sight_while_something_is_ticked_and_hides_nothing_that_has_the_focus(
    page: Page, own_demo: Running, path: str, width: int, height: int
) -> None:
    page.set_viewport_size({"width": width, "height": height})
    _live(page, own_demo, path)
    more_time, said = page.get_by_role("button", name="Give more time"), page.locator("[role=status] > [data-picked]")
    expect(more_time).to_be_hidden()
    expect(said).to_have_text("")
    _ticks(page).nth(1).focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    expect(said).to_have_text("1 ticked")
    bar = page.locator("#acts").bounding_box()
    assert bar is not None and abs(bar["y"] + bar["height"] - height) <= 1, "it stands at the bottom of the window"
    for _ in range(24):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        assert focused["isSeen"] and page.evaluate(BOTTOM) <= page.evaluate(BAR_TOP) + 1, focused

    _ticks(page).nth(8).focus()
    page.keyboard.press("Space")
    expect(said).to_have_text("2 ticked")
    page.keyboard.press("Enter")
    if width < 960:
        expect(page.get_by_text("What to do")).to_be_focused()
        page.keyboard.press("Enter")
    expect(more_time).to_be_in_viewport()
    clear = page.get_by_role("button", name="Clear")
    clear.focus()
    page.keyboard.press("Enter")
    expect(_ticks(page).nth(8)).to_be_focused()
    expect(page.locator("#rows input:checked")).to_have_count(0)
    expect(said).to_have_text("")
    expect(clear).to_be_hidden()


def test_a_row_that_changes_keeps_its_tick_and_the_focus(page: Page, own_demo: Running) -> None:
    for path in (LIST, INVITATIONS):
        name = "Quentin 59" if path == LIST else "Quentin 58"
        _live(page, own_demo, path)
        tick = page.get_by_label(f"Choose {name}")
        tick.focus()
        page.keyboard.press("Space")
        own_demo.site.manage("shell", "-v0", "-c", STARTS.format(name))
        expect(page.get_by_role("row").filter(has_text=name)).to_contain_text("Recorded 0 of 3")
        expect(tick).to_be_checked()
        expect(tick).to_be_focused()
        expect(page.locator("[data-picked]")).to_have_text("1 ticked")


def test_invitations_are_searched_and_paged_and_say_who_comes(page: Page, own_demo: Running) -> None:
    inspection = Inspection()
    _live(page, own_demo, INVITATIONS)
    expect(_ticks(page)).to_have_count(50)
    page.get_by_label("Choose all").check()
    expect(page.locator("[data-picked]")).to_have_text("50 ticked")
    inspection.look(page, "invitations, ticked")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.get_by_role("link", name="Next").click()
    expect(page.get_by_role("rowheader").first).to_contain_text("Quentin 09")
    page.get_by_role("searchbox").fill("q7@example")
    page.keyboard.press("Enter")
    expect(page.get_by_role("rowheader")).to_have_count(1)
    expect(page.locator(".live")).to_have_attribute("data-state", "live")
    invited(own_demo, "Nobody Looked For")
    _live(page, own_demo, f"{INVITATIONS}?q=late&show=open")
    invited(own_demo, "Wanda Late")
    expect(page.locator("#newcomers")).to_have_text("1 new")
    page.locator("#newcomers").click()
    expect(page.get_by_role("rowheader")).to_contain_text("Wanda Late")
    assert inspection.found == []
