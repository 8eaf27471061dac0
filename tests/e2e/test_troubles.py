"""What can go wrong at an applicant's device has its own words and a next step, and costs nothing that was recorded."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Route, expect

from tests.e2e.conftest import Invitations
from tests.e2e.people import hands_in
from tests.e2e.recording_applicant import RecordingApplicant

REFUSES = """(() => {
  const refuse = async () => { throw new DOMException("as a test wants it", "%s"); };
  navigator.mediaDevices.getUserMedia = refuse;
})();"""
MUTED = """Object.defineProperty(MediaStreamTrack.prototype, "muted", {
  get() { return this.kind === "audio" && Boolean(window.isMuted); },
});"""
FULL = """(() => {
  const put = IDBObjectStore.prototype.put;
  IDBObjectStore.prototype.put = function (value) {
    if (this.name === "slices" && window.isFull) {
      this.transaction.abort();
      throw new DOMException("as a test wants it", "QuotaExceededError");
    }
    return put.call(this, value);
  };
})();"""
SILENT_RECORDER = """(() => {
  const Native = MediaRecorder;
  window.MediaRecorder = class extends Native {
    constructor(stream, options) {
      super(stream, options);
      this.addEventListener("dataavailable", (event) => {
        if (window.isStuck && this.state === "recording") event.stopImmediatePropagation();
      });
    }
  };
})();"""
CLOCK_AN_HOUR_AHEAD = "(() => { const now = Date.now; Date.now = () => now() + 3_600_000; })();"


@pytest.fixture
def seat(chromium: Browser, invitations: Invitations) -> Iterator[Callable[..., RecordingApplicant]]:
    """An applicant in a browser in which `script` has run before the page's own."""
    contexts: list[BrowserContext] = []

    def sit(script: str = "") -> RecordingApplicant:
        context = chromium.new_context(viewport={"width": 390, "height": 844})
        contexts.append(context)
        context.add_init_script(script)
        applicant = RecordingApplicant(context, invitations.site.address, invitations.links.pop())
        applicant.open()
        return applicant

    yield sit
    for context in contexts:
        context.close()


def test_who_withdraws_in_another_tab_is_led_away_from_the_camera(seat: Callable[..., RecordingApplicant]) -> None:
    applicant = seat()
    expect(applicant.page.locator(".live")).to_have_attribute("data-state", "live")
    other = applicant.context.new_page()
    other.goto(f"{applicant.page.url}withdraw/")
    other.get_by_role("button", name="Withdraw my interview").click()
    expect(applicant.page).to_have_url(re.compile("/withdraw/$"))
    expect(applicant.page.get_by_role("status").first).to_contain_text("You withdrew your interview")


def test_who_submits_on_another_device_is_led_from_the_camera_to_the_receipt(
    seat: Callable[..., RecordingApplicant], invitations: Invitations
) -> None:
    applicant = seat()
    expect(applicant.page.locator(".live")).to_have_attribute("data-state", "live")
    hands_in(invitations.site, applicant.page.url.rstrip("/").rpartition("/")[2])
    expect(applicant.page.get_by_role("heading", name="We have your interview")).to_be_visible()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("NotAllowedError", "We were not allowed .* allow both for this site, and try again"),
        ("NotFoundError", "No camera or no microphone was found. Connect one"),
        ("NotReadableError", "in use by another program. Close other calls"),
        ("OverconstrainedError", "no longer available. Choose another one"),
    ],
)
def test_a_camera_that_does_not_open_says_why_and_what_to_do(
    seat: Callable[..., RecordingApplicant], name: str, words: str
) -> None:
    applicant = seat(REFUSES % name)
    applicant.page.locator("#check-start").click()
    expect(applicant.page.locator("#check-problem")).to_have_text(re.compile(words))
    expect(applicant.page.locator("#check-start")).to_be_visible()


def test_a_wrong_clock_is_told_from_the_right_one(seat: Callable[..., RecordingApplicant]) -> None:
    applicant = seat(CLOCK_AN_HOUR_AHEAD)
    applicant.page.locator("#check-start").click()
    expect(applicant.page.locator("#check-clock")).to_contain_text("The clock of this device is wrong")


