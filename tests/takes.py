"""A take's parts of made-up recordings, and whether what is made of them is true."""

from __future__ import annotations

from pathlib import Path

import av

from interviews.media import making
from interviews.media.making import Limits, Made, Original
from tests.recordings import PER_SECOND, numbers, pitch, pitch_of, recording, sound_of


def make(originals: list[Path], folder: Path, limits: Limits | None = None) -> Made:
    sizes = [path.stat().st_size if path.exists() else 1 for path in originals]
    return making.make([Original(path, size) for path, size in zip(originals, sizes, strict=True)], folder, limits)


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
