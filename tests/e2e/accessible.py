"""What a machine can see of whether a page is usable by everybody: axe-core's rules, and nothing to scroll sideways."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from playwright.sync_api import Page

from tests.programs import npm_packages

WIDTHS = (320, 768, 1280)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
COLOURS = ["cat.color"]
"""The dark scheme changes these alone: `test_dark_is_other_colours_and_nothing_else`."""
AXE = """async (tags) => {
  // Of colours alone, without the rule of AAA, which is asked for nowhere else.
  const [rule, enabled] = tags.includes("wcag2a") ? ["target-size", true] : ["color-contrast-enhanced", false];
  const rules = { [rule]: { enabled } };
  return (await axe.run(document, { runOnly: tags, rules, resultTypes: ["violations"] })).violations;
}"""
SET = """([name, value]) => {
  const page = document.documentElement;
  if (value === null) page.removeAttribute(name);
  else page.setAttribute(name, value);
}"""
SETTLED = """async () => {
  const moving = document.getAnimations().filter((it) => it instanceof CSSTransition);
  await Promise.allSettled(moving.map((it) => it.finished));
}"""
STICKS_OUT = """() => {
  const page = document.documentElement;
  if (page.scrollWidth <= page.clientWidth) return [];
  const edges = (element) => element.getBoundingClientRect();
  return [...document.body.querySelectorAll("*")]
    .filter((element) => edges(element).right > page.clientWidth + 1 || edges(element).left < -1)
    .map((element) => element.outerHTML.slice(0, 120));
}"""


@dataclass
class Inspection:
    """Collects what is wrong with the pages that it is shown, so that one run names everything."""

    found: list[str] = field(default_factory=list)

    def look(self, page: Page, name: str) -> None:
        """At each width in light and dark; then at 200 %, with letters twice as large, and from right to left."""
        page.wait_for_load_state()
        page.evaluate(SETTLED)  # what a click has set in motion moves on, whatever is asked for meanwhile
        # Without motion, or axe would see colours on their way.
        page.emulate_media(reduced_motion="reduce")
        if not page.evaluate("'axe' in window"):
            page.evaluate((npm_packages() / "axe-core" / "axe.min.js").read_text("utf-8"))
        if moving := page.evaluate("document.getAnimations().length"):
            self.found.append(f"{name}: {moving} things move for somebody who asked for no motion")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            self._look_sideways(page, f"{name}, {width} px")
            for scheme in SCHEMES:
                page.emulate_media(color_scheme=scheme)
                for violation in page.evaluate(AXE, TAGS if scheme == "light" else COLOURS):
                    self.found.append(f"{name}, {width} px, {scheme}: {_words(violation)}")
        page.set_viewport_size({"width": 640, "height": 450})
        self._look_sideways(page, f"{name}, 1280 px at 200 %")
        for what, attribute, value in (("large letters", "style", "font-size: 200%"), ("right to left", "dir", "rtl")):
            page.evaluate(SET, [attribute, value])
            for width in (320, 1280) if attribute == "dir" else (640,):
                page.set_viewport_size({"width": width, "height": 900})
                self._look_sideways(page, f"{name}, {width} px, {what}")
            page.evaluate(SET, [attribute, None])

    def _look_sideways(self, page: Page, where: str) -> None:
        for element in page.evaluate(STICKS_OUT):
            self.found.append(f"{where}: sticks out: {element}")


def _words(violation: dict[str, Any]) -> str:
    where = "; ".join(" ".join(map(str, node["target"])) for node in violation["nodes"][:4])
    return f"{violation['id']} ({violation['help']}) at {where}"
