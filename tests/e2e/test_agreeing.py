"""Two browsers of HR show the same, and what a reload would show, after everything that happens."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.e2e.agreeing import Reader, until_all_agree
from tests.e2e.furnished import Furnished, furnished
from tests.processes import Site

FORMS = {"transcript", "tell"}
"""What somebody types there must not go: who is second is shown what is stored, or decided, when they save or send."""


def _revises_a_rating(eve: Page, full: Furnished) -> None:
    eve.goto(_address(full, "review"))
    eve.get_by_text("Revise my ratings of this answer").first.click()
    form = eve.locator("form").filter(has=eve.get_by_role("button", name="Revise this rating")).first
    form.get_by_role("radio", name=re.compile(r"^5\s")).check()
    form.get_by_label("Why you change it").fill("Watched it once more.")
    form.get_by_role("button", name="Revise this rating").click()
    eve.wait_for_load_state()


def _decides(eve: Page, full: Furnished) -> None:
    eve.goto(_address(full, "review"))
    eve.get_by_role("radio", name="Advance").check()
    eve.get_by_label("Reason", exact=True).fill("Measured what came of it.")
    eve.get_by_role("button", name="Decide", exact=True).click()
    expect(eve.get_by_role("region", name="Result")).to_contain_text("Advance")


def _corrects_a_transcript(eve: Page, full: Furnished) -> None:
    eve.goto(_address(full, "transcript"))
    box = eve.get_by_role("textbox").first
    box.fill(f"{box.input_value()} corrected")
    eve.get_by_role("button", name="Save the correction").click()
    eve.wait_for_load_state()


def _reviews(eve: Page, full: Furnished) -> None:
    eve.goto(f"{full.site.address}/hr-dashboard/results/{full.next}/review/")
    levels = eve.get_by_role("radio", name=re.compile(r"^4\s"))
    for number in range(levels.count()):
        levels.nth(number).check()
    expect(eve.get_by_text(re.compile(rf"^\s*{levels.count()}\s+of {levels.count()} rated"))).to_be_visible()
    eve.get_by_role("button", name="Finish my review").click()
    expect(eve.get_by_role("heading", name="Side by side").first).to_be_visible()


def _submits(applicant: Page, full: Furnished) -> None:
    """And the worker does the rest."""
    applicant.goto(full.site.address + full.demo["ready_link"])
    applicant.get_by_role("button", name="Submit interview").click()
    expect(applicant.locator("#progress")).to_contain_text("ready", timeout=60_000)


CHANGES: list[Callable[[Page, Furnished], None]] = [
    _revises_a_rating,
    _decides,
    _corrects_a_transcript,
    _reviews,
    _submits,
]


def _address(full: Furnished, name: str) -> str:
    return full.site.address + next(one.path for one in full.hr if one.name == name)


def _invites(hr: Page, full: Furnished) -> None:
    hr.goto(_address(full, "invite"))
    hr.get_by_label("Who").fill("Robin Roe <robin@example.com>")
    hr.get_by_role("button", name="Check the list").click()
    hr.get_by_role("button", name="Invite 1 person").click()
    expect(hr.get_by_role("heading", name="Links to pass on")).to_be_visible()


def test_two_screens_agree_after_every_change_with_each_other_and_with_a_reload(
    chromium: Browser, tmp_path: Path
) -> None:
    with Site(tmp_path / "site") as site:
        full = furnished(site)
        readers = [Reader(chromium, site, "hr", full.demo["hr_password"]) for _ in range(2)]
        for reader in readers:
            reader.follow(one for one in full.hr if one.name not in FORMS)
        assert len(readers[0].open) >= 5
        eve = Reader(chromium, site, "eve", "-").page
        before = until_all_agree(readers)
        for change in CHANGES:
            change(eve, full)
            after = until_all_agree(readers)
            assert after != before or change is _revises_a_rating, "nothing on any page changed: proves nothing"
            before = after
        _invites(Reader(chromium, site, "hr", full.demo["hr_password"]).page, full)
        assert until_all_agree(readers) != before
