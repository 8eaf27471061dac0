"""Pages that are watched for errors, and signed in."""

from __future__ import annotations

from collections.abc import Iterator

from playwright.sync_api import Browser, Page

from tests.processes import Site

RESULTS = "/hr-dashboard/results/"


def watched(browser: Browser, width: int = 1280, height: int = 900) -> Iterator[Page]:
    """Fails the test on any error that a script did not expect."""
    page = browser.new_context(viewport={"width": width, "height": height}).new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    page.context.close()
    assert errors == []


def sign_in(page: Page, site: Site, name: str, password: str, to: str = "/hr-dashboard/") -> None:
    page.goto(f"{site.address}{to}")
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"**{to}")


def open_link(page: Page, site: Site, link: str) -> None:
    """One with a token behind the #, which the page exchanges for a session."""
    page.goto(site.address + link)
    page.wait_for_url(site.address + link.partition("#")[0])
