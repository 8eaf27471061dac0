"""A long list leaves as a file: how much has come is shown, it can be stopped, and what breaks off is not saved."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Browser, Download, Page, expect

from tests.e2e.conftest import Running
from tests.e2e.line import Line
from tests.e2e.pages import sign_in, watched

LIST = "/hr-dashboard/results/"
MANY = 2000
MAKE = f"""
from datetime import timedelta
from django.utils import timezone
from interviews.models import Applicant, Interview
known = Interview.objects.all()[0]
crowd = Applicant.objects.create(name="Crowd Member", email="crowd@example.com")
asked, deadline = known.question_set, timezone.now() + timedelta(days=7)
rows = (Interview(applicant=crowd, question_set=asked, deadline=deadline) for _ in range({MANY}))
Interview.objects.bulk_create(rows, batch_size=500)
"""
BYTES_PER_SECOND = 40_000


@pytest.fixture
def line(own_demo: Running) -> Iterator[Line]:
    own_demo.site.manage("shell", "-v0", "-c", MAKE)
    with Line(own_demo.site.port) as line:
        yield line


@pytest.fixture
def listed(chromium: Browser, own_demo: Running, line: Line) -> Iterator[Page]:
    """Whatever comes, comes slowly."""
    for page in watched(chromium):
        sign_in(page, own_demo.site, "hr", own_demo.demo.hr_password, LIST)
        page.goto(f"{line.address}{LIST}?q=crowd")
        slow = {"offline": False, "latency": 0, "downloadThroughput": BYTES_PER_SECOND, "uploadThroughput": -1}
        page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", slow)
        yield page


def test_what_has_come_is_shown_and_nothing_of_a_file_that_stops_or_breaks_off_is_saved(
    listed: Page, line: Line
) -> None:
    page, saved = listed, list[Download]()
    page.on("download", lambda one: saved.append(one))
    state = page.locator("#exporting")
    for end, said in (("stop", "Stopped: nothing was saved."), ("break", "The file broke off on its way")):
        page.get_by_role("link", name="CSV").click()
        expect(state).to_contain_text(f"of {MANY:,} interviews have come.")
        bar = page.get_by_role("progressbar", name="How much of the file has come")
        assert 0 <= bar.evaluate("bar => bar.value") < bar.evaluate("bar => bar.max") == MANY
        if end == "stop":
            page.get_by_role("button", name="Stop").click()
        else:
            line.cut()
        expect(state.get_by_role("status")).to_contain_text(said)
        expect(bar).to_be_hidden()
    line.mend()
    page.reload()
    assert saved == []


@pytest.mark.parametrize("kind", ["CSV", "JSON"])
def test_a_file_that_came_whole_is_saved_as_the_site_gave_it(hr_page: Page, demo: Running, kind: str) -> None:
    page = hr_page
    page.goto(f"{demo.site.address}{LIST}?stage=invited")  # nothing is under way with them
    link = page.get_by_role("link", name=kind)
    with page.expect_download() as began:
        link.focus()
        page.keyboard.press("Enter")
    name = began.value.suggested_filename
    assert name.startswith("interviews-") and name.endswith(f".{kind.lower()}")
    given = page.request.get(urljoin(page.url, link.get_attribute("href") or "")).body()
    made_at = rb'"made_at": "[^"]+"'
    assert re.sub(made_at, b"", began.value.path().read_bytes()) == re.sub(made_at, b"", given)
    expect(page.locator("#exporting [role=status]")).to_have_text(f"Saved as {name}.")


def test_who_is_signed_out_meanwhile_is_led_to_the_sign_in(hr_page: Page, demo: Running) -> None:
    hr_page.goto(f"{demo.site.address}{LIST}")
    hr_page.context.clear_cookies()
    hr_page.get_by_role("link", name="CSV").click()
    hr_page.wait_for_url("**/sign-in/**")
