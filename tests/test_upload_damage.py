"""What was damaged on its way or on the disk is noticed at the end, and too much is refused."""

from __future__ import annotations

import hashlib

import pytest
from django.test import Client
from pytest_django import Settings

from interviews.models import Answer
from tests.people import World
from tests.recorder import Recorder, refused, stored


class TestQuotas:
    def test_of_a_take_over_all_its_segments(self, recorder: Recorder, speech: bytes, settings: Settings) -> None:
        settings.MAX_TAKE_BYTES = 5000
        first = recorder.begin()
        recorder.slice(first, 0, speech[:3000])
        second = recorder.go_on(first)
        assert "kept" in refused(recorder.slice(second, 0, speech[:2001]), 413, "too_large")
        assert recorder.slice(second, 0, speech[:2000]).status_code == 204

    def test_of_an_interview(self, recorder: Recorder, world: World, speech: bytes, settings: Settings) -> None:
        recorder.record(speech)
        settings.MAX_INTERVIEW_BYTES = len(speech) + 3000
        upload = recorder.begin(world.questions[1].pk)
        refused(recorder.slice(upload, 0, speech[:3001]), 413, "too_large")
        assert recorder.slice(upload, 0, speech[:3000]).status_code == 204
        assert "kept" in refused(recorder.slice(upload, 3000, b"x"), 413, "quota")

    def test_of_the_site(self, recorder: Recorder, speech: bytes, settings: Settings) -> None:
        recorder.record(speech)
        settings.MAX_SITE_BYTES = len(speech)
        refused(recorder.create(), 413, "quota")

    def test_the_disk_is_not_filled(self, recorder: Recorder, speech: bytes, settings: Settings) -> None:
        upload = recorder.begin()
        settings.MIN_FREE_DISK_BYTES = 2**62
        assert "tries again" in refused(recorder.slice(upload, 0, speech), 507, "disk_full")
        refused(recorder.create(), 507, "disk_full")
        settings.MIN_FREE_DISK_BYTES = 0
        assert recorder.slice(upload, 0, speech).status_code == 204


class TestDamage:
    """Proved by offsets and digests alone: players and FFmpeg take most of these without complaint."""

    SIZE = 4000

    def _pieces(self, speech: bytes) -> list[bytes]:
        return [speech[start : start + self.SIZE] for start in range(0, len(speech), self.SIZE)][:6]

    def _sent(self, recorder: Recorder, pieces: list[bytes]) -> str:
        upload = recorder.begin()
        offset = 0
        for piece in pieces:
            assert recorder.slice(upload, offset, piece).status_code == 204
            offset += len(piece)
        return upload

    def _told_of(self, pieces: list[bytes]) -> dict[str, object]:
        digests = b"".join(hashlib.sha256(piece).digest() for piece in pieces)
        return {"length": sum(map(len, pieces)), "digest": hashlib.sha256(digests).hexdigest()}

    @pytest.mark.parametrize("how", ["missing", "swapped", "doubled", "truncated", "flipped"])
    def test_of_what_was_sent_is_noticed_at_the_end(self, how: str, recorder: Recorder, speech: bytes) -> None:
        """A sender without checksums, on a line that damages."""
        whole = self._pieces(speech)
        upload = self._sent(recorder, _damaged(how, whole))
        reply = recorder.finish(upload, **self._told_of(whole))
        assert reply.status_code in (409, 422)
        assert reply.json()["error"] in ("wrong_offset", "digest_differs")
        assert not Answer.objects.exists()

    @pytest.mark.parametrize("how", ["missing", "swapped", "doubled", "truncated", "flipped"])
    def test_of_what_lies_on_disk_is_noticed_at_the_end(self, how: str, recorder: Recorder, speech: bytes) -> None:
        whole = self._pieces(speech)
        upload = self._sent(recorder, whole)
        stored(upload).path.write_bytes(b"".join(_damaged(how, whole)))
        for ends in (self._told_of(whole), {"digest": None}):
            assert "costs no attempt" in refused(recorder.finish(upload, **ends), 422, "digest_differs")
        assert not Answer.objects.exists()

    def test_a_file_that_is_gone_is_noticed_at_the_end(self, recorder: Recorder, speech: bytes) -> None:
        upload = self._sent(recorder, self._pieces(speech))
        stored(upload).path.unlink()
        refused(recorder.finish(upload), 422, "digest_differs")

    def test_a_piece_twice_is_kept_once(self, recorder: Recorder, speech: bytes) -> None:
        upload = self._sent(recorder, self._pieces(speech))
        size = stored(upload).received
        again = recorder.slice(upload, 0, speech[: self.SIZE])
        refused(again, 409, "wrong_offset")
        assert again["Upload-Offset"] == str(size)
        assert stored(upload).path.read_bytes() == speech[:size]

    def test_a_file_that_is_two_things_at_once_is_only_ever_a_recording(
        self, recorder: Recorder, world: World, speech: bytes, ada: Client
    ) -> None:
        """A recording with a page behind it, and a name that asks to be opened as one."""
        upload = recorder.begin(filename="page.html")
        recorder.slice(upload, 0, speech + b"<html><script>alert(1)</script></html>")
        assert recorder.finish(upload).status_code == 200
        reply = ada.get(f"/hr-dashboard/results/{world.interview.pk}/takes/{stored(upload).take_id}/originals/1/")
        assert reply["Content-Type"] == "video/webm"
        assert reply["X-Content-Type-Options"] == "nosniff"


def _damaged(how: str, pieces: list[bytes]) -> list[bytes]:
    head, (third, fourth), tail = pieces[:2], pieces[2:4], pieces[4:]
    return {
        "missing": [*head, fourth, *tail],
        "swapped": [*head, fourth, third, *tail],
        "doubled": [*head, third, third, *tail],
        "truncated": [*head, third[:-100], fourth, *tail],
        "flipped": [*head, bytes([third[0] ^ 1]) + third[1:], fourth, *tail],
    }[how]
