"""Whether open pages show what they would show if they were fetched again: read in the browser, where people read."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from itertools import takewhile

from playwright.sync_api import Browser, Error, Page, expect

from tests.e2e.furnished import Shown
from tests.e2e.pages import sign_in
from tests.processes import Site

SHOWN = """() => {
  const main = document.querySelector("main").cloneNode(true);
  for (const one of main.querySelectorAll("video, audio")) one.replaceWith(one.getAttribute("src") ?? "");
  for (const one of main.querySelectorAll("time")) one.replaceWith(one.getAttribute("datetime") ?? "");
  return main.textContent.replace(/\\s+/g, " ") + main.querySelectorAll("*").length;
}"""
"""What stands there; of times, which move with the clock, the moment that they are of."""


class Reader:
    """One signed-in browser: live pages that stay open, by path, and one more page to fetch each again."""

    def __init__(self, browser: Browser, site: Site, name: str, password: str) -> None:
        self.site, self.context = site, browser.new_context()
        self.page = self.context.new_page()
        self.open: dict[str, Page] = {}
        sign_in(self.page, site, name, password)

    def follow(self, offered: Iterable[Shown]) -> None:
        """Opens those that are live and this person's."""
        for one in offered:
            reply = self.page.request.get(self.site.address + one.path, max_redirects=0, headers={"Range": "bytes=0-0"})
            if reply.status == 200 and 'data-topics="' in reply.text():
                page = self.open[one.path] = self.context.new_page()
                page.goto(self.site.address + one.path)
                expect(page.locator(".live"), one.path).to_have_attribute("data-state", "live")

    def shown(self, path: str) -> str:
        """What an open page shows, with those who came and wait for a click; "" while it fetches itself again."""
        try:
            if (newcomers := self.open[path].locator("#newcomers")).is_visible():
                newcomers.click()
            return str(self.open[path].evaluate(SHOWN))
        except Error:
            return ""

    def fetched_again(self, path: str) -> str:
        self.page.goto(self.site.address + path)
        return str(self.page.evaluate(SHOWN))


def until_all_agree(readers: Sequence[Reader], seconds: float = 60) -> dict[str, str]:
    """What all open pages of all readers show, once each shows what it would show if it were fetched again."""
    deadline = time.monotonic() + seconds
    while True:
        fresh = {path: readers[0].fetched_again(path) for path in readers[0].open}
        differ = {path for path, text in fresh.items() for reader in readers if reader.shown(path) != text}
        if not differ:
            return fresh
        if time.monotonic() > deadline:
            raise AssertionError("\n\n".join(_told_apart(path, fresh[path], readers) for path in sorted(differ)))


def _told_apart(path: str, fresh: str, readers: Sequence[Reader]) -> str:
    shown = [fresh, *(reader.shown(path) for reader in readers)]
    begin = sum(1 for _ in takewhile(lambda letters: len(set(letters)) == 1, zip(*shown, strict=False)))
    return "\n".join([path, *(repr(text[max(0, begin - 80) : begin + 160]) for text in shown)])
