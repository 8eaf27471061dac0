"""An applicant at the recording page, who presses what it offers."""

from __future__ import annotations

import re

from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.processes import wait_until

PATIENCE_MS = 30_000


class RecordingApplicant:
    """`link` is the invitation's, with its token; `address` what the browser reaches the server by."""

    def __init__(self, context: BrowserContext, address: str, link: str) -> None:
        self.context, self.address, self.link = context, address, link
        self.page: Page = context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)

    def open(self) -> None:
        self.page.goto(self.address + self.link)
        self.page.wait_for_url(re.compile(r"/interview/[0-9a-f-]+/$"))
        agree = self.page.get_by_role("checkbox")
        studio = self.page.locator("[data-step]:not([hidden])")
        expect(agree.or_(studio).first).to_be_visible()
        if agree.is_visible():
            agree.check()
            self.page.get_by_role("radio").first.check()
            self.page.get_by_role("button", name=re.compile("agree|start|continue", re.I)).click()
            expect(studio).to_be_visible()

    def check_devices(self, warned_of: str = "") -> None:
        """To the pause before the first question without an answer; first waits for a warning."""
        self.page.locator("#check-start").click()
        expect(self.page.locator("[data-step=check]")).to_contain_text(warned_of, timeout=PATIENCE_MS)
        self.page.locator("#check-done").click()
        skip, pause = self.page.locator("#practice-skip"), self.page.locator("#pause-over")
        expect(skip.or_(pause).locator("visible=true")).to_be_visible(timeout=PATIENCE_MS)
        if skip.is_visible():
            skip.click()

    def show_question(self) -> None:
        self.page.locator("#pause-over").click()

    def begin(self, warned_of: str = "") -> None:
        """From the opened page to the first recording."""
        self.check_devices(warned_of)
        self.show_question()
        self.press("start")
        self.in_phase("recording")

    @property
    def question(self) -> Locator:
        return self.page.locator("[data-step=question]:not([hidden])")

    def press(self, deed: str) -> None:
        """`deed`: as question-view.js calls it."""
        self.question.locator(f"[data-do={deed}]").click()

    def in_phase(self, phase: str) -> None:
        expect(self.page.locator(f"[data-step=question]:not([hidden])[data-phase={phase}]")).to_be_visible(
            timeout=PATIENCE_MS
        )

    def saved_up_to(self, seconds: int) -> None:
        """Waits until the page says that the server has so much."""
        self.page.wait_for_function(
            """(least) => {
              const line = document.querySelector("[data-step=question]:not([hidden]) [data-upload]");
              const time = /^saved/.test(line?.dataset.state ?? "") && /(\\d+):(\\d\\d)/.exec(line.textContent);
              return Boolean(time) && Number(time[1]) * 60 + Number(time[2]) >= least;
            }""",
            arg=seconds,
        )

    def wholly_saved(self, patience_ms: float = PATIENCE_MS) -> None:
        expect(self.question.locator("[data-upload]")).to_have_attribute("data-state", "saved", timeout=patience_ms)

    def continue_or_start(self, patience_ms: float) -> None:
        """What is offered after the page was lost: nothing was saved of an answer that had only begun."""
        self.question.locator("[data-do=continue]:visible, [data-do=start]:visible").first.click(timeout=patience_ms)

    def kept_on_device(self) -> list[bool]:
        """Of each segment that the browser's own database knows: whether it is an answer's last."""
        whole: list[bool] = self.page.evaluate(
            """() => new Promise((resolve, reject) => {
              const opening = indexedDB.open("greenroom");
              opening.onerror = reject;
              opening.onsuccess = () => {
                const all = opening.result.transaction("segments").objectStore("segments").getAll();
                all.onsuccess = () => resolve(all.result.map((segment) => segment.whole));
              };
            })"""
        )
        return whole

    def nothing_kept(self) -> None:
        """Waits until the device has been cleared: the page says before that what is saved."""
        wait_until(lambda: self.kept_on_device() == [], "nothing is left on the device")

    def all_kept(self) -> None:
        """Waits until an answer that has ended is on the device's disk."""
        wait_until(lambda: any(self.kept_on_device()), "the end of the answer is kept")
