"""A reviewer watches: words, captions, pauses, keys, search and links to moments, in a real browser."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.accessible import Inspection
from tests.e2e.conftest import Running
from tests.e2e.pages import RESULTS, sign_in
from tests.e2e.people import submitted

REVIEWER = """
import json
from django.contrib.auth.models import User
from interviews.models import Interview, Position
user = User.objects.create_user("{name}", "-@example.com", "{name} has a password")
for position in Position.objects.all():
    position.team.add(user)
scored = Interview.objects.filter(state="scored").order_by("applicant__name")
print(json.dumps([str(interview.pk) for interview in scored]))
"""
RATE_FIRST = "from interviews.models import Position; Position.objects.update(rate_first={})"
CORRECT = """
from interviews.actions.correcting import correct
from interviews.models import Interview
interview = Interview.objects.get(pk="{interview}")
take = interview.answers.select_related("take__transcript")[0].take
correct(interview, take.pk, take.transcript.text + " xylophone", 1, None)
"""
LIT_IS_SPOKEN = """video => {
  const words = [...video.closest("[data-answer]").querySelectorAll("[data-word]")];
  const lit = words.filter((word) => word.classList.contains("is-spoken"));
  const now = words.findLast((word) => Number(word.dataset.start) <= video.currentTime);
  return lit.length === 1 && lit[0] === now;
}"""


class Desk:
    """One reviewer with an account of their own, at one interview of the demo."""

    def __init__(self, browser: Browser, running: Running, name: str) -> None:
        self.running, self.name = running, name
        scored = running.site.manage("shell", "-v0", "-c", REVIEWER.format(name=name))
        self.scored: list[str] = json.loads(scored.splitlines()[-1])
        self.page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        sign_in(self.page, running.site, name, f"{name} has a password", RESULTS)

    def open(self, number: int = 0) -> Page:
        """One of the scored interviews."""
        return self.review(self.scored[number])

    def review(self, interview: str) -> Page:
        self.page.goto(f"{self.running.site.address}/hr-dashboard/results/{interview}/review/")
        self.ready()
        return self.page

    def ready(self) -> None:
        expect(self.page.locator(".live")).to_have_attribute("data-state", "live")
        expect(self.page.locator("[data-review-tools]")).to_be_visible()

    @property
    def video(self) -> Locator:
        return self.page.locator("video").first

    def say(self, script: str) -> Any:
        return self.video.evaluate(script)

    def wait_for(self, script: str, *, number: int = 0) -> None:
        """Until it is true of a video."""
        self.page.wait_for_function(f"(number) => ({script})(document.querySelectorAll('video')[number])", arg=number)


@pytest.fixture
def desk(request: pytest.FixtureRequest, chromium: Browser, demo: Running) -> Iterator[Desk]:
    name = re.sub(r"\W", "", request.node.name)[-100:]
    desk = Desk(chromium, demo, name)
    yield desk
    desk.page.context.close()
    assert desk.errors == []


def test_words_lead_to_the_video_and_the_video_to_its_words(desk: Desk) -> None:
    page = desk.open()
    words = page.locator("[data-answer]").first.locator("[data-word]")
    word = words.nth(25)
    start = float(str(word.get_attribute("data-start")))
    word.click()
    desk.wait_for("video => !video.paused && !video.seeking")
    assert start - 0.01 <= desk.say("video => video.currentTime") < start + 5
    for _ in range(10):
        desk.wait_for(LIT_IS_SPOKEN)
        page.wait_for_timeout(100)
    desk.say("video => video.pause()")

    moments = page.locator("[data-answer]").first.locator(".moment")
    moments.first.focus()
    assert moments.nth(1).get_attribute("tabindex") == "-1", "one stop for Tab"
    page.keyboard.press("ArrowDown")
    expect(moments.nth(1)).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(words.nth(21)).to_be_focused()
    page.keyboard.press("Enter")
    desk.wait_for("video => !video.paused")
    assert desk.say("video => video.currentTime") >= float(str(words.nth(21).get_attribute("data-start"))) - 0.01

    evidence = page.locator("[data-answer]").first.locator(".evidence button").first
    evidence.click()
    expect(page.locator("[data-answer]").first.locator(".is-picked").first).to_be_visible()
    page.locator("video").nth(1).evaluate("video => video.play()")
    desk.wait_for("video => video.paused")


def test_how_somebody_likes_to_watch_is_remembered_on_the_device(desk: Desk) -> None:
    page = desk.open()
    page.keyboard.press(".")
    page.keyboard.press(".")
    page.keyboard.press(",")
    page.keyboard.press(".")
    page.keyboard.press("c")
    page.reload()
    desk.ready()
    expect(page.locator("[data-speed]").last).to_have_value("1.5")
    assert desk.say("video => [video.playbackRate, video.preservesPitch]") == [1.5, True]
    desk.wait_for("video => video.textTracks.length === 1 && video.textTracks[0].cues?.length >= 2")
    said = desk.say("video => [...video.textTracks[0].cues].map((cue) => cue.text).join(' ')")
    assert said.split() == page.locator("[data-answer]").first.locator("[data-word]").all_inner_texts()
    assert desk.say("video => video.textTracks[0].mode") == "showing"
    for speed in ("0.75", "2.5"):
        page.locator("[data-speed]").first.select_option(speed)
        heard = page.locator("video").last.evaluate("video => [video.playbackRate, video.preservesPitch]")
        assert heard == [float(speed), True]
    page.locator("[data-toggle=captions]").last.click()
    assert desk.say("video => video.textTracks[0].mode") == "disabled"


def test_keys_play_seek_and_leave_alone_what_is_not_theirs(desk: Desk) -> None:
    page = desk.open()
    page.keyboard.press("Space")
    desk.wait_for("video => !video.paused")
    page.keyboard.press("k")
    desk.wait_for("video => video.paused")
    desk.say("video => { video.currentTime = 0 }")  # wherever it had come to by then
    page.keyboard.press("l")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("j")
    at = desk.say("video => video.currentTime")
    assert at == pytest.approx(5, abs=0.1)
    page.keyboard.press("ArrowLeft")
    assert desk.say("video => video.currentTime") == pytest.approx(at - 5, abs=0.1)
    page.keyboard.press("d")
    expect(page.locator("#question-2")).to_be_focused()
    page.keyboard.press("u")
    expect(page.locator("#question-1")).to_be_focused()

    at = desk.say("video => video.currentTime")
    page.keyboard.press("s")
    expect(page.locator("#find")).to_be_focused()
    page.keyboard.type("k l j 5 .?")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#find")).to_have_value("k l j 5 .?")
    page.locator("#question-1").focus()
    for combination in ("Control+l", "Alt+j", "Meta+k", "Shift+L"):
        page.keyboard.press(combination)
    assert desk.say("video => [video.currentTime, video.paused]") == [at, True]
    page.locator("textarea").first.focus()
    page.keyboard.type("jkl?")
    assert desk.say("video => [video.currentTime, video.paused]") == [at, True]

    page.locator("#question-1").focus()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("l")
    page.get_by_label("Use these keys on this device").uncheck()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.reload()
    desk.ready()
    page.keyboard.press("l")
    page.keyboard.press("k")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert desk.say("video => [video.currentTime, video.paused]") == [0, True]
    page.get_by_role("button", name="Keys", exact=True).click()
    expect(page.get_by_role("dialog")).to_be_visible()


def test_what_was_said_is_found_in_all_answers(desk: Desk) -> None:
    page = desk.open()
    answers = page.locator("[data-answer]")
    phrase = answers.nth(1).locator("[data-word]")
    sought = " ".join(phrase.nth(number).inner_text() for number in (10, 11, 12))
    page.locator("#find").fill(f"  {sought.upper()}, ")
    expect(page.locator("[data-found]")).to_have_text("Found: 1")
    page.locator("#find").press("Enter")
    expect(page.locator("[data-found]")).to_have_text("1 of 1")
    expect(answers.nth(1).locator(".is-found-now")).to_have_count(3)
    expect(phrase.nth(10)).to_be_in_viewport()
    start = float(str(phrase.nth(10).get_attribute("data-start")))
    desk.wait_for(f"video => Math.abs(video.currentTime - {start}) < 0.01", number=1)
    page.locator("#find").fill("the")
    expect(page.locator("[data-found]")).to_have_text(re.compile(r"^Found: \d+$"))
    count = int(page.locator("[data-found]").inner_text().split()[-1])
    assert count == page.locator(".is-found").count() > 3
    page.get_by_role("button", name="Previous hit").click()
    expect(page.locator("[data-found]")).to_have_text(f"{count} of {count}")
    page.get_by_role("button", name="Next hit").click()
    expect(page.locator("[data-found]")).to_have_text(f"1 of {count}")
    page.locator("#find").fill("zebra crossing")
    expect(page.locator("[data-found]")).to_have_text("Not said in any answer")
    assert page.locator(".is-found").count() == 0


def test_a_link_leads_to_a_question_and_its_second(desk: Desk) -> None:
    page = desk.open()
    address = page.url
    page.goto("about:blank")
    page.goto(f"{address}#answer-2&t=4.5")
    desk.wait_for("video => Math.abs(video.currentTime - 4.5) < 0.01", number=1)
    expect(page.locator("#question-2")).to_be_focused()
    expect(page.locator("#question-2")).to_be_in_viewport()
    assert page.locator("video").nth(1).evaluate("video => video.paused")
    page.evaluate("location.hash = '#answer-3'")
    expect(page.locator("#question-3")).to_be_focused()
    for nothing in ("#answer-99&t=5", "#answer-1&t=x", "#%E0%A4%A", "#answer-"):
        page.evaluate("hash => { location.hash = hash }", nothing)
    desk.say("video => { video.currentTime = 3.25 }")
    page.get_by_role("button", name="Copy link to this moment").first.click()
    expect(page.get_by_role("button", name=re.compile("Copied|Copy it from the address bar"))).to_be_visible()
    assert page.url == f"{address}#answer-1&t=3.2"


def test_pauses_are_skipped_by_the_words_and_it_is_told(desk: Desk) -> None:
    page = desk.open()
    page.locator(".timeline").first.evaluate("timeline => { timeline.dataset.skips = '[[1.3, 11.7]]' }")
    desk.say("video => { video.currentTime = 1 }")
    page.keyboard.press("p")
    page.keyboard.press("k")
    desk.wait_for("video => video.currentTime > 10")
    expect(page.locator("[data-skipped]").first).to_contain_text("of pauses skipped so far")
    page.keyboard.press("k")
    desk.say("video => { video.currentTime = 13 }")
    page.keyboard.press("ArrowLeft")
    assert desk.say("video => video.currentTime") < 1.3, "back leads to before the pause"


def test_a_player_goes_on_while_its_words_are_replaced(desk: Desk) -> None:
    robin = submitted(desk.running)
    interview = robin.path.split("/")[2]
    page = desk.review(interview)
    # Transcripts come live, to a page that was there before them.
    expect(page.locator(".words")).to_have_count(3, timeout=120_000)
    page.keyboard.press("c")
    desk.wait_for("video => video.textTracks[0]?.cues?.length > 0")
    page.locator("#find").fill("xylophone")
    expect(page.locator("[data-found]")).to_have_text("Not said in any answer")
    page.locator("#find").blur()
    page.keyboard.press("k")
    desk.say("video => { video.loop = true; video.isTheSame = true }")
    desk.wait_for("video => video.currentTime > 0.5")
    desk.running.site.manage("shell", "-v0", "-c", CORRECT.format(interview=interview))
    expect(page.locator("[data-found]")).to_have_text("Found: 1")
    assert desk.say("video => [video.isTheSame, video.paused]") == [True, False]
    desk.wait_for("video => [...(video.textTracks[0]?.cues ?? [])].some((cue) => cue.text.includes('xylophone'))")
    desk.wait_for(LIT_IS_SPOKEN)
    # As when a recording has been made ready to play while somebody watches what was received.
    desk.say("video => { video.currentTime = 4 }")
    desk.say("video => { const old = video.closest('.player'); old.replaceWith(old.cloneNode(true)) }")
    desk.wait_for("video => !video.isTheSame && !video.paused && video.currentTime > 4.2")


def test_a_whole_review_by_single_keys(desk: Desk) -> None:
    site = desk.running.site
    site.manage("shell", "-v0", "-c", RATE_FIRST.format(True))
    try:
        page = desk.open()
        first = page.url
        forms = page.locator("form[data-rate]")
        expect(page.locator(".rate.is-next")).to_have_count(1)
        for number in range(forms.count()):
            page.keyboard.press(str(number % 6))
        for number in range(forms.count()):
            expect(forms.nth(number)).to_have_attribute("data-state", "saved")
            chosen = str(number % 6) if number % 6 else "none"
            expect(forms.nth(number).locator("input:checked")).to_have_value(chosen)
        expect(page.locator("#announcer")).to_contain_text("Everything is rated")
        forms.nth(1).get_by_role("radio").first.focus()
        page.keyboard.press("4")
        expect(forms.nth(1).locator("input:checked")).to_have_value("4")
        expect(forms.nth(1)).to_have_attribute("data-state", "saved")
        note = page.locator("form[data-note-form] textarea").first
        page.keyboard.press("w")
        expect(note).to_be_focused()
        page.keyboard.type("few words")
        page.keyboard.press("Escape")
        expect(note).to_have_value("few words")
        page.keyboard.press("f")
        expect(page.get_by_role("button", name="Finish my review")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Side by side").first).to_be_visible()
        page.keyboard.press("n")
        page.wait_for_url(lambda url: url != first)
        assert re.search("/review/|/next-to-review/", page.url)
    finally:
        site.manage("shell", "-v0", "-c", RATE_FIRST.format(False))


@pytest.mark.parametrize("width", [1280, 1920])
def test_on_a_desk_picture_words_and_rating_are_seen_together_and_notes_stand_behind_them(
    desk: Desk, width: int
) -> None:
    """A hundred words and more: they are scrolled in their own box, the rest stays."""
    page = desk.open()
    page.set_viewport_size({"width": width, "height": 900})
    answer = page.locator("[data-answer]").first
    answer.locator(".words").evaluate("words => { words.innerHTML = Array(12).fill(words.innerHTML).join(' ') }")
    answer.locator(".rate").first.evaluate("rate => rate.scrollIntoView()")
    for part in ("video", ".timeline-bar", ".rate >> nth=0"):
        expect(answer.locator(part)).to_be_in_viewport(ratio=1)
    transcript = answer.locator(".transcript")
    seen = transcript.evaluate(
        "it => Math.min(innerHeight, it.getBoundingClientRect().bottom) - it.getBoundingClientRect().top"
    )
    line = answer.locator(".words").evaluate("words => parseFloat(getComputedStyle(words).lineHeight)")
    head = transcript.evaluate(
        "it => it.querySelector('.words').getBoundingClientRect().top - it.getBoundingClientRect().top"
    )
    assert (seen - head) / line >= 5, "lines of the transcript"
    order = answer.evaluate(
        "it => [...it.querySelectorAll('.transcript, .rates, .noting')].map((part) => part.classList[0])"
    )
    assert order == ["transcript", "rates", "noting"]


def test_on_a_phone_one_watches_while_one_rates(desk: Desk) -> None:
    page = desk.open()
    page.set_viewport_size({"width": 320, "height": 568})
    last = page.locator("[data-answer]").first.locator("form[data-rate] .rate-level").last
    last.scroll_into_view_if_needed()
    edges = desk.say("video => { const { top, bottom } = video.getBoundingClientRect(); return [top, bottom] }")
    assert 0 <= edges[0] < edges[1] < 568 / 3
    last.click()
    expect(last.locator("input")).to_be_checked()

    inspection = Inspection()
    page.keyboard.press("?")
    inspection.look(page, "a review with its list of keys")
    page.keyboard.press("Escape")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.locator("#find").fill("the")
    page.locator("#find").press("Enter")
    page.locator("[data-toggle=pauses]").first.click()
    inspection.look(page, "a review in which something was found")
    assert inspection.found == []
