"""Recordings on their way out: in ranges as RFC 9110 defines them, and to nobody else's browser or cache."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import AsyncClient, Client

from interviews.models import Take
from interviews.views.sending import PIECE, span
from tests.people import World, sent

SIZE = 3 * PIECE
LAST = SIZE - 1


@pytest.mark.parametrize(
    "header, expected",
    [
        ("bytes=0-99", (0, 99)),
        ("bytes=100-100", (100, 100)),
        (" bytes=0-99 ", (0, 99)),
        (f"bytes={LAST}-{LAST}", (LAST, LAST)),
        (f"bytes={LAST}-", (LAST, LAST)),
        (f"bytes={LAST - 5}-{SIZE + 10}", (LAST - 5, LAST)),
        ("bytes=-1", (LAST, LAST)),
        ("bytes=-100", (SIZE - 100, LAST)),
        ("bytes=0-", (0, PIECE - 1)),  # bounded to a piece
        ("bytes=7-", (7, PIECE + 6)),
        (f"bytes=0-{LAST}", (0, PIECE - 1)),
        (f"bytes=-{SIZE + 1}", (0, PIECE - 1)),  # all of it
    ],
)
def test_a_range_that_can_be_served(header: str, expected: tuple[int, int]) -> None:
    assert span(header, SIZE) == expected


@pytest.mark.parametrize(
    "header", [f"bytes={SIZE}-", f"bytes={SIZE}-{SIZE + 9}", "bytes=999999999999999999-", "bytes=-0"]
)
def test_a_range_beyond_the_end_cannot_be_served(header: str) -> None:
    with pytest.raises(ValueError, match="bytes"):
        span(header, SIZE)


@pytest.mark.parametrize(
    "header",
    [
        *("", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=9-5", "bytes=0-1,5-6", "bytes=0-99;", "items=0-5"),
        *("0-99", "bytes=0--5", "bytes=1.5-2", "bytes=0x0-0x9", "bytes=0-" + "9" * 400, "bytes=-" + "9" * 400),
    ],
)
def test_a_range_that_is_none_is_ignored(header: str) -> None:
    assert span(header, SIZE) is None


@pytest.mark.parametrize("header", ["bytes=0-", "bytes=-5", "bytes=0-0"])
def test_an_empty_file_has_no_range(header: str) -> None:
    with pytest.raises(ValueError, match="bytes"):
        span(header, 0)


@pytest.fixture
def take(answered: World) -> Take:
    return Take.objects.filter(interview=answered.interview).earliest("created_at")


@pytest.fixture
def address(take: Take) -> str:
    return f"/interview/{take.interview_id}/takes/{take.pk}/media/"


def _must_be_private(reply: Any, take: Take) -> None:
    assert {"private", "no-store"} <= set(reply["Cache-Control"].split(", "))
    assert reply["X-Content-Type-Options"] == "nosniff"
    assert reply["Content-Disposition"] == "inline"
    assert reply["Accept-Ranges"] == "bytes"
    assert reply["ETag"] == f'"{take.sha256}"'


def test_a_range_is_cut_out_of_the_recording(address: str, take: Take, bo: Client, speech: bytes) -> None:
    reply = bo.get(address, headers={"Range": "bytes=10-19"})
    assert reply.status_code == 206
    assert reply.content == speech[10:20]
    assert reply["Content-Range"] == f"bytes 10-19/{len(speech)}"
    assert reply["Content-Length"] == "10"
    assert reply["Content-Type"] == "video/webm"
    _must_be_private(reply, take)


def test_beyond_the_end_the_size_is_told(address: str, take: Take, bo: Client, speech: bytes) -> None:
    reply = bo.get(address, headers={"Range": f"bytes={len(speech)}-"})
    assert reply.status_code == 416
    assert reply["Content-Range"] == f"bytes */{len(speech)}"
    assert not reply.content
    _must_be_private(reply, take)


@pytest.mark.parametrize("asked", ["bytes=10-19", "bytes=99999999-"])
async def test_a_range_of_other_contents_gives_the_whole(answered: World, speech: bytes, asked: str) -> None:
    """RFC 9110, 13.1.5: whatever the range says."""
    browser, address = await _bos(answered)
    for other in ('"other"', "Wed, 21 Oct 2026 07:28:00 GMT"):
        reply = await browser.get(address, headers={"Range": asked, "If-Range": other})
        assert reply.status_code == 200
        assert await _body(reply) == speech


def test_a_range_of_the_same_contents_is_served(address: str, take: Take, bo: Client, speech: bytes) -> None:
    reply = bo.get(address, headers={"Range": "bytes=0-4", "If-Range": f'"{take.sha256}"'})
    assert (reply.status_code, reply.content) == (206, speech[:5])


@pytest.mark.parametrize("asked", ["", "bytes=0-9", "bytes=99999999-"])
def test_head_tells_the_whole_and_sends_nothing(
    address: str, take: Take, bo: Client, speech: bytes, asked: str
) -> None:
    """RFC 9110, 14.2: a range means something for GET alone."""
    reply = bo.head(address, headers={"Range": asked} if asked else {})
    assert reply.status_code == 200
    assert reply["Content-Length"] == str(len(speech))
    assert not reply.content
    _must_be_private(reply, take)


@pytest.mark.parametrize("asked", ["", "bytes=0-1,4-5", "nonsense"])
async def test_without_a_range_the_whole_comes(answered: World, speech: bytes, asked: str) -> None:
    browser, address = await _bos(answered)
    reply = await browser.get(address, headers={"Range": asked} if asked else {})
    assert reply.status_code == 200
    assert reply["Content-Length"] == str(len(speech))
    assert reply["Content-Type"] == "video/webm"
    assert await _body(reply) == speech


def test_the_reviewer_gets_the_same_bytes(take: Take, ada: Client, speech: bytes) -> None:
    address = f"/hr-dashboard/results/{take.interview_id}/takes/{take.pk}/originals/1/"
    reply = ada.get(address, headers={"Range": f"bytes=-{len(speech)}"})
    assert (reply.status_code, reply.content) == (206, speech)
    _must_be_private(reply, take)


def test_an_unfinished_take_is_not_served(answered: World, bo: Client, ada: Client, speech: bytes) -> None:
    take = sent(answered.interview, answered.questions[0], speech).take
    for browser, address in (
        (bo, f"/interview/{take.interview_id}/takes/{take.pk}/media/"),
        (ada, f"/hr-dashboard/results/{take.interview_id}/takes/{take.pk}/originals/1/"),
    ):
        reply = browser.get(address, headers={"Range": "bytes=0-9"})
        assert reply.status_code == 404
        assert speech[:4] not in reply.content


def test_a_recording_whose_file_is_gone_is_not_found(address: str, take: Take, bo: Client) -> None:
    take.path.unlink()
    assert bo.get(address).status_code == 404


async def _bos(world: World) -> tuple[AsyncClient, str]:
    browser = AsyncClient()
    await browser.post(f"/interview/{world.interview.pk}/open/", {"token": world.token})
    take = await Take.objects.filter(interview=world.interview).aearliest("created_at")
    return browser, f"/interview/{world.interview.pk}/takes/{take.pk}/media/"


async def _body(reply: Any) -> bytes:
    return b"".join([piece async for piece in reply]) if reply.streaming else bytes(reply.content)
