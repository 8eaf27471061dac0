"""A position from nothing to its first invitation, by keyboard alone on a narrow screen; and what a mouse adds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Dialog, Page, expect

from interviews.demo.seed import Access
from tests.e2e.accessible import Inspection
from tests.e2e.conftest import Running
from tests.e2e.keyboard import Keyboard
from tests.e2e.pages import sign_in
from tests.processes import Site

EDIT = "/hr-dashboard/positions/1/edit/"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A site of its own: the shared one has a single position."""
    with Site(tmp_path_factory.mktemp("positions") / "site") as site:
        yield Running(site, Access(**json.loads(site.demo_text)), "local")


def _signed_in(chromium: Browser, running: Running, width: int = 1280, height: int = 800) -> Page:
    page = chromium.new_context(viewport={"width": width, "height": height}).new_page()
    sign_in(page, running.site, "hr", running.demo.hr_password, "/hr-dashboard/positions/")
    return page


def _asked(page: Page) -> list[str]:
    page.wait_for_load_state()
    return [str(it.input_value()) for it in page.get_by_label("What you ask").all()]


def _expect_asked(page: Page, asked: list[str]) -> None:
    fields = page.get_by_label("What you ask")
    expect(fields).to_have_count(len(asked))
    for number, words in enumerate(asked):
        expect(fields.nth(number)).to_have_value(words)


def test_a_position_from_nothing_to_the_first_invitation_by_keyboard_alone(chromium: Browser, running: Running) -> None:
    page = _signed_in(chromium, running, width=320, height=1400)  # high, or a long text is cut off
    keyboard = Keyboard(page)

    def write(label: str, words: str) -> None:
        keyboard.go_to(label)
        page.keyboard.type(words)

    keyboard.press("New position")
    page.wait_for_url("**/new/")
    write("^Title$", "Baker")
    write("^Organisation$", "Bread Ltd")
    write("^E-mail address", "jobs@example.com")
    write("^About the work$", "Early mornings.")
    keyboard.press("Make the position")
    expect(page.get_by_text("Write its questions next.")).to_be_visible()

    write("What you ask", "First?")
    keyboard.go_to("^Rubric$")
    page.keyboard.press("ArrowDown")
    keyboard.press("Save and add a question")
    expect(page.locator("#question-2")).to_be_visible()
    write("What you ask", "Second?")
    keyboard.go_to("^Rubric$")
    page.keyboard.press("ArrowDown")
    keyboard.go_to("Move with the arrow keys")
    page.keyboard.press("ArrowUp")
    _expect_asked(page, ["Second?", "First?"])
    expect(page.locator("#announcer")).to_contain_text("Now in place 1 of 2")
    keyboard.press("Move down")
    _expect_asked(page, ["First?", "Second?"])
    keyboard.press("Save and publish")
    expect(page.get_by_text("Published: whoever is invited from now on")).to_be_visible()

    keyboard.press("Open the position")
    expect(page.get_by_text("people can be invited now")).to_be_visible()
    keyboard.press("Invite people")
    page.wait_for_url("**/invite/")
    write("^Who$", "Eve <eve@example.com>")
    keyboard.press("Check the list")
    expect(page.get_by_role("heading", name="1 person can be invited")).to_be_visible()
    keyboard.press("Invite 1 person")
    link = page.locator("input[value*='/interview/']").input_value()

    applicant = chromium.new_context().new_page()
    applicant.goto(link)
    expect(applicant.get_by_role("heading", name="Baker")).to_be_visible()
    expect(applicant.get_by_text("Bread Ltd invites you")).to_be_visible()


def _drag_to_the_third_place(page: Page) -> None:
    handle = page.locator("[data-handle]").first
    handle.hover()
    page.mouse.down()
    handle.hover(position={"x": 3, "y": 3})  # begins before the page scrolls
    for _ in range(2):  # a browser says that something is dragged over it from the second move on
        page.locator("#question-3 legend").hover()
    page.mouse.up()


