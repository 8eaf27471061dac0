"""A recording that is interrupted goes on, in this tab or elsewhere; and what nobody comes back to is kept."""

from __future__ import annotations

import hashlib
import json
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from interviews.actions import answering, uploading
from interviews.actions.refusals import WrongState
from interviews.models import Answer, Event, Interview, Job, Segment, Take
from interviews.processing.takes import ABANDONED_AFTER, SETTLED_AFTER
from interviews.tasks import sweep
from tests.people import World, record_answer
from tests.recorder import Recorder, refused, stored, told
from tests.tones import record as make_recording


@pytest.fixture
def more(tmp_path: Path) -> bytes:
    """What a second recorder made: a file of its own, with its own beginning."""
    return make_recording(tmp_path / "more.webm", 1.0).read_bytes()


def _unfinished(recorder: Recorder) -> list[dict[str, object]]:
    found: list[dict[str, object]] = recorder.browser.get(recorder.root).json()["unfinished"]
    return found


class TestGoingOn:
    def test_two_segments_are_one_answer(self, recorder: Recorder, speech: bytes, more: bytes) -> None:
        first = recorder.begin()
        recorder.slice(first, 0, speech[:-7], Recorded_Ms="8000")
        second = recorder.go_on(first)
        recorder.slice(second, 0, more, Recorded_Ms="9000")
        finished = recorder.finish(second).json()
        take = Take.objects.get()
        assert finished["bytes"] == len(speech) - 7 + len(more)
        assert finished["sha256"] == take.sha256 == hashlib.sha256(speech[:-7] + more).hexdigest()
        assert [segment.path.read_bytes() for segment in take.segments.all()] == [speech[:-7], more]
        assert [segment.sha256 for segment in take.segments.all()] == [
            hashlib.sha256(it).hexdigest() for it in (speech[:-7], more)
        ]
        assert Answer.objects.get().take == take

    def test_what_is_safe_is_told_to_any_device(self, recorder: Recorder, world: World, speech: bytes) -> None:
        upload = recorder.begin(writer="phone")
        recorder.slice(upload, 0, speech[:3000], Upload_Writer="phone", Recorded_Ms="2000")
        recorder.slice(upload, 3000, speech[3000:5000], Upload_Writer="phone", Recorded_Ms="4000")
        laptop = Client()
        laptop.post(f"/interview/{world.interview.pk}/open/", {"token": world.token})
        (found,) = _unfinished(Recorder(laptop, world))
        segment = stored(upload)
        assert (found["bytes"], found["seconds"], found["question"]) == (5000, 4.0, world.questions[0].pk)
        assert found["take"] == str(segment.take_id)
        assert found["segments"] == [
            {
                "segment": str(segment.pk),
                "number": 1,
                "url": upload,
                "received": 5000,
                "mime_type": "video/webm",
                "open": True,
            }
        ]
        page = laptop.get(f"/interview/{world.interview.pk}/").content.decode()
        assert json.dumps(found["segments"]) in page

    def test_only_what_holds_something_is_unfinished(self, recorder: Recorder, speech: bytes) -> None:
        recorder.begin()
        recorder.record(speech)
        assert _unfinished(recorder) == []

    def test_keeping_what_is_safe(self, recorder: Recorder, speech: bytes) -> None:
        """On a device that did not record it, and knows no digest."""
        upload = recorder.begin()
        recorder.slice(upload, 0, speech[:-7])
        kept = recorder.finish(upload, digest=None)
        assert (kept.status_code, kept.json()["bytes"], kept.json()["state"]) == (200, len(speech) - 7, "finished")

    def test_an_earlier_segment_is_closed(self, recorder: Recorder, speech: bytes) -> None:
        first = recorder.begin()
        recorder.slice(first, 0, speech[:3000])
        recorder.go_on(first)
        refused(recorder.slice(first, 3000, speech[3000:]), 410, "segment_closed")
        refused(recorder.ask("delete", first), 410, "segment_closed")
        assert stored(first).path.read_bytes() == speech[:3000]

    def test_an_empty_segment_gives_way(self, recorder: Recorder, speech: bytes) -> None:
        first = recorder.begin()
        second = recorder.go_on(recorder.go_on(first))
        recorder.slice(second, 0, speech)
        assert recorder.finish(second).json()["bytes"] == len(speech)
        assert Segment.objects.count() == 1

    def test_a_segment_that_was_dropped_leaves_the_others(self, recorder: Recorder, speech: bytes, more: bytes) -> None:
        first = recorder.begin()
        recorder.slice(first, 0, speech)
        second = recorder.go_on(first)
        recorder.slice(second, 0, more)
        assert recorder.ask("delete", second).status_code == 204
        assert recorder.finish(first).json()["bytes"] == len(speech)

    def test_a_finished_take_does_not_go_on(self, recorder: Recorder, speech: bytes) -> None:
        upload = recorder.begin()
        recorder.slice(upload, 0, speech)
        recorder.finish(upload)
        refused(recorder.create(take=str(stored(upload).take_id)), 410, "take_finished")
        refused(recorder.claim(upload, "tab"), 410, "take_finished")
        refused(recorder.create(take=str(uuid.uuid4())), 404, "no_such_take")

    def test_not_for_ever(self, recorder: Recorder, speech: bytes) -> None:
        upload = recorder.begin()
        for _number in range(19):
            recorder.slice(upload, 0, speech[:1000])
            upload = recorder.go_on(upload)
        recorder.slice(upload, 0, speech[:1000])
        refused(recorder.create(take=str(stored(upload).take_id)), 403, "not_allowed")

    def test_a_creation_that_is_sent_again_is_the_same_upload(self, recorder: Recorder, speech: bytes) -> None:
        first = recorder.create(client="c1")
        recorder.slice(first["Location"], 0, speech[:1000])
        again = recorder.create(client="c1")
        assert (again.json(), again["Location"]) == (first.json(), first["Location"])
        assert again["Upload-Offset"] == "1000"
        other = recorder.create(take=str(stored(first["Location"]).take_id), client="c2")
        assert recorder.create(take=other.json()["take"], client="c2").json() == other.json()
        assert (Take.objects.count(), Segment.objects.count()) == (1, 2)


