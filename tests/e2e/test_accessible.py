"""Every page at three widths, light and dark, with large letters and from right to left."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.accessible import Inspection
from tests.e2e.conftest import Running
from tests.e2e.furnished import furnished, pages
from tests.e2e.pages import open_link, sign_in
from tests.e2e.people import invited, public_link, submitted
from tests.people import PASSWORD
from tests.processes import ROOT, Site, wait_until

MORE_PAGES_THAN = 15
OF_OPERATORS = {"admin:interviews_job_work", "admin:interviews_interview_why"}
"""Pages of ours in the admin; the others are Django's."""
CLOSE = """
from django.utils import timezone
from interviews.models import PublicLink
PublicLink.objects.update(revoked_at=timezone.now())
"""


@dataclass
class Visit:
    """One person's browser."""

    running: Running
    context: BrowserContext
    page: Page

    def goto(self, path: str) -> None:
        self.page.goto(self.running.site.address + path)

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name).click()


@pytest.fixture
def visit(chromium: Browser, demo: Running) -> Visit:
    context = chromium.new_context()
    return Visit(demo, context, context.new_page())


@pytest.fixture
def inspection() -> Inspection:
    return Inspection()


def test_the_pages_around_the_recording_are_usable_by_everybody(visit: Visit, inspection: Inspection) -> None:
    page, link = visit.page, invited(visit.running)
    address = link.partition("#")[0]
    visit.goto("/nothing-here/")
    inspection.look(page, "nothing here")
    visit.goto(address)
    inspection.look(page, "open")
    page.get_by_label("Or paste the link").fill("not-the-key")
    visit.press("Open my interview")
    inspection.look(page, "unknown link")
    visit.goto(invited(visit.running, days=-1))
    expect(page.get_by_role("heading", name="What you can do")).to_be_visible()
    inspection.look(page, "too late")

    visit.goto(link)
    agree = page.get_by_role("checkbox")
    expect(agree).to_be_visible()
    inspection.look(page, "welcome")
    page.locator("[required]").evaluate_all("boxes => { for (const box of boxes) box.required = false }")
    visit.press("Agree and continue")
    inspection.look(page, "welcome, not agreed")

    visit.goto(f"{address}needs/")
    visit.press("Ask for this")
    inspection.look(page, "needs, nothing ticked")
    page.get_by_role("checkbox").first.check()
    visit.press("Ask for this")
    visit.press("Ask for more time")
    inspection.look(page, "needs, asked")
    assert inspection.found == []


def test_each_step_of_the_recording_is_usable_by_everybody(visit: Visit, inspection: Inspection) -> None:
    page, link = visit.page, invited(visit.running)
    visit.goto(link)
    page.get_by_role("checkbox").check()
    page.get_by_role("radio").first.check()
    visit.press("Agree and continue")
    visit.press("Check camera and microphone")
    expect(page.locator("#check-done")).to_be_visible()
    inspection.look(page, "camera check")

    elsewhere = visit.context.new_page()
    elsewhere.goto(page.url)
    expect(elsewhere.locator("#use-this-tab")).to_be_visible()
    inspection.look(elsewhere, "open elsewhere")
    elsewhere.close()

    visit.press("Continue to the questions")
    inspection.look(page, "practice")
    visit.press("Go on without practice")
    inspection.look(page, "pause")
    visit.press("Show question 1")
    inspection.look(page, "time to think")
    for take in (1, 2):
        visit.press("Start now")
        expect(page.locator("[data-upload]:visible")).to_have_attribute("data-state", re.compile("^saved-to"))
        inspection.look(page, f"recording {take}")
        visit.press("Stop recording")
        expect(page.locator("[data-upload]:visible")).to_have_attribute("data-state", "saved")
        inspection.look(page, f"recorded {take}")
        if take == 1:
            visit.press("Record again")
    visit.press("Keep this answer")
    expect(page.locator("#pause-saved")).to_be_visible()
    inspection.look(page, "pause between questions")
    assert inspection.found == []


