"""Pages about a whole position in a browser: usable by everybody, quick to listen to, and nameless where asked."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.accessible import Inspection
from tests.e2e.conftest import Running
from tests.e2e.pages import RESULTS, sign_in, watched

REVIEW_ALL = """
from django.contrib.auth.models import User
from interviews.actions.reviewing import Rated, finish, rate
from interviews.models import Interview
from interviews.queries.ratings import places
hr = User.objects.get(username="hr")
for interview in Interview.objects.filter(state="scored"):
    for number, (answer, criterion) in enumerate(places(interview)):
        rate(interview, hr, Rated(answer.pk, criterion.pk, number % 5 + 1))
    finish(interview, hr)
"""


@pytest.fixture
def recruiter(chromium: Browser, own_demo: Running) -> Iterator[Page]:
    for page in watched(chromium):
        sign_in(page, own_demo.site, "hr", own_demo.demo.hr_password, RESULTS)
        yield page


def _top(element: Locator) -> float:
    box = element.bounding_box()
    assert box is not None
    return box["y"]


def test_the_pages_of_a_position_are_usable_by_everybody(recruiter: Page, own_demo: Running) -> None:
    page, inspection = recruiter, Inspection()
    own_demo.site.manage("shell", "-v0", "-c", REVIEW_ALL)
    base = f"{own_demo.site.address}/hr-dashboard/positions/1/"
    page.goto(f"{base}insight/")
    expect(page.get_by_role("heading", name="How far they come")).to_be_visible()
    page.evaluate("for (const it of document.querySelectorAll('details')) it.open = true")
    inspection.look(page, "insight")
    page.goto(f"{base}agreement/")
    inspection.look(page, "agreement")
    page.goto(f"{base}ranking/")
    inspection.look(page, "ranking")

    page.set_viewport_size({"width": 1280, "height": 900})
    boxes = page.get_by_role("checkbox")
    assert boxes.count() >= 2
    for number in range(2):
        boxes.nth(number).check()
    page.get_by_role("button", name="Compare those chosen").click()
    expect(page.locator(".live")).to_have_attribute("data-state", "live")
    expect(page.locator("article.compare-cell")).to_have_count(6)
    inspection.look(page, "compare")

    page.set_viewport_size({"width": 1280, "height": 900})
    first, second = page.locator("article.compare-cell").nth(0), page.locator("article.compare-cell").nth(1)
    assert abs(_top(first) - _top(second)) < 2, "beside each other"
    page.set_viewport_size({"width": 320, "height": 900})
    assert _top(first) < _top(second), "one after the other"
    page.set_viewport_size({"width": 1280, "height": 900})

    page.get_by_text("Choose applicants and question").click()
    page.get_by_label("Without names and pictures").check()
    page.get_by_role("button", name="Compare", exact=True).click()
    expect(page.get_by_role("heading", name="Names and pictures are hidden")).to_be_visible()
    assert not re.search("Mara|Okafor|Tomas|Virtanen|Jonas|Lindqvist", page.content())
    inspection.look(page, "compare without names")
    page.set_viewport_size({"width": 1280, "height": 900})
    sound = page.locator("article.compare-cell video").first
    page.locator("article.compare-cell [data-start]").first.click()
    expect(sound).to_have_js_property("paused", False)
    assert sound.evaluate("it => it.videoWidth") == 0, "there is nothing to be seen in it"
    assert inspection.found == []