class TestOneWriter:
    def test_another_tab_is_refused_until_it_takes_over(self, recorder: Recorder, speech: bytes) -> None:
        upload = recorder.begin(writer="one")
        assert recorder.slice(upload, 0, speech[:1000], Upload_Writer="one").status_code == 204
        for reply in (
            recorder.slice(upload, 1000, speech[1000:], Upload_Writer="two"),
            recorder.slice(upload, 1000, speech[1000:]),
            recorder.ask("delete", upload, Upload_Writer="two"),
            recorder.end(upload, {"segments": [told(stored(upload))], "writer": "two"}),
        ):
            assert "another tab" in refused(reply, 403, "taken_over")
        claimed = recorder.claim(upload, "two")
        assert (claimed.status_code, claimed.json()["bytes"]) == (200, 1000)
        assert recorder.slice(upload, 1000, speech[1000:], Upload_Writer="two").status_code == 204
        refused(recorder.slice(upload, len(speech), b"", Upload_Writer="one"), 403, "taken_over")
        assert recorder.finish(upload).status_code == 200

    def test_going_on_takes_over(self, recorder: Recorder, speech: bytes, more: bytes) -> None:
        first = recorder.begin(writer="one")
        recorder.slice(first, 0, speech[:1000], Upload_Writer="one")
        second = recorder.go_on(first, writer="two")
        refused(recorder.slice(first, 1000, speech[1000:], Upload_Writer="one"), 403, "taken_over")
        assert recorder.slice(second, 0, more, Upload_Writer="two").status_code == 204

    def test_whoever_finishes_has_to_know_of_every_segment(self, recorder: Recorder, speech: bytes) -> None:
        first = recorder.begin()
        recorder.slice(first, 0, speech)
        alone = [told(stored(first))]
        second = recorder.go_on(first)
        refused(recorder.end(first, {"segments": alone}), 422, "digest_differs")
        refused(recorder.end(first, {"segments": [told(stored(second)), *alone]}), 422, "digest_differs")