def test_troubles_while_recording_are_said_and_taken_back_and_cost_nothing(
    seat: Callable[..., RecordingApplicant],
) -> None:
    applicant = seat(MUTED + FULL)
    applicant.begin()
    trouble = applicant.question.locator("[data-trouble]")
    applicant.page.evaluate("() => { window.isMuted = true; }")
    expect(trouble).to_contain_text("Your microphone is muted")
    applicant.page.evaluate("() => { window.isMuted = false; }")
    expect(trouble).to_be_hidden()
    applicant.page.evaluate("() => { window.isFull = true; }")
    expect(trouble).to_contain_text("This device has no room")
    expect(applicant.question.locator("[data-upload]")).to_contain_text("only in this tab")
    applicant.press("stop")
    applicant.wholly_saved()


@pytest.mark.parametrize("how", ["the camera is unplugged", "the recorder is stuck"])
def test_a_recording_that_stops_by_itself_is_kept_and_goes_on(
    seat: Callable[..., RecordingApplicant], how: str
) -> None:
    applicant = seat(SILENT_RECORDER)
    applicant.begin()
    applicant.saved_up_to(2)
    if how == "the recorder is stuck":
        applicant.page.evaluate("() => { window.isStuck = true; }")
    else:
        applicant.page.evaluate(
            """() => {
              for (const track of document.getElementById("preview").srcObject.getVideoTracks()) {
                track.stop();
                track.dispatchEvent(new Event("ended"));
              }
            }"""
        )
    applicant.in_phase("resuming")
    expect(applicant.question.locator("[data-resume-words]")).to_contain_text(
        "recording stopped" if "stuck" in how else "stopped"
    )
    applicant.page.evaluate("() => { window.isStuck = false; }")
    applicant.press("continue")
    applicant.in_phase("recording")
    applicant.page.wait_for_timeout(3000)
    applicant.press("stop")
    applicant.wholly_saved()


def test_an_answer_that_was_cut_short_can_be_kept_as_it_is(seat: Callable[..., RecordingApplicant]) -> None:
    applicant = seat()
    applicant.begin()
    applicant.saved_up_to(4)
    applicant.page.reload()
    applicant.check_devices()
    applicant.show_question()
    applicant.press("settle")
    applicant.wholly_saved()


def test_another_device_takes_over_on_purpose_only(
    seat: Callable[..., RecordingApplicant], chromium: Browser, invitations: Invitations
) -> None:
    applicant = seat()
    applicant.begin()
    applicant.saved_up_to(2)
    context = chromium.new_context()
    other = RecordingApplicant(context, invitations.site.address, applicant.link)
    other.open()
    elsewhere = "[data-step=elsewhere]"
    expect(other.page.locator(elsewhere)).to_be_visible()
    applicant.saved_up_to(6)  # nothing was taken from who records
    other.page.locator("#use-this-tab").click()
    expect(applicant.page.locator(elsewhere)).to_be_visible()
    expect(other.page.locator("#resume-words")).to_contain_text("cut short")
    other.check_devices()
    other.show_question()
    other.press("continue")
    other.in_phase("recording")
    other.page.wait_for_timeout(3000)
    other.press("stop")
    other.wholly_saved()
    context.close()


def test_who_submits_offline_is_told_so_and_nothing_is_left_on_the_device_afterwards(
    seat: Callable[..., RecordingApplicant],
) -> None:
    applicant = seat()
    page = applicant.page
    applicant.begin()
    for number in (1, 2, 3):
        if number > 1:
            applicant.show_question()
            applicant.press("start")
            applicant.in_phase("recording")
        applicant.saved_up_to(2)
        applicant.press("stop")
        applicant.press("keep")
    submit = page.get_by_role("button", name="Submit interview")
    expect(submit).to_be_enabled()

    def no_connection(route: Route) -> None:
        route.abort("internetdisconnected")

    page.route("**/health/live", no_connection)
    submit.click()
    expect(page.locator("#submit-offline")).to_contain_text("Your answers are safe there")
    page.unroute("**/health/live", no_connection)
    submit.click()
    expect(page.get_by_role("heading", name="We have your interview")).to_be_visible()
    applicant.nothing_kept()
