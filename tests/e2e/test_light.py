"""How much an applicant's phone has to load before anything can be recorded."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, expect

from tests.e2e.conftest import Running
from tests.e2e.people import invited

AT_MOST_BYTES = 120_000


class Line:
    """Counts what comes over the network, as it comes: compressed, with its headers."""

    def __init__(self) -> None:
        self.bytes = 0
        self.hosts: set[str] = set()

    def requested(self, event: dict[str, Any]) -> None:
        address = urlsplit(event["request"]["url"])
        if address.scheme not in ("data", "blob"):
            self.hosts.add(address.netloc)

    def loaded(self, event: dict[str, Any]) -> None:
        self.bytes += int(event["encodedDataLength"])


def test_the_first_load_is_small_and_comes_from_this_site_alone(chromium: Browser, demo: Running) -> None:
    link = invited(demo)
    first = chromium.new_context().new_page()
    first.goto(demo.site.address + link)
    first.get_by_role("checkbox").check()
    first.get_by_role("radio").first.check()
    first.get_by_role("button", name="Agree and continue").click()
    expect(first.locator("#check-start")).to_be_visible()
    first.context.close()  # or its tab would hold the interview

    page = chromium.new_context().new_page()
    line = Line()
    network = page.context.new_cdp_session(page)
    network.on("Network.requestWillBeSent", line.requested)
    network.on("Network.loadingFinished", line.loaded)
    network.send("Network.enable")
    page.goto(demo.site.address + link)
    expect(page.locator("#check-start")).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert line.hosts == {urlsplit(demo.site.address).netloc}
    assert 20_000 < line.bytes <= AT_MOST_BYTES, line.bytes
