"""What browsers record, and what is not a recording: every file here is made on the spot."""

from __future__ import annotations

import math
import wave
from array import array
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import pytest

from interviews.media.errors import MediaError
from interviews.media.parts import survey
from interviews.media.probe import probe
from interviews.media.sniff import ACCEPTED, looks_like_recording
from interviews.media.sound import BYTES_PER_SECOND, write_sound
from tests.tones import record


def pcm16k(media: Path) -> bytes:
    """The sound that is made of it, without the header."""
    parts, _unreadable = survey([(media, media.stat().st_size)])
    write_sound(parts, media.with_suffix(".wav"))
    with wave.open(str(media.with_suffix(".wav"))) as file:
        return bytes(file.readframes(file.getnframes()))


def loudness(sound: bytes, at: float) -> float:
    """Of the tenth of a second around `at` seconds."""
    middle = round(at * 16_000) * 2
    samples = array("h", sound[middle - 1600 : middle + 1600])
    return math.sqrt(sum(sample * sample for sample in samples) / len(samples))


@pytest.mark.parametrize("name", ["finished.webm", "live.webm", "finished.mp4"])
def test_what_browsers_record_is_read(tmp_path: Path, name: str) -> None:
    media = record(tmp_path / name, live=name.startswith("live"))

    facts = probe(media)
    sound = pcm16k(media)

    assert facts.seconds == pytest.approx(3.0, abs=0.15)
    assert (facts.audio, facts.video) == (True, True)
    assert ("mp4" if name.endswith("mp4") else "webm") in facts.container
    assert len(sound) / BYTES_PER_SECOND == pytest.approx(3.0, abs=0.1)
    assert loudness(sound, 1.5) > 5000


def test_a_live_recording_has_no_length_in_its_header(tmp_path: Path) -> None:
    """Else the tests here would not show that the packets are read."""
    with av.open(str(record(tmp_path / "live.webm", live=True))) as container:
        assert container.duration is None


def test_sound_that_starts_late_is_late(tmp_path: Path) -> None:
    sound = pcm16k(record(tmp_path / "late.webm", sound_from=1.0))

    assert len(sound) / BYTES_PER_SECOND == pytest.approx(3.0, abs=0.1)
    assert loudness(sound, 0.7) < 50
    assert loudness(sound, 1.3) > 5000


def test_lost_packets_become_silence_and_later_words_keep_their_time(tmp_path: Path) -> None:
    sound = pcm16k(record(tmp_path / "holes.webm", live=True, lost=(1.0, 2.0)))

    assert len(sound) / BYTES_PER_SECOND == pytest.approx(3.0, abs=0.1)
    assert [loudness(sound, at) > 5000 for at in (0.5, 1.5, 2.5)] == [True, False, True]


def test_a_recording_cut_short_gives_what_it_has(tmp_path: Path) -> None:
    whole = record(tmp_path / "whole.webm", live=True)
    cut = tmp_path / "cut.webm"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])

    seconds = probe(cut).seconds
    assert seconds is not None
    assert 0.5 < seconds < 2.5
    assert len(pcm16k(cut)) / BYTES_PER_SECOND == pytest.approx(seconds, abs=0.3)


def test_sound_alone_and_pictures_alone(tmp_path: Path) -> None:
    heard = record(tmp_path / "heard.webm", video=False)
    seen = record(tmp_path / "seen.webm", sound=False)

    assert (probe(heard).audio, probe(heard).video) == (True, False)
    assert (probe(seen).audio, probe(seen).video) == (False, True)
    assert pcm16k(heard)


def first_slice_missing(folder: Path) -> bytes:
    return record(folder / "whole.webm", live=True).read_bytes()[4000:]


def png(folder: Path) -> bytes:
    """One picture, encoded as PNG by the same library."""
    frame = av.VideoFrame(16, 16, "rgb24")
    for plane in frame.planes:
        plane.update(bytes(plane.buffer_size))
    encoder = av.CodecContext.create("png", "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = 16, 16, "rgb24", Fraction(1)
    return b"".join(bytes(packet) for packet in [*encoder.encode(frame), *encoder.encode(None)])


def playlist(folder: Path) -> bytes:
    """FFmpeg would follow this to another file."""
    other = record(folder / "other.mp4")
    return f"#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\nfile://{other}\n#EXT-X-ENDLIST\n".encode()


def concat_script(folder: Path) -> bytes:
    return f"ffconcat version 1.0\nfile {record(folder / 'other.webm').name}\n".encode()


@pytest.mark.parametrize("made", [first_slice_missing, png, playlist, concat_script])
def test_what_is_no_recording_is_refused_in_words(tmp_path: Path, made: Callable[[Path], bytes]) -> None:
    media = tmp_path / "renamed.webm"
    media.write_bytes(made(tmp_path))

    for reading in (probe, pcm16k):
        with pytest.raises(MediaError, match="not a video or audio recording") as refused:
            reading(media)
        assert str(refused.value) == refused.value.message
        assert str(tmp_path) not in refused.value.message


def test_text_and_emptiness_are_refused(tmp_path: Path) -> None:
    text, empty = tmp_path / "text.webm", tmp_path / "empty.webm"
    text.write_text("My answer is that I would rather write. " * 200)
    empty.touch()

    for reading in (probe, pcm16k):
        with pytest.raises(MediaError, match="not a video or audio"):
            reading(text)
        with pytest.raises(MediaError, match="empty"):
            reading(empty)
        with pytest.raises(FileNotFoundError):
            reading(tmp_path / "nothing.webm")


def test_a_small_file_cannot_claim_hours_of_silence(tmp_path: Path) -> None:
    late = record(tmp_path / "bomb.webm", live=True, video=False, leap=1_000_000)
    assert late.stat().st_size < 100_000

    with pytest.raises(MediaError, match="longer than 60 minutes"):
        pcm16k(late)


@pytest.mark.parametrize(
    ("first_bytes", "mime_type", "expected"),
    [
        (b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81", "video/webm;codecs=vp8,opus", True),
        (b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81", "Video/WebM", True),
        (b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81", "video/x-matroska;codecs=avc1,opus", True),
        (b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81", "audio/webm", True),
        (b"\x00\x00\x00\x20ftypiso5", "video/mp4; codecs=avc1.42E01E,mp4a.40.2", True),
        (b"\x00\x00\x00\x20ftypM4A ", "audio/mp4", True),
        (b"\x00\x00\x00\x20ftypiso5", "video/webm", False),
        (b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81", "video/mp4", False),
        (b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81", "image/png", False),
        (b"\x89PNG\r\n\x1a\n", "video/webm", False),
        (b"<html><body>", "video/webm", False),
        (b"\x1a\x45", "video/webm", False),
        (b"", "video/mp4", False),
    ],
)
def test_first_bytes_must_be_what_the_type_says(first_bytes: bytes, mime_type: str, expected: bool) -> None:
    assert looks_like_recording(first_bytes, mime_type) is expected


def test_real_files_begin_as_expected(tmp_path: Path) -> None:
    for name, kind in (("a.webm", "video/webm"), ("a.mp4", "video/mp4")):
        assert kind in ACCEPTED
        assert looks_like_recording(record(tmp_path / name, seconds=0.5).read_bytes()[:12], kind)
