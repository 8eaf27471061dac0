"""What a program may send while recording, and never should: each gets words and a status, nothing a traceback."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest
from pytest_django import Settings

from tests.people import World
from tests.recorder import Recorder, refused, stored
from tests.wire import OCTETS


@pytest.mark.parametrize("header", ["", "question", "question é", "question %%%", "question MQ==,filetype /w==", ",,,"])
def test_a_beginning_that_is_malformed_is_refused(recorder: Recorder, header: str) -> None:
    reply = recorder.ask("post", recorder.root, Upload_Defer_Length="1", Upload_Metadata=header)
    assert reply.status_code in (400, 415)
    refused(reply, reply.status_code, "malformed" if reply.status_code == 400 else "not_a_recording")


@pytest.mark.parametrize("more", [{"take": "x"}, {"client": "c" * 65}, {"writer": "\0"}, {"filename": "n" * 4000}])
def test_what_a_beginning_says_beside_is_looked_at(recorder: Recorder, more: dict[str, str]) -> None:
    refused(recorder.create("video/webm", None, **more), 400, "malformed")


@pytest.mark.parametrize(
    "headers",
    [{"Upload_Offset": it} for it in ("", "²", "-1", "9" * 5000, "0x0", "٣")]
    + [{"Upload_Checksum": it} for it in ("md5 AAAA", "sha256 é", "sha256 A", "sha256", "é")]
    + [{"Recorded_Ms": it} for it in ("-1", "1.5", "NaN")]
    + [{"Upload_Length": it} for it in ("-1", "1e9", "")],
)
def test_a_slice_that_is_malformed_is_refused(recorder: Recorder, headers: dict[str, str], speech: bytes) -> None:
    upload = recorder.begin()
    reply = recorder.ask("patch", upload, speech[:99], OCTETS, **{"Upload_Offset": "0", **headers})
    assert reply.status_code in (400, 460)
    refused(reply, reply.status_code, "malformed" if reply.status_code == 400 else "checksum_differs")
    assert stored(upload).received == 0


SEGMENT = str(uuid.UUID(int=0)).encode()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"segments"',
        b"{",
        b"{}",
        b"\xff\xfe",
        b"[" * 20_000,
        b'{"segments": []}',
        b'{"segments": 7}',
        b'{"segments": [7]}',
        b'{"segments": [{"segment": "x", "length": 1, "digest": null}]}',
        b'{"segments": [{"segment": 7, "length": 1, "digest": null}]}',
        *(
            b'{"segments": [{"segment": "%b", "length": %b, "digest": %b}]}' % (SEGMENT, length, digest)
            for length, digest in (
                (b"1e999", b"null"),
                (b"true", b"null"),
                (b"-1", b"null"),
                (b"9" * 9999, b"null"),
                (b"1", b'""'),
                (b"1", b"7"),
                (b"1", b'"%b"' % (b"A" * 64)),
            )
        ),
        b'{"segments": [{"segment": "%b", "length": 1, "digest": null}], "writer": 7}' % SEGMENT,
        b" " * 1_200_000,
    ],
    ids=lambda body: body[:16].decode("latin-1"),
)
def test_an_end_that_is_malformed_is_refused(recorder: Recorder, body: bytes) -> None:
    refused(recorder.end(recorder.begin(), body), 400, "malformed")


@pytest.mark.parametrize("writer", [None, 7, "", "a b", "é", "w" * 65])
def test_a_writer_without_a_name_takes_nothing_over(recorder: Recorder, writer: object) -> None:
    refused(recorder.claim(recorder.begin(), writer), 400, "malformed")


def test_nothing_that_was_sent_becomes_part_of_a_path(recorder: Recorder, world: World, settings: Settings) -> None:
    upload = recorder.begin(filename="../../../evil", client="../evil", writer="../evil")
    segment = stored(recorder.create("video/webm; name=../../../evil", client="/etc").headers["Location"])
    assert segment.mime_type == "video/webm"
    for it in (segment, stored(upload)):
        folder = Path(settings.MEDIA_DIR) / "takes" / str(world.interview.pk)
        assert it.path == folder / str(it.take_id) / str(it.pk)
