"""What a program may send while recording, and never should: each gets words and a status, nothing a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from tests.people import World
from tests.recorder import OCTETS, Recorder, consented, refused, stored


@pytest.fixture
def recorder(world: World, bo: Client) -> Recorder:
    return consented(bo, world)


@pytest.mark.parametrize("header", ["", "question", "question é", "question %%%", "question MQ==,filetype /w==", ",,,"])
def test_a_beginning_that_is_malformed_is_refused(recorder: Recorder, header: str) -> None:
    reply = recorder.browser.post(recorder.root, headers={"Upload-Metadata": header})
    assert reply.status_code in (400, 415)
    refused(reply, reply.status_code, "malformed" if reply.status_code == 400 else "not_a_recording")


@pytest.mark.parametrize(
    "headers",
    [{}, {"Upload-Offset": "²"}, {"Upload-Offset": "-1"}, {"Upload-Offset": "9" * 5000}, {"Upload-Offset": "0x0"}]
    + [{"Upload-Offset": "0", "Upload-Checksum": it} for it in ("md5 AAAA", "sha256 é", "sha256 A", "sha256", "é")],
)
def test_a_slice_that_is_malformed_is_refused(recorder: Recorder, headers: dict[str, str], speech: bytes) -> None:
    take = recorder.begin()
    reply = recorder.browser.patch(take, speech[:99], content_type=OCTETS, headers=headers)
    assert reply.status_code in (400, 460)
    refused(reply, reply.status_code, "malformed" if reply.status_code == 400 else "checksum_differs")
    assert stored(take).received == 0


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"length"',
        b"{",
        b"{}",
        b"\xff\xfe",
        b"[" * 20_000,
        b'{"length": 1e999, "sha256": "a"}',
        b'{"length": true, "sha256": "' + b"0" * 64 + b'"}',
        b'{"length": -1, "sha256": "' + b"0" * 64 + b'"}',
        b'{"length": ' + b"9" * 9999 + b', "sha256": ""}',
        b'{"length": 0, "sha256": 7}',
        b" " * 1_200_000,
    ],
    ids=lambda body: body[:16].decode("latin-1"),
)
def test_an_end_that_is_malformed_is_refused(recorder: Recorder, body: bytes) -> None:
    take = recorder.begin()
    refused(recorder.browser.post(f"{take}finish/", body, content_type="application/json"), 400, "malformed")


def test_nothing_that_was_sent_becomes_part_of_a_path(recorder: Recorder, world: World, settings: Settings) -> None:
    take = stored(recorder.create("video/webm; name=../../../evil").headers["Location"])
    assert take.mime_type == "video/webm"
    assert take.path == Path(settings.MEDIA_DIR) / "takes" / str(world.interview.pk) / str(take.pk)
