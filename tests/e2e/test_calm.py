"""The applicant's own pace, in a real browser: practice, a pause, a sentence that may be ended, a choice, a text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.processes import Site, wait_until

LIMIT = 3  # seconds; with the grace, recording ends by itself after 18

PREPARE = f"""
from interviews.models import Accommodation, Interview, Question
Question.objects.update(answer_seconds={LIMIT})
print(Interview.objects.get(applicant__name="You").pk)
"""
ARRANGE = """
from interviews.actions.needs import accommodate
from interviews.models import Accommodation, Interview
accommodate(Accommodation(interview=Interview.objects.get(applicant__name="You"), written=True))
"""
TAKES = """
from interviews.models import Take
import json
takes = Take.objects.filter(interview__applicant__name="You").order_by("number")
print(json.dumps([[take.seconds, take.text, hasattr(take, "answer")] for take in takes]))
"""


@dataclass
class Quiet:
    site: Site
    link: str

    def run(self, code: str) -> str:
        return self.site.manage("shell", "-v0", "-c", code)


@pytest.fixture
def quiet(tmp_path: Path) -> Iterator[Quiet]:
    """The product with the demo, its questions made short."""
    with Site(tmp_path / "site") as site:
        demo = json.loads(site.demo_text)
        made = Quiet(site, site.address + demo["fresh_link"])
        made.run(PREPARE)
        yield made


def _agree(page: Page, link: str) -> None:
    page.goto(link)
    page.get_by_role("checkbox").check()
    page.get_by_role("radio").first.check()
    page.get_by_role("button", name="Agree and continue").click()


def _question(page: Page, number: int) -> Locator:
    page.get_by_role("button", name=f"Show question {number}").click()
    return page.locator(f"[data-step=question][data-number='{number}']")


def _reload_while_saving(page: Page, question: Locator, text: str) -> None:
    """The next page is made before the server has `text`, and comes after this one has heard that it is saved."""
    documents: list[Route] = []
    saves: list[Route] = []
    page.route("**/texts/*/", lambda route: saves.append(route))
    page.route(page.url, lambda route: documents.append(route))
    question.get_by_role("textbox").fill(text)
    _until(page, saves)
    page.evaluate("void setTimeout(() => location.reload())")
    _until(page, documents)
    made = documents[0].fetch()
    saves[0].fulfill(response=saves[0].fetch())
    page.wait_for_timeout(500)  # nothing else can be asked of a page while the next one is awaited
    documents[0].fulfill(response=made)
    page.unroute_all()


def _until(page: Page, caught: list[Route]) -> None:
    for _ in range(100):
        if caught:
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"nothing was asked of the server on {page.url}")


def _saved(question: Locator) -> None:
    expect(question.locator("[data-upload]")).to_have_attribute("data-state", "saved")


def test_practice_a_pause_an_ended_sentence_and_a_choice(quiet: Quiet, applicant: Page) -> None:
    _agree(applicant, quiet.link)
    applicant.get_by_role("button", name="Check camera and microphone").click()
    applicant.get_by_role("button", name="Continue to the questions").click()

    applicant.get_by_role("button", name="Try a practice question").click()
    practice = applicant.locator("[data-question='0']")
    practice.get_by_role("button", name="Start now").click()
    applicant.wait_for_timeout(2500)
    practice.get_by_role("button", name="Stop recording").click()
    _saved(practice)
    assert json.loads(quiet.run(TAKES)) != []
    practice.get_by_role("button", name="Go on to the questions").click()

    expect(applicant.get_by_text("No clock is running")).to_be_visible()
    expect(applicant.locator("#way-words")).to_have_text(re.compile("0 of 3 answered, about [0-9]+ min left"))
    wait_until(lambda: json.loads(quiet.run(TAKES)) == [], "what was for practice is deleted")
    question = _question(applicant, 1)
    question.get_by_role("button", name="Start now").click()
    expect(question.get_by_text("Time is up: end your sentence")).to_be_visible()
    expect(question.get_by_role("button", name="Stop recording")).to_be_visible()
    expect(question.get_by_text("Everything that you said until then is in it.")).to_be_visible(timeout=45_000)
    _saved(question)

    question.get_by_role("button", name="Record again").click()
    question.get_by_role("button", name="Start now").click()
    applicant.wait_for_timeout(2500)
    question.get_by_role("button", name="Stop recording").click()
    _saved(question)
    question.get_by_role("radio").first.check()
    expect(question.get_by_text("Saved: recording 1 counts.")).to_be_visible()
    (long, _text, counts), (short, _text, other) = json.loads(quiet.run(TAKES))
    assert long > LIMIT + 14
    assert short < 10
    assert (counts, other) == (True, False)

    question.get_by_role("button", name="Keep this answer").click()
    expect(applicant.get_by_text("Answer 1 is saved.")).to_be_visible()
    expect(applicant.locator("#way-words")).to_have_text(re.compile("1 of 3 answered"))


def test_what_is_typed_survives_a_lost_connection_and_another_tab(quiet: Quiet, applicant: Page) -> None:
    _agree(applicant, quiet.link)
    expect(applicant.get_by_role("button", name="Go on in writing")).to_be_hidden()
    quiet.run(ARRANGE)
    applicant.get_by_role("button", name="Go on in writing").click()  # it came while the page was open
    question = _question(applicant, 1)
    text = question.get_by_role("textbox")
    text.press_sequentially("We had an outage.")
    expect(question.get_by_text("Saved: 4 words.")).to_be_visible()
    applicant.on("dialog", lambda dialog: dialog.accept())

    applicant.context.set_offline(True)
    text.press_sequentially(" We wrote it down.")
    expect(question.get_by_text("No connection to the server.")).to_be_visible()
    # The tab is lost before the connection is back: only this browser's storage has the rest.
    applicant.evaluate("addEventListener('online', (event) => event.stopImmediatePropagation(), true)")
    applicant.context.set_offline(False)
    applicant.reload()
    applicant.get_by_role("button", name="Go on in writing").click()
    question = _question(applicant, 1)
    text = question.get_by_role("textbox")
    expect(text).to_have_value("We had an outage. We wrote it down.")
    expect(question.get_by_text("Saved: 8 words.")).to_be_visible()

    _reload_while_saving(applicant, question, "We had an outage. We wrote it down!")
    applicant.get_by_role("button", name="Go on in writing").click()
    question = _question(applicant, 1)
    text = question.get_by_role("textbox")
    expect(text).to_have_value("We had an outage. We wrote it down!")
    expect(question.get_by_text("Saved: 8 words.")).to_be_visible()

    # Meanwhile another device has saved something else.
    quiet.run("from interviews.models import Draft; Draft.objects.update(text='Another text.', version=99)")
    text.press_sequentially(" And then we went home.")
    expect(question.get_by_text("Another text.")).to_be_visible()
    question.get_by_role("button", name="Go on with the text above").click()
    expect(question.get_by_text("Saved: 13 words.")).to_be_visible()
    question.get_by_role("button", name="Keep this answer").click()
    expect(applicant.get_by_text("Answer 1 is saved.")).to_be_visible()
    assert json.loads(quiet.run(TAKES)) == [[None, "We had an outage. We wrote it down! And then we went home.", True]]
