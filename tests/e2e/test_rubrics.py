"""Writing a rubric by keyboard alone, without any script; and what a script adds."""

from __future__ import annotations

from playwright.sync_api import Browser, Dialog, Page, expect

from tests.e2e.conftest import Running
from tests.e2e.pages import sign_in


def _signed_in(page: Page, demo: Running) -> Page:
    sign_in(page, demo.site, "hr", demo.demo.hr_password, "/hr-dashboard/rubrics/new/")
    return page


def _names(page: Page) -> list[str]:
    page.wait_for_load_state()
    return [str(it.input_value()) for it in page.get_by_label("Name", exact=True).all()[1:]]


def test_criteria_are_written_moved_added_and_removed_by_keyboard_without_script(
    chromium: Browser, demo: Running
) -> None:
    page = _signed_in(chromium.new_context(java_script_enabled=False).new_page(), demo)
    page.get_by_label("Name").fill("By hand")
    page.get_by_role("radio", name="Working with others").press("Space")
    page.get_by_role("button", name="Make a draft").press("Enter")
    expect(page.get_by_role("heading", name="By hand")).to_be_visible()
    first, second, third = _names(page)
    page.get_by_label("What to look for").first.fill("Typed, and not saved by itself.")
    page.get_by_role("button", name="Move down Criterion 1").press("Enter")
    expect(page.locator("#criterion-2")).to_contain_text(first)
    assert _names(page) == [second, first, third]
    expect(page.get_by_label("What to look for").nth(1)).to_have_value("Typed, and not saved by itself.")
    page.get_by_role("button", name="Add a criterion").press("Enter")
    expect(page.locator("#criterion-4")).to_be_visible()
    page.get_by_label("Remove when the draft is saved Criterion 1").press("Space")
    page.get_by_label("Name", exact=True).last.fill("New")
    page.get_by_label("Name", exact=True).last.press("Enter")  # as the first button says
    expect(page.get_by_text("The draft is saved.")).to_be_visible()
    assert _names(page) == [first, third, "New"]


def test_criteria_are_moved_by_the_arrow_keys_and_stay_there_after_an_error(chromium: Browser, demo: Running) -> None:
    page = _signed_in(chromium.new_context().new_page(), demo)
    page.get_by_label("Name").fill("By arrows")
    page.get_by_role("radio", name="Working with others").press("Space")
    page.get_by_role("button", name="Make a draft").press("Enter")
    first, second, third = _names(page)
    handle = page.get_by_role("button", name="Move with the arrow keys, or drag: Criterion 1")
    handle.focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("button", name="Move with the arrow keys, or drag: Criterion 2")).to_be_focused()
    assert _names(page) == [second, first, third]
    weight = page.get_by_label("Weight").last
    weight.fill("much")
    page.get_by_role("button", name="Save the draft").first.click()
    expect(page.get_by_role("alert")).to_contain_text("Not saved yet")
    assert _names(page) == [second, first, third]
    page.get_by_label("Weight").last.fill("1")
    page.get_by_role("button", name="Save the draft").first.click()
    expect(page.get_by_text("The draft is saved.")).to_be_visible()
    assert _names(page) == [second, first, third]


def test_who_leaves_with_something_typed_is_asked_first(chromium: Browser, demo: Running) -> None:
    page = _signed_in(chromium.new_context().new_page(), demo)
    page.get_by_label("Name").fill("In a hurry")
    page.get_by_role("button", name="Make a draft").click()
    asked: list[str] = []

    def stay_once(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", stay_once)
    page.get_by_label("What to look for").fill("Something.")
    page.get_by_role("button", name="Save the draft").first.click()
    expect(page.get_by_text("The draft is saved.")).to_be_visible()
    page.get_by_role("link", name="Interviews").click()
    page.wait_for_url("**/results/")
    assert asked == []
    page.go_back()
    page.get_by_label("What to look for").fill("Something else.")
    page.get_by_role("link", name="Interviews").click()
    page.wait_for_url("**/results/")
    assert asked == ["beforeunload"]
