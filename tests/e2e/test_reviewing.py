"""A reviewer with a keyboard: rates, loses the line for a while, finishes, and sees what was suggested."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.e2e.accessible import Inspection
from tests.e2e.conftest import Running
from tests.e2e.pages import RESULTS, sign_in

SUGGESTED = re.compile(r"Level \d of 5|Not enough evidence")


RATE_FIRST = "from interviews.models import Position; Position.objects.update(rate_first=True)"
"""The demo's own position shows at once what is suggested."""


@pytest.fixture
def reviewer(chromium: Browser, own_demo: Running) -> Iterator[Page]:
    own_demo.site.manage("shell", "-v0", "-c", RATE_FIRST)
    page = chromium.new_context(viewport={"width": 1280, "height": 900}).new_page()
    sign_in(page, own_demo.site, "hr", own_demo.demo.hr_password, RESULTS)
    yield page


@pytest.fixture
def inspection() -> Inspection:
    return Inspection()


def _rate(page: Page, number: int, key: str = "Space") -> None:
    """The radio group takes the focus by Tab; an arrow moves the choice."""
    page.locator("form[data-rate]").nth(number).get_by_role("radio").first.focus()
    page.keyboard.press(key)


def test_a_reviewer_rates_by_keyboard_and_sees_the_suggestions_without_a_reload(
    reviewer: Page, inspection: Inspection
) -> None:
    page = reviewer
    assert "Rate first" in page.locator("[data-stage=scored]").first.inner_text()
    page.locator("[data-stage=scored] a").first.click()
    expect(page.locator(".live")).to_have_attribute("data-state", "live")
    list_of_all = page.context.new_page()
    list_of_all.goto(page.url.partition("results/")[0] + "results/")
    expect(list_of_all.locator(".live")).to_have_attribute("data-state", "live")
    assert not SUGGESTED.search(page.content())
    inspection.look(page, "a review that is open")
    page.set_viewport_size({"width": 1280, "height": 900})

    forms = page.locator("form[data-rate]")
    total = forms.count()
    page.get_by_role("button", name="Finish my review").focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-finish-problem]")).to_contain_text("Not rated yet: question 1")

    def away(route: Route) -> None:
        route.abort()

    page.route("**/review/rate/", away)
    _rate(page, 0, "ArrowDown")
    expect(forms.first).to_have_attribute("data-state", "retrying")
    expect(forms.first.locator("[data-rate-state]")).to_contain_text("Not saved")
    page.reload()
    expect(forms.first.locator("input:checked")).to_have_count(1)
    page.unroute("**/review/rate/")
    expect(forms.first).to_have_attribute("data-state", "saved", timeout=90_000)

    for number in range(1, total):
        _rate(page, number)
        expect(forms.nth(number)).to_have_attribute("data-state", "saved")
    expect(page.locator("[data-rated]")).to_have_text(str(total))
    page.evaluate("window.isTheSamePage = true")
    page.get_by_role("button", name="Finish my review").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Side by side").first).to_be_visible()
    expect(page.locator(".assessment").first).to_contain_text(SUGGESTED)
    assert page.evaluate("window.isTheSamePage") is True
    expect(list_of_all.locator("[data-stage=scored] .score, [data-stage=scored] .unscored").first).to_be_visible()
    inspection.look(page, "a review that is done")

    page.get_by_label("Advance").check()
    page.get_by_label("Reason", exact=True).fill("Planned it, and measured it.")
    page.get_by_role("button", name="Decide", exact=True).click()
    expect(page.locator("#summary .decision")).to_have_text("Advance")
    expect(list_of_all.locator(".decision-advance")).to_be_visible()
    page.get_by_role("link", name="Explanation for the applicant").click()
    expect(page.get_by_role("heading", name="If you disagree")).to_be_visible()
    inspection.look(page, "explanation")
    page.get_by_role("button", name="Give it to the applicant").click()
    expect(page.get_by_text("Given to the applicant")).to_be_visible()
    page.go_back()
    page.goto(page.url.partition("results/")[0] + "positions/1/agreement/")
    expect(page.get_by_role("heading", name="Agreement", exact=True)).to_be_visible()
    inspection.look(page, "agreement")
    page.goto(page.url.replace("agreement", "ranking"))
    expect(page.get_by_role("heading", name="Ranking", exact=True)).to_be_visible()
    inspection.look(page, "ranking")
    assert inspection.found == []