def test_the_last_look_and_the_receipt_are_usable_by_everybody(
    visit: Visit, inspection: Inspection, demo: Running
) -> None:
    page = visit.page
    visit.goto(demo.demo.ready_link)
    expect(page.get_by_role("button", name="Submit interview")).to_be_visible()
    inspection.look(page, "review of all answers")
    visit.press("Submit interview")
    expect(page.locator("#progress")).to_be_visible()
    inspection.look(page, "receipt")
    page.get_by_role("link", name="Read and correct").click()
    expect(page.get_by_role("heading", name="Your transcripts")).to_be_visible()
    inspection.look(page, "own transcripts")
    box = page.get_by_role("textbox").first
    while box.is_hidden():  # until there is a transcript
        page.wait_for_timeout(1000)
        page.reload()
    box.fill(f"{box.input_value()} and one more thing")
    page.get_by_role("button", name="Save the correction").first.click()
    expect(page.get_by_text("What was changed")).to_be_visible()
    page.get_by_text("What was changed").click()
    inspection.look(page, "own transcripts, one corrected")
    page.get_by_role("link", name="Back to your interview").click()
    page.get_by_role("link", name="Withdraw or delete").click()
    expect(page.get_by_role("heading", name="Withdraw or delete")).to_be_visible()
    inspection.look(page, "withdraw")
    assert inspection.found == []


def _not_signed_in(visit: Visit) -> None:
    visit.goto("/hr-dashboard/results/")
    visit.page.get_by_label("User name").fill("hr")
    visit.page.get_by_label("Password").fill("wrong")
    visit.press("Sign in")


def _signed_in(visit: Visit) -> None:
    visit.goto("/hr-dashboard/results/")
    visit.page.get_by_label("User name").fill("admin")
    visit.page.get_by_label("Password").fill(visit.running.demo.admin_password)
    visit.press("Sign in")
    visit.page.wait_for_url("**/hr-dashboard/results/")


@pytest.mark.timeout(900)
def test_every_page_of_hr_and_what_is_shared_is_usable_by_everybody(
    chromium: Browser, inspection: Inspection, tmp_path: Path
) -> None:
    """Found by asking at each address: with something on it, and without."""
    with Site(tmp_path / "site") as site:
        full = furnished(site)
        for name, password, shown in (
            ("admin", full.demo["admin_password"], full.hr + [it for it in full.admin if it.name in OF_OPERATORS]),
            ("newcomer", PASSWORD, full.empty),
        ):
            page = chromium.new_context().new_page()
            sign_in(page, site, name, password)
            seen = set()
            for one in pages(page, site, shown):
                inspection.look(page, f"{one.name} of {name}")
                seen.add(one.name)
            assert len(seen) > (MORE_PAGES_THAN if name == "admin" else 3), seen
            page.context.close()
        link, shown = full.outside
        page = chromium.new_context().new_page()
        open_link(page, site, link)
        shared = list(pages(page, site, shown))
        assert [one.name for one in shared] == ["shared"]
        inspection.look(page, "shared with somebody from outside")
    assert inspection.found == []


def test_dark_is_other_colours_and_nothing_else() -> None:
    """So that in the dark only the rules about colours have to be asked again."""
    css = "".join(path.read_text("utf-8") for path in (ROOT / "static").glob("*.css"))
    dark = re.findall(r"@media (?:screen and )?\(prefers-color-scheme: dark\) {\s*[:.][\w-]+ {([^}]*)}\s*}", css)
    assert len(dark) == css.count("prefers-color-scheme") == 2
    lines = [line for block in dark for line in block.split(";") if line.strip()]
    assert all(re.fullmatch(r"\s*--[\w-]+:.*", line) for line in lines)


def test_what_hr_gets_wrong_and_waits_for_is_usable_by_everybody(
    visit: Visit, inspection: Inspection, demo: Running
) -> None:
    page = visit.page
    _not_signed_in(visit)
    expect(page.get_by_role("alert")).to_be_visible()
    inspection.look(page, "sign in")
    _signed_in(visit)
    visit.goto("/hr-dashboard/rubrics/new/")
    page.get_by_label("Name").fill("Ours")
    page.get_by_text("Problem solving").click()
    visit.press("Make a draft")
    page.get_by_label("Weight").first.fill("much")
    page.get_by_role("button", name="Save the draft").first.click()
    expect(page.get_by_role("alert")).to_contain_text("Not saved yet")
    inspection.look(page, "draft of a rubric, wrong")
    page.get_by_label("Weight").first.fill("1")
    page.get_by_label("Level 3").first.fill("Gave customers a voice, with eye contact.")
    page.get_by_role("button", name="Save and publish").first.click()
    expect(page.get_by_role("alert")).to_contain_text("eye contact")
    inspection.look(page, "draft of a rubric, not publishable")
    visit.goto("/hr-dashboard/results/")
    page.locator("[data-stage=scored] a").first.click()
    page.get_by_text("How this was made").first.click()
    inspection.look(page, "review of an interview, how it was made")
    visit.goto("/hr-dashboard/positions/1/assess-again/")
    visit.press("What will it cost?")
    expect(page.locator("#estimate")).to_be_visible()
    inspection.look(page, "assess again, with an estimate")
    visit.press("Assess again")
    expect(page.get_by_role("heading", name=re.compile("^Done: [1-9]"))).to_be_visible()  # by itself
    page.locator("#reassessments summary").first.click()
    inspection.look(page, "assessed again")
    page.get_by_role("link", name="Old and new side by side").first.click()
    inspection.look(page, "old and new side by side")
    assert inspection.found == []


