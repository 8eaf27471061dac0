"""Every page obeys its own Content-Security-Policy: in a real browser, the console says nothing of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.furnished import Furnished, Shown, furnished, pages
from tests.e2e.pages import sign_in
from tests.processes import Site

TOLD = """document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`Content Security Policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`));"""


class Watched:
    """A page, and what its console said of the policy."""

    def __init__(self, browser: Browser) -> None:
        self.page: Page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        self.page.add_init_script(TOLD)
        self.said: list[str] = []
        self.page.on("console", lambda message: self._hear(message.text))

    def visit(self, site: Site, shown: list[Shown]) -> int:
        seen = 0
        for _one in pages(self.page, site, shown):
            self.page.wait_for_load_state("networkidle")
            seen += 1
        return seen

    def _hear(self, text: str) -> None:
        if "Content Security Policy" in text or "Permissions policy" in text:
            self.said.append(f"{self.page.url}: {text}")


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Furnished]:
    with Site(tmp_path_factory.mktemp("policy") / "site") as site:
        yield furnished(site)


def test_the_console_tells_of_what_a_policy_forbids(chromium: Browser, full: Furnished) -> None:
    """Or the silence below would prove nothing."""
    watched = Watched(chromium)
    watched.page.goto(f"{full.site.address}/hr-dashboard/")
    with watched.page.expect_console_message(lambda message: "Content Security Policy" in message.text):
        watched.page.evaluate("document.body.setAttribute('style', 'color: red')")
    assert watched.said


def test_hrs_pages_obey_it(chromium: Browser, full: Furnished) -> None:
    watched = Watched(chromium)
    sign_in(watched.page, full.site, "hr", full.demo["hr_password"])
    assert watched.visit(full.site, full.hr) >= 30
    assert watched.said == []


def test_applicants_pages_obey_it(chromium: Browser, full: Furnished) -> None:
    seen = 0
    for link, shown in full.applicants.values():
        watched = Watched(chromium)
        watched.page.goto(full.site.address + link)
        watched.page.wait_for_load_state("networkidle")
        seen += watched.visit(full.site, shown)
        assert watched.said == []
    assert seen >= 8


def test_the_admins_pages_obey_it(chromium: Browser, full: Furnished) -> None:
    watched = Watched(chromium)
    sign_in(watched.page, full.site, "admin", full.demo["admin_password"])
    assert watched.visit(full.site, full.operators) >= 60
    assert watched.said == []


def test_what_the_admin_opens_by_script_obeys_it(chromium: Browser, full: Furnished) -> None:
    """Calendar, clock, a row more, the search in another table and its window: each makes elements of its own."""
    watched = Watched(chromium)
    page = watched.page
    sign_in(page, full.site, "admin", full.demo["admin_password"])
    page.goto(f"{full.site.address}/admin/interviews/position/add/")
    page.locator("#memberships-group .add-row a").click()
    page.locator("#memberships-0 .select2-selection").click()
    expect(page.locator(".select2-results__option").first).to_be_visible()
    page.keyboard.press("Escape")
    page.goto(f"{full.site.address}/admin/auth/user/")
    page.get_by_role("link", name="hr", exact=True).click()
    page.locator(".datetimeshortcuts a").last.click()
    page.locator("#id_user_permissions_input").fill("position")
    assert watched.said == []
