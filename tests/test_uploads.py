"""Recordings on their way in: nothing is lost, nothing is doubled, and every refusal says what to do."""

from __future__ import annotations

import hashlib
import uuid
from functools import partial
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from interviews.actions import answering, uploading
from interviews.actions.finishing import finish_take
from interviews.actions.refusals import WrongOffset
from interviews.models import Answer, Event, Job, Take
from tests.people import World, record_answer
from tests.recorder import Recorder, refused, stored
from tests.together import at_once
from tests.tones import record as make_recording
from tests.wire import checksum


def test_slices_in_order_become_the_answer(recorder: Recorder, world: World, speech: bytes) -> None:
    created = recorder.create()
    assert (created.status_code, created["Upload-Offset"]) == (201, "0")
    upload, size = created["Location"], 30_000
    for offset in range(0, len(speech), size):
        piece = speech[offset : offset + size]
        done = recorder.slice(upload, offset, piece, Upload_Checksum=checksum(piece))
        assert (done.status_code, done["Upload-Offset"]) == (204, str(offset + len(piece)))
        assert recorder.offset(upload) == offset + len(piece)
    finished = recorder.finish(upload)
    assert finished.status_code == 200
    assert (finished.json()["takes_left"], finished.json()["bytes"]) == (1, len(speech))
    assert finished.json()["sha256"] == hashlib.sha256(speech).hexdigest()
    assert stored(upload).path.read_bytes() == speech
    assert Answer.objects.get(interview=world.interview).take == stored(upload).take
    assert Job.objects.get(interview=world.interview).take == stored(upload).take
    assert list(Event.objects.values_list("kind", flat=True))[-1] == "answer.recorded"


@pytest.mark.parametrize("claimed", [0, 2999, 3001, 10**17])
def test_a_slice_that_does_not_fit_is_told_where_to_go_on(recorder: Recorder, speech: bytes, claimed: int) -> None:
    upload = recorder.begin()
    recorder.slice(upload, 0, speech[:3000])
    reply = recorder.slice(upload, claimed, speech[3000:4000])
    refused(reply, 409, "wrong_offset")
    assert reply["Upload-Offset"] == "3000"
    assert stored(upload).path.read_bytes() == speech[:3000]
    assert recorder.slice(upload, int(reply["Upload-Offset"]), speech[3000:]).status_code == 204
    assert recorder.finish(upload).status_code == 200


def test_a_damaged_slice_is_not_kept(recorder: Recorder, speech: bytes) -> None:
    upload = recorder.begin()
    claimed = checksum(speech[:1000])
    refused(recorder.slice(upload, 0, speech[1:1001], Upload_Checksum=claimed), 460, "checksum_differs")
    assert recorder.offset(upload) == 0
    assert recorder.slice(upload, 0, speech[:1000], Upload_Checksum=claimed).status_code == 204


def test_a_take_that_grows_too_large_keeps_what_it_has(recorder: Recorder, speech: bytes, settings: Settings) -> None:
    settings.MAX_TAKE_BYTES = len(speech)
    upload = recorder.begin()
    recorder.slice(upload, 0, speech)
    assert "kept" in refused(recorder.slice(upload, len(speech), b"more"), 413, "too_large")
    assert recorder.finish(upload).status_code == 200


def test_only_what_a_browser_records_is_taken(recorder: Recorder, speech: bytes) -> None:
    for filetype in ("text/html", "image/svg+xml", "video/quicktime", "../../etc/passwd"):
        refused(recorder.create(filetype), 415, "not_a_recording")
    upload = recorder.begin()
    for data in (b"<script>alert(1)</script>", b"MZ\x90\x00" * 9, speech[1:]):
        refused(recorder.slice(upload, 0, data), 415, "not_a_recording")
    wrong_type = recorder.ask("patch", upload, speech, content_type="video/webm", Upload_Offset="0")
    refused(wrong_type, 415, "not_a_recording")
    assert stored(upload).received == 0
    assert recorder.slice(upload, 0, speech).status_code == 204


def test_the_end_is_refused_until_all_of_it_is_there(recorder: Recorder, speech: bytes) -> None:
    upload = recorder.begin()
    recorder.slice(upload, 0, speech[:5000])
    reply = recorder.finish(upload, length=len(speech))
    refused(reply, 409, "wrong_offset")
    assert reply["Upload-Offset"] == "5000"
    recorder.slice(upload, 5000, speech[5000:])
    refused(recorder.finish(upload, digest="0" * 64), 422, "digest_differs")
    assert not Answer.objects.exists()
    assert recorder.finish(upload).status_code == 200


def test_a_recording_without_sound_is_no_answer(recorder: Recorder, tmp_path: Path) -> None:
    silent = make_recording(tmp_path / "silent.webm", 1.0, sound=False).read_bytes()
    assert "microphone" in refused(recorder.record(silent), 415, "not_a_recording")
    assert not Answer.objects.exists()


def test_an_empty_recording_is_no_answer(recorder: Recorder) -> None:
    refused(recorder.finish(recorder.begin()), 415, "not_a_recording")


def test_what_only_begins_like_a_recording_is_no_answer(recorder: Recorder) -> None:
    refused(recorder.record(b"\x1a\x45\xdf\xa3" + b"not media" * 500), 415, "not_a_recording")


