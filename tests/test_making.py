"""What is made of a take's parts: it plays from any second, and each second shows and sounds what it did."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import pytest

from interviews.media import making
from interviews.media.errors import MediaError, Passing
from interviews.media.making import Original
from tests.recordings import PER_SECOND, clusters, numbers, pitch, pitch_of, recording, wav_seconds
from tests.takes import has_length_and_index_in_front, make, mp4, times_are_true, webm


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "made"
    folder.mkdir()
    return folder


@pytest.mark.parametrize(("kind", "mime_type"), [(webm, "video/webm"), (mp4, "video/mp4")])
def test_what_a_browser_records_can_be_sought_in_without_a_loss(
    tmp_path: Path, folder: Path, kind: Callable[[Path, float], Path], mime_type: str
) -> None:
    original = kind(tmp_path, 4)
    before = original.read_bytes()
    assert not has_length_and_index_in_front(original)

    made = make([original], folder)

    assert (made.mime_type, made.copied, made.has_sound, made.problem) == (mime_type, True, True, "")
    assert made.seconds == pytest.approx(4, abs=0.1)
    assert has_length_and_index_in_front(folder / "playable")
    assert wav_seconds(folder / "sound.wav") == pytest.approx(4, abs=0.1)
    assert (made.joins, made.silences, made.repeated, made.unreadable) == ([], [], [], [])
    times_are_true(folder, [0.5, 1.5, 2.5, 3.5])
    assert original.read_bytes() == before


@pytest.mark.parametrize("kind", [webm, mp4])
def test_parts_follow_each_other(tmp_path: Path, folder: Path, kind: Callable[[Path, float, float], Path]) -> None:
    """Recorded, broken off, continued twice."""
    made = make([kind(tmp_path, 2, 0), kind(tmp_path, 3, 2), kind(tmp_path, 1, 5)], folder)

    assert made.copied
    assert made.joins == [pytest.approx(2, abs=0.06), pytest.approx(5, abs=0.06)]
    assert has_length_and_index_in_front(folder / "playable")
    times_are_true(folder, [0.5, 1.5, 2.5, 3.5, 4.5, 5.5])


@pytest.mark.parametrize("other", ["another codec", "another size"])
def test_parts_that_differ_become_one_all_the_same(tmp_path: Path, folder: Path, other: str) -> None:
    """Continued on another device, or on a telephone that was turned."""
    second = mp4(tmp_path, 2, 2) if other == "another codec" else recording(tmp_path / "2.webm", 2, 2, size=(320, 128))

    made = make([webm(tmp_path, 2), second], folder)

    assert (made.mime_type, made.copied) == ("video/mp4", False)
    assert made.joins == [pytest.approx(2, abs=0.06)]
    assert has_length_and_index_in_front(folder / "playable")
    times_are_true(folder, [0.5, 1.5, 2.5, 3.5])


def test_a_picture_of_other_proportions_is_not_distorted(tmp_path: Path, folder: Path) -> None:
    upright = recording(tmp_path / "2.webm", 1, 1, size=(64, 160))

    make([webm(tmp_path, 1), upright], folder)

    with av.open(str(folder / "playable")) as container:
        *_rest, last = container.decode(video=0)
    assert (last.width, last.height) == (160, 64)
    grey = last.reformat(format="gray").planes[0]
    middle = bytes(grey)[grey.line_size * 32 :][:160]
    assert max(middle[:60]) < 30  # a bar beside the picture, as wide as the picture leaves it


def test_sound_alone(tmp_path: Path, folder: Path) -> None:
    made = make(
        [recording(tmp_path / "a.webm", 2, video=None), recording(tmp_path / "b.webm", 2, 2, video=None)], folder
    )

    assert (made.mime_type, made.has_poster, made.copied) == ("audio/webm", False, True)
    assert has_length_and_index_in_front(folder / "playable")
    assert [pitch(folder / "sound.wav", at) for at in (0.5, 3.5)] == [pitch_of(0.5), pitch_of(3.5)]


def test_picture_for_a_while_then_sound_alone(tmp_path: Path, folder: Path) -> None:
    """The connection became too slow for pictures."""
    made = make([webm(tmp_path, 2), recording(tmp_path / "b.webm", 2, 2, video=None)], folder)

    assert (made.mime_type, made.has_poster) == ("video/webm", True)
    times_are_true(folder, [0.5, 1.5, 2.5, 3.5])


def test_pictures_without_sound_are_made_playable_and_have_none(tmp_path: Path, folder: Path) -> None:
    made = make([recording(tmp_path / "a.webm", 2, audio=None)], folder)

    assert (made.mime_type, made.has_sound) == ("video/webm", False)
    assert not (folder / "sound.wav").exists()


def test_the_poster_is_a_small_picture_of_the_first_second(tmp_path: Path, folder: Path) -> None:
    made = make([recording(tmp_path / "large.webm", 2, size=(1280, 512))], folder)

    assert made.has_poster
    with av.open(str(folder / "poster.jpg")) as container:
        stream = container.streams.video[0]
        assert (stream.codec.canonical_name, stream.width, stream.height) == ("mjpeg", 480, 192)
    assert [shown for _at, shown in numbers(folder / "poster.jpg")] == [PER_SECOND]


def missing(pieces: list[bytes]) -> bytes:
    return b"".join(pieces[:4] + pieces[6:])


def swapped(pieces: list[bytes]) -> bytes:
    return b"".join([*pieces[:3], pieces[4], pieces[3], *pieces[5:]])


def doubled(pieces: list[bytes]) -> bytes:
    return b"".join(pieces[:4] + pieces[3:])


def truncated(pieces: list[bytes]) -> bytes:
    whole = b"".join(pieces)
    return whole[: len(whole) * 2 // 3]


def flipped(pieces: list[bytes]) -> bytes:
    whole = bytearray(b"".join(pieces))
    for place in range(len(whole) // 2, len(whole) // 2 + 200):
        whole[place] ^= 0x55
    return bytes(whole)


@pytest.mark.parametrize(
    ("damage", "moments", "silent", "repeats"),
    [
        (missing, [0.5, 1.2, 2.7, 3.5], [1.75, 2.2], False),
        (swapped, [0.5, 1.7, 2.5, 3.5], [1.25], True),
        (doubled, [0.5, 1.5, 2.5, 3.5], [], True),
        (truncated, [0.5, 1.5, 2.5], [], False),
        (flipped, [0.5, 1.5, 3.5], [], False),
    ],
)
def test_damage_moves_nothing_and_is_told(
    tmp_path: Path,
    folder: Path,
    damage: Callable[[list[bytes]], bytes],
    moments: list[float],
    silent: list[float],
    repeats: bool,
) -> None:
    """Such files are refused by the digests of the upload; this is what stands behind them. Which bytes were flipped or
    never came, only those digests can tell."""
    broken = tmp_path / "broken.webm"
    broken.write_bytes(damage(clusters(webm(tmp_path, 4).read_bytes())))

    made = make([broken], folder)

    assert has_length_and_index_in_front(folder / "playable")
    assert [pitch(folder / "sound.wav", at) for at in silent] == [0] * len(silent)
    assert all(any(at < moment < at + length for at, length in made.silences) for moment in silent)
    assert bool(made.repeated) is repeats
    times_are_true(folder, moments)


def test_a_part_that_cannot_be_read_is_named_and_costs_no_other(tmp_path: Path, folder: Path) -> None:
    headless = tmp_path / "headless.webm"
    headless.write_bytes(b"".join(clusters(webm(tmp_path, 2).read_bytes())[1:]))
    empty = tmp_path / "empty.webm"
    empty.touch()

    made = make([empty, webm(tmp_path, 2), headless, webm(tmp_path, 2, 2)], folder)

    assert made.unreadable == [1, 3]
    times_are_true(folder, [0.5, 1.5, 2.5, 3.5])
    with pytest.raises(MediaError, match="not a video or audio recording") as refused:
        make([headless], folder)
    assert not isinstance(refused.value, Passing)


def test_bytes_that_were_never_acknowledged_do_not_count(tmp_path: Path, folder: Path) -> None:
    """A crash may leave half a piece behind those that were."""
    whole = webm(tmp_path, 4)
    head, *rest = clusters(whole.read_bytes())
    length = len(head) + sum(len(one) for one in rest[:4])

    made = making.make([Original(whole, length)], folder)

    assert made.seconds == pytest.approx(2, abs=0.1)
    times_are_true(folder, [0.5, 1.5])


def test_what_is_hidden_in_a_recording_is_not_in_what_is_served(tmp_path: Path, folder: Path) -> None:
    """A file that is a page as well: browsers are told not to guess, and the bytes are gone besides."""
    page = b"<html><script>alert(1)</script></html>"
    head, *rest = clusters(webm(tmp_path, 2).read_bytes())
    void = b"\xec" + bytes([0x80 | len(page)]) + page
    polyglot = tmp_path / "polyglot.webm"
    polyglot.write_bytes(head + b"".join([rest[0], void, *rest[1:]]) + page)

    made = make([polyglot], folder)

    assert made.mime_type == "video/webm"
    assert b"script" not in (folder / "playable").read_bytes()
    times_are_true(folder, [0.5, 1.5])
