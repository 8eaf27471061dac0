"""Hands that have a keyboard and nothing else."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

TABS_AT_MOST = 40
FOCUSED = """() => {
  const element = document.activeElement;
  const { top, bottom, left, right } = element.getBoundingClientRect();
  const [x, y] = [(left + right) / 2, (top + bottom) / 2];
  const style = getComputedStyle(element);
  const hit = document.elementFromPoint(x, y);
  return {
    name: element.ariaLabel ?? element.labels?.[0]?.innerText ?? element.innerText,
    isPage: element === document.body,
    isSeen: hit !== null && (element.contains(hit) || hit.contains(element)),
    // The browser marks the parts of its own player, where we cannot look.
    isMarked: element.tagName === "VIDEO" || (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2),
  };
}"""


class Keyboard:
    """Reaches everything by Tab, and sees to it that the focus can be seen on the way."""

    def __init__(self, page: Page, tabs_at_most: int = TABS_AT_MOST) -> None:
        self.page, self.tabs_at_most = page, tabs_at_most

    def go_to(self, name: str) -> None:
        passed = []
        for _ in range(self.tabs_at_most):
            self.page.keyboard.press("Tab")
            focused = self.page.evaluate(FOCUSED)
            passed.append(focused["name"])
            if focused["isPage"]:
                continue  # Chromium, on its way out of its own player
            assert focused["isMarked"], f"no mark on the focus: {passed}"
            if re.search(name, focused["name"]):
                assert focused["isSeen"], f"the focus is out of sight: {focused}"
                return
        raise AssertionError(f"Tab does not lead to {name}, but to {passed}")

    def press(self, name: str, key: str = "Enter") -> None:
        self.go_to(name)
        self.page.keyboard.press(key)

    def press_here(self, name: str) -> None:
        """What has the focus already."""
        focused = self.page.evaluate(FOCUSED)
        assert re.search(name, focused["name"]), focused
        self.page.keyboard.press("Enter")

    def is_at(self, heading: str) -> None:
        """The focus was brought to where the new step begins."""
        expect(self.page.locator(":focus")).to_have_text(re.compile(heading))