def test_questions_are_dragged_and_who_leaves_without_saving_is_asked(chromium: Browser, running: Running) -> None:
    page = _signed_in(chromium, running)
    page.goto(f"{running.site.address}/hr-dashboard/positions/1/questions/")
    page.get_by_role("button", name="Change the questions in a new draft").click()
    expect(page.get_by_role("heading", name="Questions")).to_be_visible()
    before = _asked(page)
    _drag_to_the_third_place(page)
    moved = [*before[1:3], before[0], *before[3:]]
    _expect_asked(page, moved)
    asked: list[str] = []

    def leave(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", leave)
    page.get_by_role("link", name="Interviews").click()
    page.wait_for_url("**/results/")
    assert asked == ["beforeunload"]
    page.goto(f"{running.site.address}/hr-dashboard/positions/1/questions/")
    _expect_asked(page, before)
    _drag_to_the_third_place(page)
    page.get_by_role("button", name="Save the draft").first.click()
    expect(page.get_by_text("The draft is saved.")).to_be_visible()
    _expect_asked(page, moved)


def test_the_pages_of_a_position_are_usable_by_everybody(chromium: Browser, running: Running) -> None:
    page, inspection = _signed_in(chromium, running), Inspection()
    inspection.look(page, "positions")
    page.get_by_role("link", name="New position").click()
    page.get_by_role("button", name="Make the position").click()
    expect(page.get_by_role("alert")).to_be_focused()
    inspection.look(page, "new position, wrong")
    at = f"{running.site.address}/hr-dashboard/positions/1/"
    for last in ("", "edit/", "questions/", "team/", "mails/", "mails/invitation/", "close/"):
        page.goto(at + last)
        inspection.look(page, last or "one position")
    page.goto(f"{at}edit/")
    page.get_by_label("Colour", exact=True).fill("#ffff00")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("would be hard to read")).to_be_visible()
    inspection.look(page, "a colour that was moved")
    page.goto(f"{at}close/")
    page.get_by_role("button", name="Close the position").click()
    expect(page.get_by_role("alert")).to_be_visible()
    inspection.look(page, "closing, nothing chosen")
    assert inspection.found == []


def test_applicants_pages_can_be_read_in_a_colour_of_their_own(chromium: Browser, running: Running) -> None:
    page, inspection = _signed_in(chromium, running), Inspection()
    at = f"{running.site.address}/hr-dashboard/positions/1/"
    page.goto(f"{at}edit/")
    page.get_by_label("Colour", exact=True).fill("#ff9900")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The position is saved.")).to_be_visible()
    page.goto(running.site.address + running.demo.fresh_link)
    expect(page.get_by_role("button", name="Agree and continue")).to_be_visible()
    inspection.look(page, "welcome in orange")
    assert inspection.found == []


def test_a_deadline_is_typed_in_the_readers_zone_and_means_the_same_moment_everywhere(
    chromium: Browser, running: Running
) -> None:
    context = chromium.new_context(
        viewport={"width": 320, "height": 1400}, timezone_id="America/New_York", locale="en-US"
    )
    page = context.new_page()
    keyboard = Keyboard(page)
    sign_in(page, running.site, "hr", running.demo.hr_password, EDIT)
    year = datetime.now(UTC).year + 1
    keyboard.go_to("^Deadline America/New_York$")
    page.keyboard.type(f"0715{year}")
    page.keyboard.press("ArrowRight")
    page.keyboard.type("0530PM")
    keyboard.press("^Save$")
    expect(page.get_by_text("The position is saved.")).to_be_visible()
    expect(page.get_by_label("Deadline")).to_have_value(f"{year}-07-15T17:30")

    plain = chromium.new_context(java_script_enabled=False).new_page()
    sign_in(plain, running.site, "hr", running.demo.hr_password, EDIT)
    expect(plain.get_by_label("Deadline UTC")).to_have_value(f"{year}-07-15T21:30")
    plain.get_by_role("button", name="Save").click()
    expect(plain.get_by_text("The position is saved.")).to_be_visible()

    page.reload()
    expect(page.get_by_label("Deadline")).to_have_value(f"{year}-07-15T17:30")
    keyboard.go_to("^Deadline")
    page.keyboard.press("Backspace")
    keyboard.press("^Save$")
    expect(page.get_by_text("Write the whole day and time, or leave it empty.")).to_be_visible()
    expect(page.get_by_label("Deadline America/New_York")).to_have_value("")
    plain.reload()
    expect(plain.get_by_label("Deadline")).to_have_value(f"{year}-07-15T21:30")


def test_a_colour_is_picked_or_typed_and_taken_away_by_keyboard(chromium: Browser, running: Running) -> None:
    page = _signed_in(chromium, running, width=320, height=1400)
    page.goto(f"{running.site.address}{EDIT}")
    picker, text = page.get_by_label("Choose the colour"), page.get_by_label("Colour", exact=True)
    picker.fill("#aa3300")
    expect(text).to_have_value("#aa3300")
    text.fill("0000CC")
    expect(picker).to_have_value("#0000cc")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".swatches")).to_contain_text("#0000cc on light pages")
    expect(text).to_have_value("#0000cc")
    expect(picker).to_have_value("#0000cc")
    keyboard = Keyboard(page)
    keyboard.go_to("Choose the colour")
    keyboard.go_to("^Colour$")
    keyboard.press("No colour")
    expect(text).to_have_value("")
    expect(text).to_be_focused()
    keyboard.press("^Save$")
    expect(page.get_by_text("The position is saved.")).to_be_visible()
    expect(page.locator(".swatches")).to_have_count(0)