def test_finishing_twice_gives_the_same_reply_and_no_second_event(recorder: Recorder, speech: bytes) -> None:
    upload = recorder.begin()
    recorder.slice(upload, 0, speech)
    first, second = recorder.finish(upload), recorder.finish(upload)
    assert first.status_code == second.status_code == 200
    assert first.json() == second.json()
    assert Event.objects.filter(kind="answer.recorded").count() == 1
    assert Job.objects.count() == 1
    refused(recorder.finish(upload, length=len(speech) - 1), 410, "take_finished")
    refused(recorder.slice(upload, len(speech), b"more"), 410, "take_finished")


def test_a_retake_replaces_the_answer_and_is_transcribed_anew(
    recorder: Recorder, world: World, speech: bytes, tmp_path: Path
) -> None:
    recorder.record(speech)
    tone = make_recording(tmp_path / "tone.webm", 1.0).read_bytes()
    assert recorder.record(tone).json()["takes_left"] == 0
    answer = Answer.objects.get(interview=world.interview)
    assert answer.take.sha256 == hashlib.sha256(tone).hexdigest()
    assert set(Job.objects.values_list("take__number", flat=True)) == {1, 2}
    assert Take.objects.get(number=1).path.read_bytes() == speech  # kept


def test_no_more_takes_than_allowed(recorder: Recorder, speech: bytes) -> None:
    for _ in range(2):
        assert recorder.record(speech).status_code == 200
    refused(recorder.create(), 403, "not_allowed")


def test_takes_begun_beforehand_do_not_count_beyond_what_is_allowed(recorder: Recorder, speech: bytes) -> None:
    begun = [recorder.begin() for _ in range(3)]
    for upload in begun:
        recorder.slice(upload, 0, speech)
    assert [recorder.finish(upload).status_code for upload in begun] == [200, 200, 403]
    assert Answer.objects.get().take == stored(begun[1]).take


def test_a_take_that_was_cut_short_costs_nothing(recorder: Recorder, speech: bytes) -> None:
    for _ in range(5):
        recorder.slice(recorder.begin(), 0, speech[:2000])
    assert recorder.record(speech).json()["takes_left"] == 1


def test_nothing_is_recorded_before_consent(world: World, bo: Client) -> None:
    refused(Recorder(bo, world).create(), 403, "not_allowed")
    assert not Take.objects.exists()


def test_nothing_is_added_after_submitting(recorder: Recorder, world: World, speech: bytes) -> None:
    open_take = recorder.begin()
    recorder.slice(open_take, 0, speech)
    for question in world.questions:
        record_answer(world.interview, question, speech, hashlib.sha256(speech).hexdigest())
    answering.submit(world.interview)
    answers = list(Answer.objects.values_list("take", flat=True))
    refused(recorder.create(), 409, "wrong_state")
    refused(recorder.slice(open_take, len(speech), b"more"), 409, "wrong_state")
    refused(recorder.finish(open_take), 409, "wrong_state")
    assert list(Answer.objects.values_list("take", flat=True)) == answers
    assert stored(open_take).take.state == Take.State.RECORDING


def test_a_question_of_another_interview_is_refused(recorder: Recorder) -> None:
    refused(recorder.create(question=10**9), 403, "not_allowed")


def test_an_unknown_take_is_refused_in_words(recorder: Recorder, speech: bytes) -> None:
    unknown = f"{recorder.root}{uuid.uuid4()}/"
    refused(recorder.slice(unknown, 0, speech), 404, "no_such_take")
    assert recorder.ask("head", unknown).status_code == 404
    for deed in ("finish", "claim"):
        address = f"{recorder.interview}takes/{uuid.uuid4()}/{deed}/"
        body = {"segments": [{"segment": str(uuid.uuid4()), "length": 1, "digest": None}], "writer": "tab"}
        refused(recorder.browser.post(address, body, content_type="application/json"), 404, "no_such_take")


def test_without_the_link_every_refusal_is_json(recorder: Recorder, speech: bytes) -> None:
    upload = recorder.begin()
    recorder.browser = Client()
    refused(recorder.create(), 403, "not_yours")
    refused(recorder.slice(upload, 0, speech), 403, "not_yours")
    refused(recorder.finish(upload), 403, "not_yours")


def test_bytes_that_a_crash_left_behind_are_overwritten(recorder: Recorder, speech: bytes) -> None:
    """Written, and the power went before the offset moved."""
    upload = recorder.begin()
    recorder.slice(upload, 0, speech[:4000])
    with stored(upload).path.open("ab") as file:
        file.write(b"half a slice that nobody acknowledged" * 5000)
    assert recorder.offset(upload) == 4000
    recorder.slice(upload, 4000, speech[4000:])
    assert stored(upload).path.read_bytes() == speech
    assert recorder.finish(upload).status_code == 200


def test_of_two_slices_at_once_one_is_kept(recorder: Recorder, world: World, speech: bytes) -> None:
    segment = stored(recorder.begin())
    uploading.append(segment.pk, 0, [speech[:4000]])
    pieces = [speech[4000:14000], speech[4000:4500] + bytes(9500)]
    appends = [partial(uploading.append, segment.pk, 4000, [data]) for data in pieces]
    outcomes = at_once(*appends, expected=WrongOffset)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Segment", "WrongOffset"]
    segment.refresh_from_db()
    assert segment.received == 14000
    assert segment.path.read_bytes() in [speech[:4000] + piece for piece in pieces]


def test_finishing_twice_at_once_makes_one_answer(recorder: Recorder, speech: bytes) -> None:
    segment = stored(recorder.begin())
    uploading.append(segment.pk, 0, [speech])
    at_once(*[partial(finish_take, segment.take_id)] * 2)
    assert Event.objects.filter(kind="answer.recorded").count() == 1
    assert Job.objects.count() == 1
