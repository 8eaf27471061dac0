"""Recordings made on the spot as browsers make them: a moving grey picture and a tone."""

from __future__ import annotations

import math
from array import array
from fractions import Fraction
from pathlib import Path

import av

RATE = 48_000
OPUS_FRAME = 960  # samples


def record(
    path: Path,
    seconds: float = 3.0,
    *,
    live: bool = False,
    video: bool = True,
    sound: bool = True,
    sound_from: float = 0.0,
    lost: tuple[float, float] = (0.0, 0.0),
    leap: float = 0.0,
) -> Path:
    """A moving grey picture and a tone. `lost`: sound packets that begin in this span of seconds are left out.
    `leap`: the second half of the sound claims to be that many seconds later."""
    mp4 = path.suffix == ".mp4"
    with av.open(str(path), "w", options={"live": "1"} if live else {}) as out:
        if video:
            picture = out.add_stream("mpeg4" if mp4 else "libvpx", rate=10)
            picture.width, picture.height, picture.pix_fmt = 64, 48, "yuv420p"
        if sound:
            tone = out.add_stream("aac" if mp4 else "libopus", rate=RATE)
            tone.layout = "mono"
        if video:
            for number in range(round(seconds * 10)):
                frame = av.VideoFrame(64, 48, "yuv420p")
                for plane in frame.planes:
                    plane.update(bytes([number * 7 % 256]) * plane.buffer_size)
                frame.pts, frame.time_base = number, Fraction(1, 10)
                out.mux(picture.encode(frame))
            out.mux(picture.encode(None))
        if sound:
            frames = [_tone(number, sound_from) for number in range(round((seconds - sound_from) * RATE / OPUS_FRAME))]
            for packet in (packet for frame_ in [*frames, None] for packet in tone.encode(frame_)):
                at = float((packet.pts or 0) * packet.time_base)
                if at > seconds / 2:
                    packet.pts = packet.dts = (packet.pts or 0) + round(leap / packet.time_base)
                if not lost[0] <= at < lost[1]:
                    out.mux(packet)
    return path


def _tone(number: int, sound_from: float) -> av.AudioFrame:
    frame = av.AudioFrame("s16", "mono", OPUS_FRAME)
    first = number * OPUS_FRAME
    wave = (math.sin(2 * math.pi * 440 * n / RATE) for n in range(first, first + OPUS_FRAME))
    frame.planes[0].update(array("h", (round(9000 * value) for value in wave)).tobytes())
    frame.sample_rate, frame.time_base = RATE, Fraction(1, RATE)
    frame.pts = first + round(sound_from * RATE)
    return frame
