"""What would take too much memory, time or room is not made, and a process that is killed may try again."""

from __future__ import annotations

import os
import signal
import struct
from pathlib import Path
from threading import Thread

import pytest

from interviews.demo.seed import FOLDER
from interviews.media.errors import MediaError, Passing
from interviews.media.making import Limits
from tests.processes import wait_until
from tests.recordings import clusters, recording, wav_seconds
from tests.takes import make, mp4, webm

DEMO = sorted(Path(FOLDER).rglob("*.webm"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "made"
    folder.mkdir()
    return folder


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
    environment: list[bytes] = []

    def is_killed_at_work() -> bool:
        child = _reading()
        if child is None:
            return False
        try:
            environment.append(Path(f"/proc/{child}/environ").read_bytes())
            os.kill(child, signal.SIGKILL)
        except OSError:
            return False  # it had just ended
        return True

    wait_until(is_killed_at_work, "the child is at work")
    making.join()

    assert environment and not any(b"DEEPGRAM" in it for it in environment)
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
