"""Recordings made on the spot whose every moment says which it is: a number in the picture, a pitch in the sound."""

from __future__ import annotations

import io
import math
import wave
from array import array
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
from av.audio.stream import AudioStream
from av.video.stream import VideoStream

PER_SECOND = 10  # pictures
RATE = 48_000
BITS, BAND = 10, 16
WIDTH, HEIGHT = BITS * BAND, 64
_FRAME = 960  # samples
_NO_B_FRAMES = {"libx264": {"bf": "0"}}  # browsers record none


def recording(
    path: Path,
    seconds: float,
    begin: float = 0.0,
    *,
    video: str | None = "libvpx",
    audio: str | None = "libopus",
    size: tuple[int, int] = (WIDTH, HEIGHT),
    keyframes: float = 1.0,
) -> Path:
    """What a browser would send of the seconds from `begin` on; the clock in the file starts at 0.

    WebM as MediaRecorder makes it: no length, no index, a cluster per half second. MP4 in fragments.
    """
    if path.suffix == ".webm":
        options = {"live": "1", "cluster_time_limit": "500"}
    else:
        options = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
    with av.open(str(path), "w", format=path.suffix[1:], options=options) as out:
        packets: list[av.Packet[Any]] = []
        # Every track is added before the first is written to: later ones would be left out.
        picture = out.add_stream(video, rate=PER_SECOND, options=_NO_B_FRAMES.get(video, {})) if video else None
        tone = out.add_stream(audio, rate=RATE, layout="mono") if audio else None
        if isinstance(picture, VideoStream):
            picture.width, picture.height = size
            picture.pix_fmt = "yuv420p"
            picture.codec_context.gop_size = round(keyframes * PER_SECOND)
            for number in range(round(seconds * PER_SECOND)):
                packets += picture.encode(_picture(number, round(begin * PER_SECOND) + number, size))
            packets += picture.encode(None)
        if isinstance(tone, AudioStream):
            for sounds in _tones(seconds, begin, tone):
                packets += tone.encode(sounds)
        for packet in sorted(packets, key=lambda one: float((one.dts or 0) * Fraction(one.time_base))):
            out.mux(packet)
    return path


def numbers(media: Path) -> list[tuple[float, int]]:
    """The time of each picture, and the number in it."""
    with av.open(str(media)) as container:
        return [(float(frame.time or 0), _number(frame)) for frame in container.decode(video=0)]


def pitch_of(second: float) -> int:
    return 300 + 100 * int(second)


def pitch(sound: Path, at: float) -> int:
    """In hertz, to the nearest hundred, of the tenth of a second around `at`; 0 for silence. `sound`: a WAV file."""
    with wave.open(str(sound)) as file:
        rate = file.getframerate()
        file.setpos(min(file.getnframes(), max(0, round((at - 0.05) * rate))))
        samples = array("h", file.readframes(rate // 10))
    if not samples or max(samples) < 1500:
        return 0
    rises = sum(before < 0 <= after for before, after in pairwise(samples))
    return int(100 * round(rises * rate / len(samples) / 100))


def sound_of(media: Path, wav: Path) -> Path:
    """What a player would play, as a WAV file: each piece of sound at its time."""
    resampler = av.AudioResampler(format="s16", layout="mono", rate=16_000)
    with av.open(str(media)) as container, wave.open(str(wav), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        for frame in container.decode(audio=0):
            for part in resampler.resample(frame):
                file.writeframes(bytes(part.planes[0])[: part.samples * 2])
    return wav


def clusters(webm: bytes) -> list[bytes]:
    """The header, and then each cluster. What a slice holds, more or less."""
    mark = b"\x1f\x43\xb6\x75"
    head, *rest = webm.split(mark)
    return [head, *(mark + one for one in rest)]


def _picture(number: int, shown: int, size: tuple[int, int]) -> av.VideoFrame:
    row = b"".join(bytes([235 if shown >> bit & 1 else 16]) * BAND for bit in range(BITS))
    frame = av.VideoFrame(WIDTH, HEIGHT, "yuv420p")
    for plane, content in zip(frame.planes, (row * HEIGHT, None, None), strict=True):
        if content is None:
            plane.update(bytes([128]) * plane.buffer_size)
        else:
            stride = plane.line_size
            plane.update(b"".join(row.ljust(stride, b"\0") for _ in range(plane.height)))
    if size != (WIDTH, HEIGHT):
        frame = frame.reformat(*size)
    frame.pts, frame.time_base = number, Fraction(1, PER_SECOND)
    return frame


def _number(frame: av.VideoFrame) -> int:
    grey = frame.reformat(format="gray")
    plane = grey.planes[0]
    middle = bytes(plane)[plane.line_size * (grey.height // 2) :]
    band = grey.width / BITS
    return sum((middle[round((bit + 0.5) * band)] > 125) << bit for bit in range(BITS))


def _tones(seconds: float, begin: float, stream: AudioStream) -> Iterator[av.AudioFrame | None]:
    size = stream.frame_size or _FRAME
    resampler = av.AudioResampler(format=stream.format.name, layout="mono", rate=RATE, frame_size=size)
    phase = 0.0
    for first in range(0, round(seconds * RATE), _FRAME):
        samples = array("h")
        for number in range(first, first + _FRAME):
            phase += 2 * math.pi * pitch_of(begin + number / RATE) / RATE
            samples.append(round(9000 * math.sin(phase)))
        frame = av.AudioFrame("s16", "mono", _FRAME)
        frame.planes[0].update(samples.tobytes())
        frame.sample_rate, frame.time_base, frame.pts = RATE, Fraction(1, RATE), first
        yield from resampler.resample(frame)
    yield from resampler.resample(None)
    yield None


def wav_seconds(path: Path) -> float:
    with wave.open(io.BytesIO(path.read_bytes())) as file:
        return float(file.getnframes() / file.getframerate())
