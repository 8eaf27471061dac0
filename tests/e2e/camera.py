"""A made-up camera that shows a frame counter as a bar code, and the reader of that code.

Chromium plays a Y4M file as its camera, over and over. Each picture holds its number, once as bars and once inverted:
a damaged one, or one that was mixed from two, is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import av
from av.error import FFmpegError

WIDTH, HEIGHT, RATE = 160, 90, 15
BITS = 10
FRAMES = 1 << BITS  # one round takes 68 s
_BAR = WIDTH // BITS


def write_camera(path: Path) -> None:
    """A file for Chromium's `--use-file-for-fake-video-capture`: one round of the counter, 22 MB."""
    colourless = b"\x80" * (WIDTH // 2 * HEIGHT // 2 * 2)
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{RATE}:1 Ip A1:1 C420jpeg\n".encode())
        for number in range(FRAMES):
            bars = [number >> bit & 1 for bit in range(BITS)]
            rows = [b"".join((b"\xeb" if bar == lit else b"\x10") * _BAR for bar in bars) for lit in (1, 0)]
            file.write(b"FRAME\n" + rows[0] * (HEIGHT // 2) + rows[1] * (HEIGHT // 2) + colourless)


@dataclass(frozen=True, slots=True)
class Seen:
    """One picture of a recording: when it is shown, in seconds from the recording's begin, and the number on it."""

    at: float
    number: int


def frames(recording: Path) -> Iterator[Seen]:
    """What can be read of a recording, also of one that was cut short. Unreadable pictures are left out."""
    with av.open(str(recording)) as media:
        try:
            for frame in media.decode(video=0):
                plane = frame.reformat(format="gray").planes[0]
                number = _number(memoryview(plane), plane.line_size, frame.width, frame.height)
                if number is not None and frame.time is not None:
                    yield Seen(frame.time, number)
        except FFmpegError:
            return  # the last picture is half there


def keyframes(recording: Path) -> list[float]:
    """The seconds at which a player can begin."""
    with av.open(str(recording)) as media:
        packets = [packet for packet in media.demux(video=0) if packet.is_keyframe and packet.pts is not None]
        return [float(packet.pts * packet.time_base) for packet in packets if packet.pts is not None]


def shown_seconds(seen: list[Seen], longest_gap: float = 1.0) -> float:
    """Seconds of camera time in a recording: the counter's way from picture to picture, leaving out what was skipped.

    A step of more than `longest_gap` is a hole, and counts as nothing.
    """
    steps = [(after.number - before.number) % FRAMES for before, after in pairwise(seen)]
    return sum(step for step in steps if step <= longest_gap * RATE) / RATE


def heard_seconds(recording: Path) -> float:
    """Seconds of sound in a recording without pictures, also in one that was cut short."""
    seconds = 0.0
    with av.open(str(recording)) as media, suppress(FFmpegError):
        for frame in media.decode(audio=0):
            seconds += frame.samples / frame.sample_rate
    return seconds


def _number(pixels: memoryview, line: int, width: int, height: int) -> int | None:
    number = 0
    for bit in range(BITS):
        column = int((bit + 0.5) * width / BITS)
        bar, inverse = (pixels[int(row * height) * line + column] > 128 for row in (0.25, 0.75))
        if bar == inverse:
            return None
        number |= bar << bit
    return number
