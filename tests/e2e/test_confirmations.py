"""What was done is said where the focus is, so that nobody has to see it to know."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.e2e.conftest import Running
from tests.e2e.keyboard import Keyboard
from tests.e2e.people import invited

LIST = "/hr-dashboard/results/"


def _live(page: Page) -> None:
    expect(page.locator(".live")).to_have_attribute("data-state", "live")


def test_what_was_done_takes_the_focus_once_and_leads_to_taking_it_back(hr_page: Page, demo: Running) -> None:
    page, said = hr_page, hr_page.locator("#said")
    invited(demo, "Yara Once")
    page.goto(f"{demo.site.address}{LIST}?q=once")
    page.get_by_label("Save this view as").fill("Once")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(said).to_be_focused()
    expect(said).to_have_text("Saved as “Once”.")
    page.get_by_label("Choose Yara Once").check()
    page.get_by_role("button", name="Hide from my list").click()
    expect(said).to_be_focused()
    expect(said).to_contain_text("1 hidden from your list.")
    page.reload()
    _live(page)
    expect(said).to_contain_text("1 hidden from your list.")
    assert page.evaluate("document.activeElement === document.body"), "it is said once"
    said.evaluate("said => { said.tabIndex = -1; said.focus() }")
    Keyboard(page, 1).press("Undo")
    expect(said).to_be_focused()
    expect(said).to_have_text("1 taken back.")


def test_who_is_brought_to_a_place_in_the_page_stays_there(hr_page: Page, demo: Running) -> None:
    page = hr_page
    page.goto(f"{demo.site.address}/hr-dashboard/rubrics/new/")
    page.get_by_label("Name").fill("Brought to a place")
    page.get_by_role("radio", name="Working with others").check()
    page.get_by_role("button", name="Make a draft").click()
    page.get_by_role("button", name="Add a criterion").click()
    expect(page.locator("#criterion-4")).to_be_focused()
    expect(page.locator("#said")).to_have_text("The draft is saved.")
    page.get_by_role("button", name="Save the draft").first.click()
    expect(page.locator("#said")).to_be_focused()
