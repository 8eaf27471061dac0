"""Draws every page, for docs/screens.md: on a desk in the light, on a phone in the dark.

    python -m tests.e2e.screenshots

The demo in a data folder of its own, and the pages that its addresses lead to. What is there of an earlier run goes.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page

import tests.environment  # noqa: F401 - no key that the shell happens to hold
from tests.e2e.furnished import Furnished, Shown, by_itself, pages
from tests.e2e.pages import open_link, sign_in
from tests.processes import ROOT, Site

FOLDER = ROOT / "docs" / "screenshots"
LIST = ROOT / "docs" / "screens.md"
QUALITY = 70
IS_SETTLED = """() => {
  const live = document.querySelector(".live");
  return (!live || live.dataset.state === "live") && [...document.images].every((image) => image.complete);
}"""
HEAD = """# Screens

Each page as `python3 dev.py screenshots` draws it from the demo's rows: on a desk in the light, on a phone in the dark.
"""


@dataclass
class Shots:
    """What was drawn, by part: title of the page, its address, and the file's name without its end."""

    parts: dict[str, list[tuple[str, str, str]]] = field(default_factory=dict)

    def take(self, part: str, desk: Page, phone: Page, one: Shown) -> None:
        listed = self.parts.setdefault(part, [])
        names = [name for *_rest, name in listed]
        name = f"{re.sub(r'[ ,]+', '-', part.lower())}-{one.name.rpartition(':')[2]}"
        name = name if name not in names else f"{name}-2"
        for page, suffix in ((desk, "desk"), (phone, "phone")):
            page.evaluate("document.fonts.ready")
            image = Image.open(io.BytesIO(page.screenshot(animations="disabled")))
            image.convert("RGB").save(FOLDER / f"{name}-{suffix}.webp", quality=QUALITY, method=6)
        listed.append((desk.locator("h1").first.inner_text().split("\n")[0], one.name, name))

    def written(self) -> str:
        return HEAD + "".join(
            f"\n## {part}\n" + "".join(_line(*shot) for shot in shots) for part, shots in self.parts.items()
        )


def _line(title: str, address: str, name: str) -> str:
    images = " ".join(f'<img src="screenshots/{name}-{where}.webp" alt="" height="300">' for where in ("desk", "phone"))
    return f"\n**{title}** (`{address}`)\n\n{images}\n"


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.webp"):
        old.unlink()
    shots = Shots()
    with by_itself() as (full, browser):
        _of_staff(browser, full, shots)
        for stage, behind in full.applicants.items():
            _behind_a_link(browser, full.site, *behind, shots, f"Applicant, {stage}")
        _behind_a_link(browser, full.site, *full.outside, shots, "From outside")
    LIST.write_text(shots.written(), "utf-8")
    size = sum(path.stat().st_size for path in FOLDER.iterdir())
    sys.stdout.write(f"{sum(map(len, shots.parts.values()))} pages, {size / 1e6:.1f} MB in {FOLDER}\n")


def _contexts(browser: Browser) -> tuple[BrowserContext, BrowserContext]:
    desk = browser.new_context(viewport={"width": 1280, "height": 800}, color_scheme="light", reduced_motion="reduce")
    phone = browser.new_context(
        viewport={"width": 390, "height": 844}, color_scheme="dark", reduced_motion="reduce", is_mobile=True
    )
    return desk, phone


def _both(desk: Page, phone: Page, site: Site, shown: list[Shown]) -> Iterator[Shown]:
    for one in pages(desk, site, shown):
        phone.goto(site.address + one.path)
        for page in (desk, phone):
            page.wait_for_function(IS_SETTLED)
        yield one


def _of_staff(browser: Browser, full: Furnished, shots: Shots) -> None:
    desk, phone = (context.new_page() for context in _contexts(browser))
    for page in (desk, phone):
        page.goto(f"{full.site.address}/hr-dashboard/results/")
    shots.take("HR", desk, phone, Shown("sign-in", ""))
    for page in (desk, phone):
        sign_in(page, full.site, "admin", full.demo["admin_password"])
    for part, shown in (("HR", full.hr), ("Admin", full.admin)):
        for one in _both(desk, phone, full.site, shown):
            shots.take(part, desk, phone, one)


def _behind_a_link(browser: Browser, site: Site, link: str, shown: list[Shown], shots: Shots, part: str) -> None:
    desk, phone = (context.new_page() for context in _contexts(browser))
    for page in (desk, phone):
        open_link(page, site, link)
    for one in _both(desk, phone, site, shown):
        shots.take(part, desk, phone, one)


if __name__ == "__main__":
    main()
