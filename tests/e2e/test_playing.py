"""An interrupted answer in a real browser: it says at once how long it is, and each second shows what it did."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from interviews.actions import answering
from interviews.models import Rendition
from tests.engines import work_through
from tests.people import World, record_in_parts
from tests.recordings import BITS, PER_SECOND, recording

SHOWN_AT = """async (video, [second, bits]) => {
  const shown = new Promise((done) => video.requestVideoFrameCallback(done));  // "seeked" may come before its picture
  const sought = new Promise((done) => video.addEventListener("seeked", done, { once: true }));
  video.currentTime = second;
  await Promise.all([shown, sought]);
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
  const draw = canvas.getContext("2d");
  draw.drawImage(video, 0, 0);
  const row = draw.getImageData(0, canvas.height / 2, canvas.width, 1).data;
  return Array.from({ length: bits }, (_, bit) =>
    row[4 * Math.floor(((bit + 0.5) * canvas.width) / bits)] > 125 ? 2 ** bit : 0).reduce((a, b) => a + b);
}"""


@pytest.mark.parametrize(("size", "mime_type"), [((160, 64), "video/webm"), ((320, 128), "video/mp4")])
def test_an_interrupted_answer_plays_from_any_second(
    world: World,
    ada: Client,
    request: pytest.FixtureRequest,
    live_server: LiveServer,
    tmp_path: Path,
    size: tuple[int, int],
    mime_type: str,
) -> None:
    """Copied where both parts are alike, encoded anew where the second is of another size."""
    answering.consent(world.interview, ai=True)
    world.interview.refresh_from_db()
    parts = (recording(tmp_path / "first.webm", 2), recording(tmp_path / "second.webm", 2, 2, size=size))
    record_in_parts(world.interview, world.questions[0], *(part.read_bytes() for part in parts))
    work_through(world.interview)
    assert Rendition.objects.get().mime_type == mime_type

    chromium: Browser = request.getfixturevalue("chromium")  # only now: beside it, Django refuses its database
    page = chromium.new_page()
    page.context.add_cookies([{"name": "sessionid", "value": ada.cookies["sessionid"].value, "url": live_server.url}])
    page.goto(f"{live_server.url}/hr-dashboard/results/{world.interview.pk}/review/")
    video = page.locator("video").first
    page.wait_for_function("() => document.querySelector('video').readyState >= 1")

    assert video.evaluate("it => [it.duration, it.seekable.end(0)]") == pytest.approx([4, 4], abs=0.1)
    for second in (3.55, 0.55, 2.05, 1.95):
        assert video.evaluate(SHOWN_AT, [second, BITS]) == pytest.approx(second * PER_SECOND, abs=1)
    # In a range: the whole is streamed, which the server of the tests, by WSGI, cannot.
    poster = page.request.get(live_server.url + str(video.get_attribute("poster")), headers={"Range": "bytes=0-"})
    assert (poster.status, poster.headers["content-type"]) == (206, "image/jpeg")
