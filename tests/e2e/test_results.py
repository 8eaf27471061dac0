"""The list of interviews in a browser: who comes is announced, what is done can be taken back, views are kept."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.accessible import Inspection
from tests.e2e.conftest import Running
from tests.e2e.people import invited

LIST = "/hr-dashboard/results/"
STARTS = """
from interviews.actions.answering import consent
from interviews.models import Interview
consent(Interview.objects.filter(applicant__name={!r}).latest("created_at"), ai=False)
"""


def _live(page: Page, demo: Running, query: str = "") -> None:
    page.goto(f"{demo.site.address}{LIST}{query}")
    expect(page.locator(".live")).to_have_attribute("data-state", "live")


def test_who_comes_is_announced_by_the_filter_of_the_page_and_appears_on_a_click(hr_page: Page, demo: Running) -> None:
    page = hr_page
    everything = page.context.new_page()
    _live(everything, demo)
    _live(page, demo, "?q=quill&stage=invited")
    before = everything.locator("#rows tr").all_inner_texts()
    invited(demo, "Nobody Else")
    invited(demo, "Una Quill")
    expect(everything.locator("#newcomers")).to_have_text("2 new")
    assert len(everything.locator("#rows tr").all()) == len(before), "rows jumped under the pointer"
    expect(page.locator("#newcomers")).to_have_text("1 new")
    page.locator("#newcomers").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#rows th a")).to_have_text(["Una Quill"])
    expect(page.locator("#newcomers")).to_be_hidden()

    demo.site.manage("shell", "-v0", "-c", STARTS.format("Una Quill"))
    row = page.locator("#rows tr")
    expect(row).to_contain_text("No longer matches")
    expect(row).to_contain_text("Recorded 0 of 3")
    page.reload()
    expect(page.get_by_role("heading", name="Nothing matches")).to_be_visible()


def test_what_is_done_with_several_by_keyboard_can_be_taken_back(
    hr_page: Page, demo: Running, inspection: Inspection
) -> None:
    page = hr_page
    invited(demo, "Vera Twin")
    invited(demo, "Vera Twin")
    _live(page, demo, "?q=twin")
    hide = page.get_by_role("button", name="Hide from my list")
    expect(hide).to_be_hidden()  # while nothing is ticked
    page.get_by_label("Choose all").focus()
    page.keyboard.press("Space")
    expect(page.locator("[data-picked]")).to_have_text("2 ticked")
    hide.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("2 hidden from your list.")).to_be_visible()
    expect(page.get_by_role("heading", name="Nothing matches")).to_be_visible()
    inspection.look(page, "something to take back")
    page.get_by_role("button", name="Undo").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#rows th a")).to_have_count(2)

    reason = page.get_by_label("One reason for all")
    page.get_by_label("Choose all").check()
    reason.fill(" ")
    page.get_by_role("button", name="Hold").click()
    expect(reason).to_be_focused()
    expect(page.locator("[data-picked]")).to_have_text("2 ticked")
    reason.fill("We keep them in mind.")
    page.get_by_role("button", name="Hold").click()
    expect(page.get_by_text("Vera Twin: This interview is not submitted yet.").first).to_be_visible()
    assert inspection.found == []


def test_more_time_is_given_to_several_by_keyboard_on_a_phone_and_taken_back(
    hr_page: Page, demo: Running, inspection: Inspection
) -> None:
    page = hr_page
    invited(demo, "Wanda Late")
    invited(demo, "Wanda Late")
    page.set_viewport_size({"width": 320, "height": 700})
    _live(page, demo, "?q=late")
    page.get_by_label("Choose all").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_text("What to do")).to_be_focused()
    page.keyboard.press("Enter")
    days = page.get_by_label("How many days more")
    days.focus()
    days.fill("3")
    page.keyboard.press("Enter")
    assert page.url.endswith("?q=late"), "Enter in a field did something of its own"
    inspection.look(page, "much to do at once, on a phone")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("2 deadlines were moved.")).to_be_visible()
    page.get_by_role("button", name="Undo").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("2 taken back.")).to_be_visible()
    assert inspection.found == []


def test_what_can_be_taken_back_no_more_is_offered_no_more(hr_page: Page, demo: Running) -> None:
    page = hr_page
    invited(demo, "Xenia Brief")
    page.clock.install()
    _live(page, demo, "?q=brief")
    page.get_by_label("Choose all").check()
    page.get_by_role("button", name="Hide from my list").click()
    page.get_by_role("button", name="Undo").focus()
    page.clock.fast_forward("10:00")
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)
    expect(page.get_by_role("main")).to_be_focused()


def test_a_view_is_saved_shared_by_its_address_and_its_deletion_taken_back(
    hr_page: Page, demo: Running, inspection: Inspection
) -> None:
    page = hr_page
    _live(page, demo)
    page.get_by_text("Filters and order").click()
    inspection.look(page, "filters")
    page.get_by_role("combobox", name="Stage").select_option("ready")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_text("Filters and order · 1 on")).to_be_visible()
    page.get_by_label("Save this view as").fill("To watch")
    page.get_by_role("button", name="Save", exact=True).click()
    link = page.get_by_role("navigation", name="Saved views").get_by_role("link", name="To watch")
    expect(link).to_have_attribute("aria-current", "true")
    assert "stage=ready" in str(link.get_attribute("href"))
    inspection.look(page, "a saved view")
    page.get_by_role("button", name="Delete the view").click()
    expect(link).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(link).to_be_visible()
    page.get_by_text("Columns").click()
    page.get_by_label("Position", exact=True).last.uncheck()
    page.get_by_role("button", name="Show these").click()
    expect(page.get_by_role("columnheader", name="Position")).to_have_count(0)
    page.get_by_text("Columns").click()
    page.get_by_label("Position", exact=True).last.check()
    page.get_by_role("button", name="Show these").click()
    assert inspection.found == []


@pytest.fixture
def inspection() -> Inspection:
    return Inspection()
