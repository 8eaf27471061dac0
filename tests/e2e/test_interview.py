"""The main job, as people do it: one browser records and submits, another watches the scores arrive."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.e2e.conftest import Running
from tests.processes import wait_until

WATCH = """(selector) => {
  window.seen = [];
  const look = () => {
    const texts = [...document.querySelectorAll(selector)].map((element) => element.innerText);
    const text = texts.join("|").replace(/\\s+/g, " ");
    if (text !== window.seen.at(-1)) window.seen.push(text);
  };
  look();
  new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
}"""
SEEN = "() => window.seen"
MAIN = """() => {
  const main = document.querySelector("main").cloneNode(true);
  main.querySelectorAll("time[data-ago]").forEach((time) => time.replaceWith(time.dateTime));
  main.querySelectorAll("video").forEach((video) => video.replaceWith(video.getAttribute("src") ?? ""));
  return main.innerText.replace(/\\s+/g, " ") + main.querySelectorAll("*").length;
}"""

AT_WORK = """
from interviews.models import Job
kinds = ["render", "transcribe", "assess"]
print(Job.objects.filter(interview="{}", kind__in=kinds, state__in=["queued", "running"]).count())
"""


def record_one(page: Page, number: int, of: int) -> None:
    question = page.locator(f"[data-step=question][data-number='{number}']")
    page.get_by_role("button", name=f"Show question {number}").click()
    question.get_by_role("button", name="Start now").click()
    page.wait_for_timeout(6000)
    question.get_by_role("button", name="Stop recording").click()
    question.get_by_role("button", name="Keep this answer").click()


def settled(page: Page) -> str:
    """What stands there once it has come to rest."""
    for _ in range(20):
        before = str(page.evaluate(MAIN))
        page.wait_for_timeout(2000)
        if page.evaluate(MAIN) == before:
            return before
    raise AssertionError("the page does not come to rest")


def test_an_applicant_records_and_hr_watches_the_scores_arrive(running: Running, applicant: Page, hr: Page) -> None:
    address = running.site.address
    applicant.goto(address + running.demo.fresh_link)
    expect(applicant).to_have_url(re.compile(r"/interview/[0-9a-f-]+/$"))  # the token has left the address
    applicant.get_by_role("checkbox").check()
    applicant.get_by_role("radio").first.check()
    applicant.get_by_role("button", name=re.compile("agree|start|continue", re.I)).click()

    interview_id = applicant.url.rstrip("/").rsplit("/", 1)[-1]
    row = f"#row-{interview_id}"
    review = hr.context.new_page()
    review.goto(f"{address}/hr-dashboard/results/{interview_id}/review/")
    for page in (hr, review):
        expect(page.locator(".live")).to_have_attribute("data-state", "live")
    hr.evaluate(WATCH, row)
    review.evaluate(WATCH, "#summary, [id^=assessment-]")

    applicant.get_by_role("button", name="Check camera and microphone").click()
    applicant.get_by_role("button", name="Continue to the questions").click()
    applicant.get_by_role("button", name="Go on without practice").click()
    for number in (1, 2, 3):
        record_one(applicant, number, 3)
    applicant.get_by_role("button", name="Submit interview").click()
    expect(applicant.locator("#progress")).to_be_visible()
    applicant.evaluate(WATCH, "#progress")
    receipt = applicant.locator("main").inner_text()
    assert "3" in receipt

    expect(hr.locator(row)).to_contain_text("Scored", timeout=180_000)
    expect(review.locator("#summary")).to_contain_text("Scored")
    expect(applicant.locator("#progress")).to_contain_text("ready")

    stages = " > ".join(hr.evaluate(SEEN))
    for stage in ("Recorded 1 of 3", "Recorded 2 of 3", "Scored"):
        assert stage in stages, stages
    assert re.search(r"\d\.\d of 5|Not scored", stages), stages
    if running.engines == "fakes":
        for stage in ("Assessed 0 of 3", "Assessed 1 of 3", "Assessed 2 of 3"):
            assert stage in stages, stages
        assert len(review.evaluate(SEEN)) >= 4, "the levels did not arrive one answer at a time"
    assert "of 5" not in " ".join(applicant.evaluate(SEEN)), "an applicant saw a score"

    at_work = AT_WORK.format(interview_id)
    wait_until(lambda: running.site.manage("shell", "-v0", "-c", at_work).split()[-1] == "0", "all is done")
    for page in (hr, review, applicant):
        live = settled(page)
        page.reload()
        assert settled(page) == live, "the reloaded page is not the live one"