class TestBrokenOff:
    def test_it_is_kept_and_can_still_go_on(self, recorder: Recorder, speech: bytes) -> None:
        upload = recorder.begin()
        recorder.slice(upload, 0, speech[:3000], Recorded_Ms="2000")
        sweep()
        assert stored(upload).take.state == Take.State.RECORDING
        _long_ago()
        sweep()
        take = stored(upload).take
        assert (take.state, take.bytes, take.seconds) == (Take.State.PARTIAL, 3000, 2.0)
        assert take.sha256 == hashlib.sha256(speech[:3000]).hexdigest()
        assert take.finished_at is not None
        assert not Answer.objects.exists()
        assert _unfinished(recorder)[0]["state"] == "partial"
        assert recorder.slice(upload, 3000, speech[3000:]).status_code == 204
        assert stored(upload).take.state == Take.State.RECORDING
        assert recorder.finish(upload).json()["bytes"] == len(speech)

    def test_what_was_kept_can_be_finished_as_it_is(self, recorder: Recorder, speech: bytes) -> None:
        upload = recorder.begin()
        recorder.slice(upload, 0, speech)
        _long_ago()
        sweep()
        assert recorder.finish(upload).json()["state"] == "finished"

    def test_a_take_that_is_still_sent_is_not_broken_off(self, recorder: Recorder, speech: bytes) -> None:
        upload = recorder.begin()
        recorder.slice(upload, 0, speech[:3000])
        _long_ago()
        recorder.slice(upload, 3000, speech[3000:4000])
        sweep()
        assert stored(upload).take.state == Take.State.RECORDING

    def test_when_time_is_up_the_longest_is_the_answer(self, recorder: Recorder, world: World, speech: bytes) -> None:
        short, long, other = recorder.begin(), recorder.begin(), recorder.begin(world.questions[1].pk)
        recorder.slice(short, 0, speech[:3000])
        recorder.slice(long, 0, speech)
        recorder.slice(other, 0, speech)
        recorder.begin(world.questions[2].pk)
        Interview.objects.update(deadline=timezone.now() - SETTLED_AFTER - timedelta(minutes=1))
        sweep()
        sweep()
        assert {answer.take for answer in Answer.objects.all()} == {stored(long).take, stored(other).take}
        assert {take.state for take in Take.objects.all()} == {Take.State.PARTIAL}
        assert Job.objects.count() == 2
        assert Event.objects.filter(kind="answer.recorded").count() == 2

    def test_an_answer_is_not_replaced_by_what_was_broken_off(
        self, recorder: Recorder, world: World, speech: bytes
    ) -> None:
        recorder.record(speech)
        finished = Answer.objects.get().take
        recorder.slice(recorder.begin(), 0, speech)
        Interview.objects.update(deadline=timezone.now() - SETTLED_AFTER - timedelta(minutes=1))
        sweep()
        assert Answer.objects.get().take == finished

    def test_once_it_counts_it_cannot_be_added_to(self, recorder: Recorder, world: World, speech: bytes) -> None:
        """HR has given more time; the recording may be transcribed already. A new one replaces it."""
        upload = recorder.begin()
        recorder.slice(upload, 0, speech[:-9])
        deadline = Interview.objects.get().deadline
        Interview.objects.update(deadline=timezone.now() - SETTLED_AFTER - timedelta(minutes=1))
        sweep()
        Interview.objects.update(deadline=deadline)
        refused(recorder.slice(upload, len(speech) - 9, speech[-9:]), 410, "take_finished")
        assert _unfinished(recorder) == []
        assert recorder.record(speech).json()["takes_left"] == 1
        assert Answer.objects.get().take.state == Take.State.FINISHED

    def test_submitting_ends_what_was_left_open(self, recorder: Recorder, world: World, speech: bytes) -> None:
        for question in world.questions:
            record_answer(world.interview, question, speech, hashlib.sha256(speech).hexdigest())
        upload = recorder.begin()
        recorder.slice(upload, 0, speech[:3000])
        answering.submit(world.interview)
        sweep()
        assert stored(upload).take.state == Take.State.PARTIAL

    def test_nothing_is_begun_by_whom_the_submit_has_overtaken(self, answered: World) -> None:
        before = Interview.objects.get(pk=answered.interview.pk)
        answering.submit(answered.interview)
        for question in (answered.questions[0].pk, uploading.PRACTICE):
            with pytest.raises(WrongState, match="is submitted"):
                uploading.begin(before, question, uploading.Sender("video/webm"))
        assert not Take.objects.filter(state=Take.State.RECORDING).exists()

    def test_the_team_can_then_watch_it_and_nobody_else(
        self, recorder: Recorder, world: World, speech: bytes, ada: Client, cy: Client
    ) -> None:
        upload = recorder.begin()
        recorder.slice(upload, 0, speech)
        address = f"/hr-dashboard/results/{world.interview.pk}/takes/{stored(upload).take_id}/originals/1/"
        assert ada.get(address).status_code == 404
        Interview.objects.update(deadline=timezone.now() - SETTLED_AFTER - timedelta(minutes=1))
        sweep()
        shown = {
            who: browser.get(address, headers={"Range": "bytes=0-99"}) for who, browser in (("ada", ada), ("cy", cy))
        }
        assert (shown["ada"].status_code, shown["ada"].content) == (206, speech[:100])
        assert shown["cy"].status_code == 404
        assert Client().get(address).status_code == 302


def _long_ago() -> None:
    before = timezone.now() - ABANDONED_AFTER - timedelta(minutes=1)
    Take.objects.update(created_at=before)
    Segment.objects.update(appended_at=before)
