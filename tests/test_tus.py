"""Every MUST of tus 1.0.0 that the upload endpoints claim, one line each, in the specification's own order.

https://tus.io/protocols/resumable-upload
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from interviews.models import Answer, Interview, Segment, Take
from tests import people
from tests.people import World
from tests.recorder import Recorder, consented, refused, stored
from tests.wire import OCTETS, TUS, checksum, metadata

EXTENSIONS = {
    "creation",
    "creation-defer-length",
    "creation-with-upload",
    "checksum",
    "expiration",
    "termination",
}


@pytest.fixture
def quick(db: None, client: Client) -> Recorder:
    """The same in a transaction that is rolled back: a tenth of the time, for tables."""
    made = people.world(1)
    client.post(f"/interview/{made.interview.pk}/open/", {"token": made.token})
    return consented(client, made)


@dataclass
class Case:
    """One request, to an upload of `length` (None: deferred) of which `sent` bytes are there."""

    says: str
    method: str
    status: int
    headers: dict[str, str | None]
    data: bytes = b""
    content_type: str = OCTETS
    length: int | None = None
    sent: int = 0
    expects: dict[str, str | None] | None = None
    offset_after: int | None = None


def _offset(value: object) -> dict[str, str | None]:
    return {"Upload-Offset": str(value)}


PIECE = b"\x1a\x45\xdf\xa3" + bytes(range(256)) * 4
NO_VERSION: dict[str, str | None] = {"Tus-Resumable": None}
OTHER_VERSION: dict[str, str | None] = {"Tus-Resumable": "0.2.2"}

CASES = [
    # Core: HEAD
    Case("HEAD says the offset, even where it is 0", "head", 200, {}, expects={"Upload-Offset": "0"}),
    Case("HEAD says the offset after a piece", "head", 200, {}, sent=500, expects={"Upload-Offset": "500"}),
    Case("HEAD says the length once it is known", "head", 200, {}, length=900, expects={"Upload-Length": "900"}),
    Case("HEAD is not to be cached", "head", 200, {}, expects={"Cache-Control": "no-store"}),
    Case("HEAD names the version", "head", 200, {}, expects={"Tus-Resumable": "1.0.0"}),
    # Core: PATCH
    Case("PATCH is acknowledged with 204 and the new offset", "patch", 204, _offset(0), PIECE, expects=_offset(1028)),
    Case("PATCH may begin at any current offset", "patch", 204, _offset(500), PIECE, sent=500, expects=_offset(1528)),
    Case("PATCH may be empty", "patch", 204, _offset(0), b"", expects=_offset(0)),
    Case("PATCH takes only its own content type", "patch", 415, _offset(0), PIECE, "video/webm", offset_after=0),
    Case("an offset beyond the end is a conflict", "patch", 409, _offset(1), PIECE, expects=_offset(0), offset_after=0),
    Case("an offset before the end is one, too", "patch", 409, _offset(0), PIECE, sent=500, offset_after=500),
    Case("an offset has to be there", "patch", 400, {}, PIECE, offset_after=0),
    Case("an offset is not negative", "patch", 400, _offset(-1), PIECE, offset_after=0),
    Case("an offset is a number", "patch", 400, _offset("zero"), PIECE, offset_after=0),
    Case("PATCH names the version", "patch", 204, _offset(0), PIECE, expects={"Tus-Resumable": "1.0.0"}),
    Case("a refusal names the version", "patch", 409, _offset(7), PIECE, expects={"Tus-Resumable": "1.0.0"}),
    Case("no more than the declared length", "patch", 413, _offset(0), PIECE, length=900, offset_after=0),
    # Core: versions
    *(
        Case(f"{method} {how} is not processed", method, 412, {**_offset(0), **headers}, data, offset_after=0)
        for method, data in (("head", b""), ("patch", PIECE), ("delete", b""))
        for how, headers in (("of another version", OTHER_VERSION), ("without a version", NO_VERSION))
    ),
    Case(
        "a refusal of the version says which one is spoken",
        "patch",
        412,
        OTHER_VERSION,
        PIECE,
        expects={"Tus-Version": "1.0.0"},
    ),
    # Core: X-HTTP-Method-Override
    *(
        Case(
            f"{method} is what the override says",
            method,
            204,
            {**_offset(0), "X-HTTP-Method-Override": "PATCH"},
            PIECE,
            expects=_offset(1028),
        )
        for method in ("post", "put")
    ),
    Case("an override may ask for HEAD", "post", 200, {"X-HTTP-Method-Override": "HEAD"}, expects=_offset(0)),
    Case("an override of nothing is nothing", "post", 405, {"X-HTTP-Method-Override": "BREW"}),
    # Creation, deferred length
    Case("as long as it is not known", "head", 200, {}, expects={"Upload-Defer-Length": "1", "Upload-Length": None}),
    Case("until it is", "head", 200, {}, length=900, expects={"Upload-Defer-Length": None}),
    Case("a length may come with a piece", "patch", 204, {**_offset(0), "Upload-Length": "5000"}, PIECE),
    Case("once set, it stays", "patch", 409, {**_offset(0), "Upload-Length": "5000"}, PIECE, length=6000),
    Case("said again, it may be", "patch", 204, {**_offset(0), "Upload-Length": "6000"}, PIECE, length=6000),
    Case("a length is a number", "patch", 400, {**_offset(0), "Upload-Length": "-5"}, PIECE, offset_after=0),
    # Checksum
    *(
        Case(f"{name} fits", "patch", 204, {**_offset(0), "Upload-Checksum": checksum(PIECE, name)}, PIECE)
        for name in ("sha1", "sha256")
    ),
    *(
        Case(
            f"{name} differs",
            "patch",
            460,
            {**_offset(0), "Upload-Checksum": checksum(b"else", name)},
            PIECE,
            offset_after=0,
        )
        for name in ("sha1", "sha256")
    ),
    Case(
        "a piece that differs is dropped, what was there stays",
        "patch",
        460,
        {**_offset(500), "Upload-Checksum": checksum(b"else")},
        PIECE,
        sent=500,
        offset_after=500,
    ),
    Case(
        "an unknown algorithm",
        "patch",
        400,
        {**_offset(0), "Upload-Checksum": "crc32 AAAA"},
        PIECE,
        offset_after=0,
    ),
    Case("not in base64", "patch", 400, {**_offset(0), "Upload-Checksum": "sha1 ???"}, PIECE, offset_after=0),
    # Termination
    Case("DELETE is acknowledged with 204", "delete", 204, {}, sent=500),
    Case("DELETE names the version", "delete", 204, {}, expects={"Tus-Resumable": "1.0.0"}),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.says)
def test_an_upload_answers_as_the_standard_says(case: Case, quick: Recorder) -> None:
    upload = _created(quick, case.length)
    if case.sent:
        assert quick.slice(upload, 0, PIECE[: case.sent]).status_code == 204
    headers = {key: value for key, value in {**TUS, **case.headers}.items() if value is not None}
    headers["Content-Type"] = case.content_type
    reply: Any = getattr(quick.browser, case.method)(upload, case.data, case.content_type, headers=headers)
    assert reply.status_code == case.status, reply.content
    for header, value in (case.expects or {}).items():
        assert reply.get(header) == value, header
    if case.offset_after is not None:
        assert quick.offset(upload) == case.offset_after


@dataclass
class Beginning:
    says: str
    status: int
    headers: dict[str, str | None]
    data: bytes = b""
    content_type: str = "text/plain"
    makes: int = 0
    expects: dict[str, str] | None = None


BEGINNINGS = [
    Beginning("a length", 201, {"Upload-Length": "900"}, makes=1),
    Beginning("a length that is not known yet", 201, {"Upload-Defer-Length": "1"}, makes=1),
    Beginning("neither", 400, {}),
    Beginning("both", 400, {"Upload-Length": "900", "Upload-Defer-Length": "1"}),
    Beginning("deferred is said by 1 and nothing else", 400, {"Upload-Defer-Length": "2"}),
    Beginning("a negative length", 400, {"Upload-Length": "-1"}),
    Beginning("no number", 400, {"Upload-Length": "many"}),
    Beginning("more than Tus-Max-Size", 413, {"Upload-Length": str(10**12)}),
    Beginning("nothing at all to come", 415, {"Upload-Length": "0"}),
    Beginning(
        "another version", 412, {"Upload-Length": "900", "Tus-Resumable": "2.0.0"}, expects={"Tus-Version": "1.0.0"}
    ),
    Beginning("no version", 412, {"Upload-Length": "900", "Tus-Resumable": None}),
    Beginning("the version", 201, {"Upload-Length": "900"}, makes=1, expects={"Tus-Resumable": "1.0.0"}),
    Beginning("the offset", 201, {"Upload-Length": "900"}, makes=1, expects={"Upload-Offset": "0"}),
    Beginning(
        "with its first piece",
        201,
        {"Upload-Length": "9000"},
        PIECE,
        OCTETS,
        makes=1,
        expects={"Upload-Offset": "1028"},
    ),
    Beginning(
        "a body of another kind is none", 201, {"Upload-Length": "9000"}, PIECE, makes=1, expects={"Upload-Offset": "0"}
    ),
    Beginning(
        "with a damaged first piece",
        460,
        {"Upload-Length": "9000", "Upload-Checksum": checksum(b"else", "sha1")},
        PIECE,
        OCTETS,
    ),
]


@pytest.mark.parametrize("case", BEGINNINGS, ids=lambda case: case.says)
def test_an_upload_begins_as_the_standard_says(case: Beginning, quick: Recorder) -> None:
    asked = {"Upload-Metadata": metadata(question=str(quick.question), filetype="video/webm")}
    headers = {key: value for key, value in {**TUS, **asked, **case.headers}.items() if value is not None}
    reply = quick.browser.post(quick.root, case.data, content_type=case.content_type, headers=headers)
    assert reply.status_code == case.status, reply.content
    assert (Segment.objects.count(), Take.objects.count()) == (case.makes, case.makes)
    for header, value in (case.expects or {}).items():
        assert reply.get(header) == value
    if case.makes:
        assert quick.ask("head", reply["Location"]).status_code == 200
        assert quick.ask("head", reply["Location"])["Upload-Metadata"] == asked["Upload-Metadata"]


def test_what_the_server_can_do_is_told_to_everybody(recorder: Recorder, settings: Settings) -> None:
    for address in (recorder.root, recorder.begin()):
        reply = Client().options(address)
        assert reply.status_code == 204
        assert reply["Tus-Version"] == reply["Tus-Resumable"] == "1.0.0"
        assert set(reply["Tus-Extension"].split(",")) == EXTENSIONS
        assert reply["Tus-Max-Size"] == str(settings.MAX_TAKE_BYTES)
        assert {"sha1", "sha256"} <= set(reply["Tus-Checksum-Algorithm"].split(","))


def test_where_there_is_no_upload_no_offset_is_told(recorder: Recorder, speech: bytes) -> None:
    gone = recorder.begin()
    recorder.slice(gone, 0, speech[:1000])
    path = stored(gone).path
    assert recorder.ask("delete", gone).status_code == 204
    assert not path.exists()
    for method in ("head", "patch", "delete"):
        reply = recorder.ask(method, gone, content_type=OCTETS, Upload_Offset="0")
        assert (reply.status_code, reply.has_header("Upload-Offset")) == (404, False)


@pytest.mark.parametrize("method", ["post", "head", "patch"])
def test_each_reply_says_until_when_an_upload_can_go_on(method: str, recorder: Recorder, world: World) -> None:
    begun = recorder.create()
    reply = begun if method == "post" else recorder.ask(method, begun["Location"], b"", OCTETS, Upload_Offset="0")
    assert parsedate_to_datetime(reply["Upload-Expires"]) == world.interview.deadline.replace(microsecond=0)


def test_after_that_it_is_gone(recorder: Recorder, world: World) -> None:
    upload = recorder.begin()
    Interview.objects.update(deadline=timezone.now() - timedelta(days=2))
    for method in ("head", "patch", "delete"):
        reply = recorder.ask(method, upload, b"", OCTETS, Upload_Offset="0")
        assert (reply.status_code, reply.has_header("Upload-Offset")) == (410, False)


def test_an_upload_of_a_known_length_is_complete_when_it_has_reached_it(recorder: Recorder, speech: bytes) -> None:
    upload = _created(recorder, len(speech))
    assert recorder.slice(upload, 0, speech[:9000]).status_code == 204
    assert not Answer.objects.exists()
    assert recorder.slice(upload, 9000, speech[9000:]).status_code == 204
    assert Answer.objects.get().take == stored(upload).take
    assert stored(upload).take.state == Take.State.FINISHED
    assert recorder.offset(upload) == len(speech)


def test_a_length_declared_with_the_last_piece_completes_it(recorder: Recorder, speech: bytes) -> None:
    upload = recorder.begin()
    assert recorder.slice(upload, 0, speech[:9000]).status_code == 204
    assert recorder.slice(upload, 9000, speech[9000:], Upload_Length=str(len(speech))).status_code == 204
    assert Answer.objects.get().take == stored(upload).take


def test_complete_in_one_request(recorder: Recorder, speech: bytes) -> None:
    begun = recorder.ask(
        "post",
        recorder.root,
        speech,
        OCTETS,
        Upload_Length=str(len(speech)),
        Upload_Metadata=metadata(question=str(recorder.question), filetype="video/webm", filename="me.webm"),
    )
    assert (begun.status_code, begun["Upload-Offset"]) == (201, str(len(speech)))
    assert Answer.objects.exists()


def test_who_asks_where_a_complete_upload_stands_completes_what_a_crash_left_open(
    recorder: Recorder, speech: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bytes were acknowledged on disk; the process died before the take was finished."""
    upload = _created(recorder, len(speech))
    with monkeypatch.context() as crash:
        crash.setattr("interviews.views.uploads.finishing.finish_take", _dies)
        with pytest.raises(SystemError):
            recorder.slice(upload, 0, speech)
    assert not Answer.objects.exists()
    assert recorder.offset(upload) == len(speech)
    assert Answer.objects.get().take == stored(upload).take


def test_a_complete_upload_cannot_be_removed(recorder: Recorder, speech: bytes) -> None:
    upload = _created(recorder, len(speech))
    recorder.slice(upload, 0, speech)
    refused(recorder.ask("delete", upload), 410, "take_finished")
    assert stored(upload).path.read_bytes() == speech


def _dies(*_arguments: object, **_named: object) -> None:
    raise SystemError


def _created(recorder: Recorder, length: int | None) -> str:
    if length is None:
        return recorder.begin()
    asked = metadata(question=str(recorder.question), filetype="video/webm")
    return str(recorder.ask("post", recorder.root, Upload_Length=str(length), Upload_Metadata=asked)["Location"])
