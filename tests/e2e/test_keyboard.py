"""A whole interview without a mouse, and what somebody hears who does not see it."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, expect

from tests.e2e.conftest import Running
from tests.e2e.keyboard import Keyboard
from tests.e2e.people import invited

HEAR = """() => {
  window.heard = [];
  const before = new WeakMap();
  const hear = (words) => words.trim() && window.heard.push(words.trim().replace(/\\s+/g, " "));
  new MutationObserver((changes) => {
    for (const change of changes) {
      if (!change.target.closest?.("[role=log]")) continue;
      for (const node of change.addedNodes) hear(node.textContent);
    }
    for (const region of document.querySelectorAll("[role=status], [role=alert]")) {
      const said = region.checkVisibility() ? region.innerText : "";
      if (said !== before.get(region)) hear(said);
      before.set(region, said);
    }
  }).observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
}"""

SCRIPT = "performance.getEntriesByType('resource').find(({ name }) => name.includes('/question-view.')).name"
CLOCKS = """async (script) => {
  const { QuestionView } = await import(script);
  window.view = new QuestionView(document.querySelector("[data-number='1']"));
  window.think = window.view.startClock("think", 60, () => {});
  return true;
}"""


def test_a_whole_interview_by_keyboard_alone(chromium: Browser, demo: Running) -> None:
    page = chromium.new_context(viewport={"width": 1280, "height": 720}).new_page()
    page.add_init_script(f"({HEAR})()")
    keyboard = Keyboard(page)
    page.goto(demo.site.address + invited(demo))
    expect(page.get_by_role("checkbox")).to_be_visible()
    keyboard.press("Skip to the content")
    keyboard.press("I agree", "Space")
    keyboard.press("Yes, AI", "Space")
    keyboard.press("Agree and continue")
    keyboard.is_at("Camera and microphone")
    keyboard.press("Check camera and microphone", "Space")
    expect(page.locator("#check-done")).to_be_focused()
    keyboard.press_here("Continue to the questions")
    keyboard.is_at("Practise first")
    keyboard.press("Go on without practice")
    for number in (1, 2, 3):
        keyboard.is_at("Ready when you are" if number == 1 else "Take a breath")
        keyboard.press(f"Show question {number}")
        keyboard.is_at(f"Question {number} of 3")
        keyboard.press("Start now")
        expect(page.locator("[data-upload]:visible")).to_have_attribute("data-state", re.compile("^saved-to"))
        keyboard.press_here("Stop recording")
        keyboard.is_at("Your recording")
        # Who keeps it earlier goes on as soon as it is saved, and is told nothing more of this answer.
        expect(page.locator("[data-upload]:visible")).to_have_attribute("data-state", "saved")
        keyboard.press("Keep this answer")
    keyboard.is_at("Look over your answers")
    heard = page.evaluate("window.heard")
    keyboard.press("Submit interview")
    expect(page.get_by_role("heading", name="We have your interview")).to_be_visible()

    for said in (
        r"You have \d+ seconds to think\. Recording then starts by itself\.",
        r"Recording\. You have \d+ seconds\.",
        r"Recording stopped after \d+ seconds\.",
        r"Saved: the whole answer, 0:\d\d\.",
    ):
        assert len([one for one in heard if re.search(said, one)]) == 3, (said, heard)


def test_the_clock_is_heard_at_a_few_moments_only(chromium: Browser, demo: Running) -> None:
    page = chromium.new_context().new_page()
    page.add_init_script(f"({HEAR})()")
    page.goto(demo.site.address + invited(demo))
    page.get_by_role("checkbox").check()
    page.get_by_role("radio").first.check()
    page.get_by_role("button", name="Agree and continue").click()
    expect(page.locator("#check-start")).to_be_visible()
    script = page.evaluate(SCRIPT)
    page.clock.install()
    page.reload()
    expect(page.locator("#check-start")).to_be_visible()
    page.evaluate(CLOCKS, script)
    page.clock.run_for(60_500)
    page.evaluate("() => { window.think.stop() }")
    page.evaluate("() => { window.view.startClock('answer', 120, () => {}, 15) }")
    page.clock.run_for(140_000)
    heard = [said for said in page.evaluate("window.heard") if re.search(r"seconds|Time is", said)]
    assert page.locator("[role=timer]").count() == page.locator("[role=timer][aria-live=off]").count() > 0
    assert heard == [
        "You have 60 seconds to think. Recording then starts by itself.",
        "Recording starts in 10 seconds.",
        "Recording. You have 120 seconds.",
        "30 seconds left.",
        "10 seconds left.",
        "Time is up. End your sentence: recording goes on for 15 more seconds.",
    ]
