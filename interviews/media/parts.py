"""Where each part of a take lies in time: a take that was broken off and continued has several."""

from __future__ import annotations

import errno
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from interviews.marks import gettext_noop
from interviews.media.errors import MediaError
from interviews.media.opening import opened

MAX_SECONDS = 60 * 60
THREADS = 2  # of a decoder or encoder; by default one per core, each with pictures of its own in memory


@dataclass(frozen=True, slots=True)
class Track:
    """What a decoder must know. Two parts whose tracks are equal can be played as one."""

    codec: str
    shape: tuple[int, ...]  # width and height, or samples per second and channels
    setup: bytes


@dataclass(frozen=True, slots=True)
class Part:
    """One file, of which the first `length` bytes count. Its own second `start` is second `at` of the whole take."""

    path: Path
    length: int
    number: int
    at: Fraction
    start: Fraction
    seconds: Fraction
    audio: Track | None
    video: Track | None

    @property
    def shift(self) -> Fraction:
        return self.at - self.start

    @property
    def end(self) -> Fraction:
        return self.at + self.seconds


@contextmanager
def reading(part: Part, kind: str) -> Iterator[tuple[InputContainer, AudioStream | VideoStream | None]]:
    """The file opened, and its first track of `kind`, "audio" or "video"."""
    with opened(part.path, part.length) as container:
        stream = first(container, kind)
        if stream is not None:
            stream.codec_context.thread_count = THREADS
        yield container, stream


def packets(container: InputContainer, *streams: AudioStream | VideoStream) -> Iterator[Packet[Any]]:
    """Until the end, or until the file breaks off in the middle of something. The last ones are empty: they flush."""
    try:
        yield from container.demux(*streams)
    except av.FFmpegError:
        return


def decoded(encoded: Iterable[Packet[Any]]) -> Iterator[AudioFrame | VideoFrame]:
    """What can be decoded; what cannot is left out."""
    for packet in encoded:
        try:
            frames = packet.decode()
        except av.FFmpegError as error:
            if error.errno == errno.ENOMEM:
                raise
            continue
        for frame in frames:
            if isinstance(frame, AudioFrame | VideoFrame):
                yield frame


def survey(originals: Iterable[tuple[Path, int]]) -> tuple[list[Part], list[int]]:
    """The parts that can be read, in order, and the numbers (from 1) of those that cannot.

    Lengths are those of the packets: what a header claims is not believed. Raises MediaError when no part can be read,
    or when all together are longer than MAX_SECONDS.
    """
    parts: list[Part] = []
    unreadable: list[int] = []
    problem = MediaError(gettext_noop("The recording is empty."))
    at = Fraction(0)
    for number, (path, length) in enumerate(originals, start=1):
        try:
            part = _survey(path, length, number, at)
        except MediaError as error:
            problem = error
            unreadable.append(number)
            continue
        at = part.end
        if at > MAX_SECONDS:
            raise MediaError(f"The recording claims to be longer than {MAX_SECONDS // 60} minutes.")
        parts.append(part)
    if not parts:
        raise problem
    return parts, unreadable


def _survey(path: Path, length: int, number: int, at: Fraction) -> Part:
    with opened(path, length) as container:
        audio, video = first(container, "audio"), first(container, "video")
        tracks = [track for track in (audio, video) if track is not None]
        if not tracks:
            raise MediaError(gettext_noop("The file holds neither sound nor picture."))
        start: Fraction | None = None
        end = Fraction(0)
        for packet in packets(container, *tracks):
            if packet.pts is None or not packet.size:
                continue
            begins = packet.pts * Fraction(packet.time_base)
            start = begins if start is None else min(start, begins)
            end = max(end, begins + (packet.duration or 0) * Fraction(packet.time_base))
        if start is None:
            raise MediaError(gettext_noop("The recording breaks off before its first second."))
        return Part(path, length, number, at, start, end - start, _track(audio), _track(video))


def first(container: InputContainer, kind: str) -> AudioStream | VideoStream | None:
    """The first that there is a decoder for; the library leaves others without a context."""
    streams: Iterable[AudioStream | VideoStream] = (
        container.streams.audio if kind == "audio" else container.streams.video
    )
    return next((stream for stream in streams if getattr(stream, "codec_context", None)), None)


def _track(stream: AudioStream | VideoStream | None) -> Track | None:
    if stream is None:
        return None
    context = stream.codec_context
    setup = bytes(context.extradata or b"")
    if isinstance(stream, AudioStream):
        return Track(context.codec.canonical_name, (stream.sample_rate, stream.channels), setup)
    return Track(context.codec.canonical_name, (stream.width, stream.height), setup)
