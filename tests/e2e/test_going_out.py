"""What goes out: one interview to somebody from outside, watched in another browser, and a mail about a decision."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from interviews.demo.seed import Access
from tests.e2e.accessible import Inspection
from tests.e2e.conftest import Running
from tests.e2e.pages import RESULTS, sign_in
from tests.processes import Site

DUE_NOW = (
    "from django.utils import timezone; from interviews.models import Job; "
    "Job.objects.filter(message__kind='decision').update(run_after=timezone.now())"
)


@pytest.fixture
def mailing(tmp_path: Path) -> Iterator[Running]:
    """A site that writes its mail into a folder."""
    settings = {"EMAIL_FOLDER": str(tmp_path / "mail"), "SITE_URL": "https://interviews.example.com"}
    with Site(tmp_path / "site", **settings) as site:
        yield Running(site, Access(**json.loads(site.demo_text)), "local")


@pytest.fixture
def recruiter(chromium: Browser, mailing: Running) -> Page:
    page = chromium.new_context(viewport={"width": 1280, "height": 900}).new_page()
    sign_in(page, mailing.site, "hr", mailing.demo.hr_password, RESULTS)
    page.locator("[data-stage=scored] a").first.click()
    expect(page.locator(".live")).to_have_attribute("data-state", "live")
    return page


def test_somebody_from_outside_watches_and_comments_until_it_is_ended(
    chromium: Browser, mailing: Running, recruiter: Page
) -> None:
    inspection = Inspection()
    for form in recruiter.locator("form[data-rate]").all():
        form.get_by_role("radio").first.check()
        expect(form).to_have_attribute("data-state", "saved")
    recruiter.get_by_role("button", name="Finish my review").click()
    expect(recruiter.get_by_role("heading", name="Side by side").first).to_be_visible()
    team = recruiter.context.new_page()
    team.goto(recruiter.url)
    expect(team.locator(".live")).to_have_attribute("data-state", "live")

    recruiter.get_by_role("link", name="Share, or end it").click()
    inspection.look(recruiter, "share")
    recruiter.get_by_label("Name").fill("Olga Outer")
    recruiter.get_by_role("button", name="Make the link").click()
    address = recruiter.locator("code").inner_text()

    olga = chromium.new_context(viewport={"width": 1280, "height": 900}, color_scheme="dark").new_page()
    errors: list[str] = []
    olga.on("pageerror", lambda error: errors.append(str(error)))
    olga.goto(address)
    olga.wait_for_url("**/shared/*/")
    expect(olga.locator(".live")).to_have_attribute("data-state", "live")
    assert "#" not in olga.url
    expect(team.locator("#shares")).to_contain_text("Seen last")
    assert "Olga Outer" in (olga.locator(".watermark span").first.get_attribute("data-mark") or "")
    olga.locator("[data-seek]").first.click()
    expect(team.locator("#shares details")).to_contain_text("played an answer")
    video = olga.locator("video").first
    olga.wait_for_function("() => document.querySelector('video').currentTime > 1")
    video.evaluate("video => video.pause()")
    olga.emulate_media(color_scheme="light")
    inspection.look(olga, "shared")
    olga.set_viewport_size({"width": 1280, "height": 900})

    olga.get_by_role("button", name="Fill the screen").first.click()
    olga.wait_for_function("() => document.fullscreenElement?.querySelectorAll('.watched-marks span').length === 6")
    olga.evaluate("document.exitFullscreen()")

    area = olga.get_by_label("Your comment").first
    olga.get_by_role("button", name="Add this moment").first.click()
    area.press_sequentially("A clear plan.")
    expect(olga.locator("[data-writing]").first).to_contain_text("Saved")
    expect(team.locator("#share-comments")).to_contain_text("A clear plan.")
    expect(team.locator("#share-comments [data-moment]")).to_have_count(1)
    olga.reload()
    expect(area).to_have_value(re.compile(r"A clear plan\."))
    expect(olga.locator(".live")).to_have_attribute("data-state", "live")
    team.locator("#out-title").scroll_into_view_if_needed()

    recruiter.get_by_role("link", name="Share with somebody else").click()
    recruiter.get_by_role("button", name="End it for Olga Outer").click()
    expect(olga.get_by_role("heading", name="This link has ended")).to_be_visible()
    expect(olga.locator("video")).to_have_count(0)
    expect(team.locator("#shares")).to_contain_text("ended")
    inspection.look(olga, "shared, ended")
    recruiter.get_by_role("button", name="Undo").click()
    expect(recruiter.locator("#said")).to_have_text("1 taken back.")
    olga.get_by_role("link", name="Look again").click()
    expect(olga.locator(".live")).to_have_attribute("data-state", "live")
    assert errors == [] and inspection.found == []


def test_a_decision_is_told_as_it_was_shown(mailing: Running, recruiter: Page, tmp_path: Path) -> None:
    inspection = Inspection()
    page = recruiter
    page.get_by_label("Advance").check()
    page.get_by_label("Reason", exact=True).fill("Planned it, and measured it.")
    page.get_by_role("button", name="Decide", exact=True).click()
    page.get_by_role("link", name="Write to the applicant").click()
    inspection.look(page, "tell")
    mail = page.get_by_label("Text", exact=True)
    mail.fill(mail.input_value() + "\nUntil soon!\n")
    page.get_by_role("button", name="Look it over").click()
    shown = page.locator(".mail-shown").inner_text()
    assert "Until soon!" in shown and "{" not in shown
    inspection.look(page, "tell, looked over")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("#telling")).to_contain_text("to be sent")
    page.get_by_role("button", name="Call it back").click()
    expect(page.locator("#telling")).to_contain_text("called back by hr")

    page.get_by_role("link", name="Write to the applicant").click()
    page.get_by_role("button", name="Look it over").click()
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".live")).to_have_attribute("data-state", "live")
    mailing.site.manage("shell", "-v0", "-c", DUE_NOW)
    expect(page.locator("#telling")).to_contain_text("Written into a file", timeout=60_000)
    page.locator("#telling").scroll_into_view_if_needed()
    mails = [file.read_text("utf-8") for file in (tmp_path / "mail").iterdir()]
    assert sum("we would like to meet you" in mail for mail in mails) == 1
    assert inspection.found == []