def test_giving_an_interview_back_is_usable_by_everybody(visit: Visit, inspection: Inspection, demo: Running) -> None:
    page, link = visit.page, submitted(demo)
    _signed_in(visit)
    visit.goto(link.invitation)
    inspection.look(page, "one invitation")
    page.get_by_label("Why").fill("There is no sound from the middle on.")
    page.get_by_label("Why").evaluate("field => { field.value = ' ' }")
    visit.press("Ask again")
    expect(page.get_by_text("Say why")).to_be_visible()
    inspection.look(page, "asked again without a reason")
    page.get_by_label("Why").fill("There is no sound from the middle on.")
    visit.press("Ask again")
    expect(page.get_by_role("heading", name="Links to pass on")).to_be_visible()
    visit.goto(link.invitation)
    expect(page.get_by_text("not answered again yet")).to_be_visible()
    inspection.look(page, "one invitation, asked again")

    visit.goto(link.path)
    expect(page.get_by_text("Why: There is no sound from the middle on.")).to_be_visible()
    inspection.look(page, "asked for one answer again")
    assert inspection.found == []


def test_coming_by_a_public_link_is_usable_by_everybody(visit: Visit, inspection: Inspection, demo: Running) -> None:
    page = visit.page
    _signed_in(visit)
    visit.goto("/hr-dashboard/invitations/1/public/")
    page.get_by_label("Where it will hang").fill("Job fair")
    visit.press("Make the link and its QR code")
    address = page.locator(".poster-address").inner_text()
    inspection.look(page, "poster")
    visit.goto("/hr-dashboard/invitations/1/public/")
    page.get_by_text("Close this link").first.click()
    inspection.look(page, "public links")

    visit.context.clear_cookies()
    page.goto(address.partition("#")[0])
    inspection.look(page, "public link without its key")
    page.goto(address)
    expect(page.get_by_role("button", name="To my interview")).to_be_visible()
    inspection.look(page, "public link")
    page.get_by_label("Your name").fill("see www.example.com")
    page.get_by_label("Your e-mail address").fill("robin@example.com")
    visit.press("To my interview")
    expect(page.get_by_role("alert")).to_be_visible()
    inspection.look(page, "public link, a name that is none")
    page.get_by_label("Your name").fill("Robin")
    visit.press("To my interview")
    expect(page.get_by_role("link", name="Begin here")).to_be_visible()
    inspection.look(page, "public link, ready")

    demo.site.manage("shell", "-v0", "-c", CLOSE)
    page.goto(address.partition("#")[0])
    inspection.look(page, "public link, closed")
    assert inspection.found == []


def test_the_mail_that_a_public_link_brings_is_usable_by_everybody(
    chromium: Browser, inspection: Inspection, tmp_path: Path
) -> None:
    settings = {
        "EMAIL_FOLDER": str(tmp_path / "mail"),
        "EMAIL_FROM": "jobs@example.com",
        "SITE_URL": "http://127.0.0.1",
    }
    with Site(tmp_path / "site", **settings) as site:
        page = chromium.new_context().new_page()
        page.goto(site.address + public_link(site))
        page.get_by_label("Your name").fill("Robin")
        page.get_by_label("Your e-mail address").fill("robin@example.com")
        page.get_by_role("button", name="Send me my link").click()
        expect(page.get_by_role("heading", name="Look into your mailbox")).to_be_visible()
        inspection.look(page, "public link, mailed")
        wait_until(lambda: any((tmp_path / "mail").glob("*")), "the mail is written")
    assert inspection.found == []


def test_german_words_which_are_longer_fit_too(chromium: Browser, demo: Running, inspection: Inspection) -> None:
    page = chromium.new_context(locale="de-DE").new_page()
    page.goto(demo.site.address + invited(demo))
    expect(page.get_by_role("heading", name="Bevor Sie beginnen")).to_be_visible()
    inspection.look(page, "Willkommen")
    page.get_by_role("checkbox").check()
    page.get_by_role("radio").first.check()
    page.get_by_role("button", name="Zustimmen und weiter").click()
    expect(page.get_by_role("button", name="Kamera und Mikrofon prüfen")).to_be_visible()
    inspection.look(page, "Kamera und Mikrofon")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("button", name="Check camera and microphone")).to_be_visible()
    assert inspection.found == []
