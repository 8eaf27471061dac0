"""What is made of a take's parts: it plays from any second, and each second shows and sounds what it did."""

from __future__ import annotations

import os
import signal
import struct
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import av
import pytest

from interviews.demo.seed import FOLDER
from interviews.media import making
from interviews.media.errors import MediaError, Passing
from interviews.media.making import Limits, Made, Original
from tests.processes import wait_until
from tests.recordings import PER_SECOND, clusters, numbers, pitch, pitch_of, recording, sound_of, wav_seconds

DEMO = sorted(Path(FOLDER).rglob("*.webm"))


def make(originals: list[Path], folder: Path, limits: Limits | None = None) -> Made:
    sizes = [path.stat().st_size if path.exists() else 1 for path in originals]
    return making.make([Original(path, size) for path, size in zip(originals, sizes, strict=True)], folder, limits)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "made"
    folder.mkdir()
    return folder


def times_are_true(folder: Path, moments: list[float]) -> None:
    """In the picture, in the sound that is played, and in the sound that is transcribed."""
    pictures = [one for one in numbers(folder / "playable") if any(abs(one[0] - at) < 0.3 for at in moments)]
    assert len(pictures) > len(moments)
    assert [(at, shown) for at, shown in pictures if abs(at * PER_SECOND - shown) > 1] == []
    played = sound_of(folder / "playable", folder / "played.wav")
    for sound in (folder / "sound.wav", played):
        assert {at: pitch(sound, at) for at in moments} == {at: pitch_of(at) for at in moments}


def has_length_and_index_in_front(media: Path) -> bool:
    content = media.read_bytes()
    with av.open(str(media)) as container:
        if not container.duration:
            return False
    if content.startswith(b"\x1a\x45\xdf\xa3"):
        return 0 < content.find(b"\x1c\x53\xbb\x6b") < content.find(b"\x1f\x43\xb6\x75")  # cues, first cluster
    return 0 < content.find(b"moov") < content.find(b"mdat") and b"moof" not in content


def webm(folder: Path, seconds: float, begin: float = 0.0) -> Path:
    return recording(folder / f"{begin}.webm", seconds, begin)


def mp4(folder: Path, seconds: float, begin: float = 0.0) -> Path:
    return recording(folder / f"{begin}.mp4", seconds, begin, video="libx264", audio="aac")


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


def test_a_claimed_length_is_not_believed(tmp_path: Path, folder: Path) -> None:
    make([webm(tmp_path, 2)], folder)
    claims = bytearray((folder / "playable").read_bytes())
    place = claims.index(b"\x44\x89\x88") + 3
    claims[place : place + 8] = struct.pack(">d", 1e12)
    boastful = tmp_path / "boastful.webm"
    boastful.write_bytes(claims)

    made = make([boastful], folder)

    assert made.seconds == pytest.approx(2, abs=0.1)
    assert wav_seconds(folder / "sound.wav") == pytest.approx(2, abs=0.1)


def test_an_endless_recording_is_refused(tmp_path: Path, folder: Path) -> None:
    """A cluster says at which millisecond it begins."""
    head, first, *_rest = clusters(webm(tmp_path, 2).read_bytes())
    place = first.index(b"\xe7") + 1  # its timestamp: size, then value
    late = first[:place] + b"\x88" + (10**9).to_bytes(8, "big") + first[place + 1 + (first[place] & 0x7F) :]
    endless = tmp_path / "endless.webm"
    endless.write_bytes(head + first + late.replace(first[4:12], b"\x01" + b"\xff" * 7, 1))

    with pytest.raises(MediaError, match="longer than 60 minutes"):
        make([endless], folder)
    assert not list(folder.glob("*.wav"))


def test_what_needs_too_much_memory_is_not_made(tmp_path: Path, folder: Path) -> None:
    parts = [recording(tmp_path / "large.webm", 1, size=(3840, 2160)), webm(tmp_path, 1, 1)]

    made = make(parts, folder, Limits(memory_bytes=220 << 20))

    assert "too large" in made.problem or "memory" in made.problem
    assert (made.has_sound, made.mime_type, made.has_poster) == (True, "", False)
    assert [path.name for path in folder.iterdir()] == ["sound.wav"]


def test_an_enormous_picture_costs_nothing_but_the_poster(tmp_path: Path, folder: Path) -> None:
    """A few kilobytes whose pictures claim to be 16,383 pixels wide and high: 400 MB each."""
    content = bytearray(webm(tmp_path, 2).read_bytes())
    place = -1
    while (place := content.find(b"\x9d\x01\x2a", place + 1)) >= 0:  # the header of each whole VP8 picture
        content[place + 3 : place + 7] = struct.pack("<HH", 16_383, 16_383)
    bomb = tmp_path / "bomb.webm"
    bomb.write_bytes(content)

    made = make([bomb], folder)

    assert (made.has_sound, made.mime_type, made.has_poster) == (True, "video/webm", False)
    assert not (folder / "poster.jpg").exists()


def test_a_file_that_grows_too_large_is_refused(folder: Path) -> None:
    with pytest.raises(MediaError, match="larger than one recording may be") as refused:
        make(DEMO[:1], folder, Limits(file_bytes=100_000))
    assert not isinstance(refused.value, Passing)


def test_too_much_computing_leaves_the_sound(tmp_path: Path, folder: Path) -> None:
    made = make([mp4(tmp_path, 2), *DEMO], folder, Limits(cpu_seconds=2))

    assert made.problem == "Reading it takes more computing than one recording may."
    assert (made.has_sound, made.mime_type) == (True, "")
    assert wav_seconds(folder / "sound.wav") == pytest.approx(made.seconds, abs=0.1)
    assert not (folder / "playable").exists()


def test_too_long_a_time_may_pass(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(Passing, match="took too long"):
        make([mp4(tmp_path, 2), *DEMO], folder, Limits(seconds=1))


def test_a_missing_original_may_pass(tmp_path: Path, folder: Path) -> None:
    """The disk that holds it may come back."""
    with pytest.raises(Passing, match="No such file"):
        make([webm(tmp_path, 2), tmp_path / "gone.webm"], folder)


def test_a_process_that_is_killed_may_pass_and_knew_no_secret(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEEPGRAM_API_KEY", "not for the child")
    raised: list[Exception] = []

    def run() -> None:
        try:
            make([mp4(tmp_path, 2), *DEMO], folder)
        except MediaError as error:
            raised.append(error)

    making = Thread(target=run)
    making.start()
    wait_until(lambda: _reading() is not None, "the child is at work")
    child = _reading()
    assert child is not None
    environment = Path(f"/proc/{child}/environ").read_bytes()
    os.kill(child, signal.SIGKILL)
    making.join()

    assert b"DEEPGRAM" not in environment
    assert [type(error) for error in raised] == [Passing]
    assert make(DEMO, folder).mime_type  # by the process that forked it, which goes on


def test_whoever_waits_to_read_the_next_recording_may_be_killed_too(tmp_path: Path, folder: Path) -> None:
    make([webm(tmp_path, 1)], folder)
    for child in _children(os.getpid()):
        os.kill(child, signal.SIGKILL)

    assert make([webm(tmp_path, 1)], folder).mime_type == "video/webm"


def _reading() -> int | None:
    """The fork that has a file in hand."""
    return next((fork for child in _children(os.getpid()) for fork in _children(child)), None)


def _children(parent: int) -> list[int]:
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                command = (process / "cmdline").read_bytes()
                its_parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            if its_parent == parent and b"interviews.media.child" in command:
                found.append(int(process.name))
    return found


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
