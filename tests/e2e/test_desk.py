"""The overview and the notes: what comes in appears by itself, and what is typed survives a lost line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.accessible import Inspection
from tests.e2e.conftest import Running
from tests.e2e.pages import sign_in
from tests.e2e.people import submitted


def _signed_in(browser: Browser, running: Running, user: str, password: str) -> Page:
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    sign_in(page, running.site, user, password)
    return page


@pytest.fixture
def hr_page(chromium: Browser, demo: Running) -> Iterator[Page]:
    yield _signed_in(chromium, demo, "hr", demo.demo.hr_password)


@pytest.fixture
def admin_page(chromium: Browser, demo: Running) -> Iterator[Page]:
    yield _signed_in(chromium, demo, "admin", demo.demo.admin_password)


def test_what_comes_in_appears_on_the_overview_by_itself(chromium: Browser, own_demo: Running, tmp_path: Path) -> None:
    """Of a site where nothing else is on its way, which would be counted too."""
    page, inspection = _signed_in(chromium, own_demo, "hr", own_demo.demo.hr_password), Inspection()
    expect(page.locator("#live [data-when=live]")).to_be_visible()
    inspection.look(page, "overview")
    before = page.locator("#reviews > li").count()
    submitted(own_demo)
    expect(page.locator("#reviews > li")).to_have_count(before + 1)
    expect(page.locator("#reviews-title .count")).to_have_text(str(before + 1))
    newest = page.locator("#arrived > li").first.locator("time[data-ago]")
    expect(newest).to_have_attribute("title", re.compile(r"\d{4}"))
    assert not re.search("UTC", newest.inner_text()), "an age, not a date"
    page.screenshot(path=tmp_path / "overview.png", full_page=True)
    assert inspection.found == []


def _review(page: Page) -> None:
    page.goto(page.url.partition("/hr-dashboard/")[0] + "/hr-dashboard/results/")
    page.locator("[data-stage=scored] a").first.click()
    expect(page.locator("#live [data-when=live]")).to_be_visible()


def _at(page: Page, second: float) -> None:
    video = page.locator("#answer-1 video")
    expect(video).to_be_visible()
    video.evaluate(
        "video => new Promise(done => { if (video.readyState) done(); else video.onloadedmetadata = done; })"
    )
    video.evaluate(
        "(video, second) => new Promise(done => { video.onseeked = done; video.currentTime = second; })", second
    )


def test_a_note_survives_a_lost_line_and_a_reload_and_reaches_colleagues_live(
    hr_page: Page, admin_page: Page, tmp_path: Path
) -> None:
    page, inspection = hr_page, Inspection()
    _review(page)
    admin_page.goto(page.url)
    expect(page.locator("#here")).to_have_text("Also looking at this now: admin")
    expect(admin_page.locator("#here")).to_have_text("Also looking at this now: hr")

    notes, form = page.locator("#answer-1 .notes-list > li"), page.locator("#answer-1 form[data-note-form]")
    box, state = form.get_by_role("textbox").first, form.locator("[data-note-state]")
    before = notes.count()
    _at(page, 3)
    box.fill("Measured it first.")
    expect(form.locator("[data-note-now]")).to_have_text("At 0:03: use the second that plays now")
    page.reload()
    expect(box).to_have_value("Measured it first.")
    page.route("**/note/", lambda route: route.abort())
    box.press("Control+Enter")
    expect(state).to_contain_text("Not saved: no connection")
    page.reload()
    expect(box).to_have_value("Measured it first.")
    expect(state).to_contain_text("Not saved: no connection")
    page.unroute("**/note/")
    expect(state).to_have_text("Saved", timeout=90_000)
    expect(notes).to_have_count(before + 1)
    expect(box).to_have_value("")
    colleague = admin_page.locator("#answer-1 .notes-list > li", has_text="Measured it first.")
    expect(colleague).to_be_visible()
    expect(colleague.get_by_role("button", name="Edit")).to_be_hidden()

    page.context.set_offline(True)
    box.fill("Said offline.")
    form.get_by_role("button", name="Save the note").click()
    expect(state).to_contain_text("Not saved: no connection")
    page.context.set_offline(False)
    expect(page.locator("#answer-1 .notes-list > li", has_text="Said offline.")).to_be_visible(timeout=90_000)

    mine = page.locator("#answer-1 .notes-list > li", has_text="Measured it first.")
    mine.locator("[data-seek]").press("Enter")
    page.wait_for_function("() => document.querySelector('#answer-1 video').currentTime >= 3")
    page.locator("#answer-1 video").evaluate("video => video.pause()")
    mine.get_by_role("button", name="Edit").press("Enter")
    expect(box).to_be_focused()
    box.fill("Measured it before and after.")
    box.press("Control+Enter")
    changed = page.locator("#answer-1 .notes-list > li", has_text="before and after")
    expect(changed).to_be_visible()
    changed.get_by_role("button", name="Delete").press("Enter")
    expect(changed).to_be_hidden()
    form.get_by_role("button", name="Undo").press("Enter")
    expect(changed).to_be_visible()

    page.locator("#story-lines > summary").click()
    expect(page.locator(".story-lines > li").first).to_contain_text("had a note written or changed")
    inspection.look(page, "review with notes")
    page.screenshot(path=tmp_path / "notes.png", full_page=True)
    page.emulate_media(media="print")
    expect(page.locator("#answer-1 video")).to_be_hidden()
    expect(box).to_be_hidden()
    for tools in (".playing", ".timeline", ".review-tools", ".position-menu", ".exports"):
        expect(page.locator(tools).first).to_be_hidden()
    expect(changed).to_be_visible()
    page.screenshot(path=tmp_path / "print.png", full_page=True)
    page.emulate_media(media="screen")
    admin_page.close()
    expect(page.locator("#here")).to_be_hidden(timeout=60_000)
    assert inspection.found == []
