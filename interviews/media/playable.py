"""One file of all parts of a take that every player can seek in: its length and its index stand in front.

Tracks are copied as they are wherever that is true to what was recorded. Where parts differ, or sound is missing, a
track is encoded anew: the sound from what `sound.py` wrote, whose gaps are silence, since players leave gaps out and
everything behind would play too early.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.audio.fifo import AudioFifo
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.filter import Graph
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from interviews.marks import gettext_noop
from interviews.media.errors import MediaError
from interviews.media.opening import opened
from interviews.media.parts import THREADS, Part, Track, decoded, packets, reading
from interviews.media.sound import Sound

_IN_WEBM = frozenset({"vp8", "vp9", "av1", "opus", "vorbis"})
_IN_MP4 = frozenset({"h264", "hevc", "av1", "vp9", "aac", "opus", "mp3"})
_SOUND_GAP = 0.1  # seconds that a player may leave out without anybody seeing it
_SLICE_GAP = 0.5  # so much is missing where a slice was lost, and then the pictures behind cannot all be decoded
_LONGER_SIDE = 1280  # of a picture that is encoded anew
_PICTURES_PER_SECOND = 30
_ENCODED_RATE = 48_000


@dataclass(frozen=True, slots=True)
class Playable:
    path: Path
    mime_type: str
    copied: bool  # every packet as it was recorded


def write_playable(parts: Sequence[Part], sound: Sound | None, sound_file: Path, folder: Path) -> Playable:
    """Writes `folder / "playable"`. `sound` is None where there is none."""
    pictures = {part.video for part in parts if part.video}
    sounds = {part.audio for part in parts if part.audio} if sound else set()
    if not pictures and not sounds:
        raise MediaError(gettext_noop("There is nothing in the recording that can be played."))
    copy_picture = (
        len(pictures) == 1
        and next(iter(pictures)).codec in _IN_WEBM | _IN_MP4
        and (sound is None or _is_whole(sound, _SLICE_GAP))
    )
    copy_sound = len(sounds) == 1 and sound is not None and _is_whole(sound, _SOUND_GAP)
    leading = pictures or sounds
    # What is encoded anew becomes H.264 and AAC in MP4, which every browser plays.
    form = "webm" if len(leading) == 1 and next(iter(leading)).codec in _IN_WEBM else "mp4"
    if pictures and not copy_picture:
        form = "mp4"
    if any(track.codec not in (_IN_WEBM if form == "webm" else _IN_MP4) for track in sounds):
        copy_sound = False
    path = folder / "playable"
    # The index is written last and then moved to the front, by both.
    options = {"cues_to_front": "1"} if form == "webm" else {"movflags": "+faststart"}
    with av.open(str(path), "w", format=form, options=options) as out:
        tracks: list[Iterator[Packet[Any]]] = []
        if pictures:
            tracks.append(_copied(parts, "video", out) if copy_picture else _encoded_picture(parts, out))
        if sounds:
            tracks.append(_copied(parts, "audio", out) if copy_sound else _encoded_sound(sound_file, out, form))
        for packet in heapq.merge(*tracks, key=_time):
            out.mux(packet)
    kind = "video" if pictures else "audio"
    copied = copy_picture == bool(pictures) and copy_sound == bool(sounds)
    return Playable(path, f"{kind}/{form}", copied)


def _is_whole(sound: Sound, gap: float) -> bool:
    """Silence before the first sound and behind the last moves nothing."""
    inside = (length for at, length in sound.silences if at > 0 and at + length < sound.seconds)
    return not sound.repeated and all(length <= gap for length in inside)


def _time(packet: Packet[Any]) -> float:
    return float((packet.dts or 0) * Fraction(packet.time_base))


def _copied(parts: Sequence[Part], kind: str, out: OutputContainer) -> Iterator[Packet[Any]]:
    """Added to `out` at once, read later."""
    with reading(next(part for part in parts if getattr(part, kind)), kind) as (_container, stream):
        if isinstance(stream, AudioStream):
            return _copies(parts, kind, out.add_stream_from_template(stream))
        if isinstance(stream, VideoStream):
            return _copies(parts, kind, out.add_stream_from_template(stream))
    raise MediaError(gettext_noop("The recording changed while it was read."))


def _copies(parts: Sequence[Part], kind: str, target: AudioStream | VideoStream) -> Iterator[Packet[Any]]:
    last = Fraction(-1)
    for part in parts:
        with reading(part, kind) as (container, stream):
            if stream is None:
                continue
            for packet in packets(container, stream):
                if packet.dts is None or packet.pts is None or not packet.size:
                    continue
                base = Fraction(packet.time_base)
                shift = round(part.shift / base)
                packet.dts, packet.pts = packet.dts + shift, packet.pts + shift
                # Pieces that are there twice, or out of order, cannot be muxed.
                if packet.dts * base > last:
                    last = packet.dts * base
                    packet.stream = target
                    yield packet


def _encoded_sound(sound_file: Path, out: OutputContainer, form: str) -> Iterator[Packet[Any]]:
    stream = out.add_stream("libopus" if form == "webm" else "aac", rate=_ENCODED_RATE, layout="mono")
    return _sound_packets(sound_file, stream)


def _sound_packets(sound_file: Path, stream: AudioStream) -> Iterator[Packet[Any]]:
    resampler = AudioResampler(format=stream.format.name, layout="mono", rate=_ENCODED_RATE)
    whole = AudioFifo()  # encoders take frames of one size
    with opened(sound_file) as container:
        for frame in container.decode(container.streams.audio[0]):
            for resampled in resampler.resample(frame):
                whole.write(resampled)
            for piece in whole.read_many(stream.frame_size or 960):
                yield from stream.encode(piece)
    for resampled in resampler.resample(None):
        whole.write(resampled)
    for piece in whole.read_many(stream.frame_size or 960):
        yield from stream.encode(piece)
    yield from stream.encode(whole.read())  # the rest
    yield from stream.encode(None)


def _encoded_picture(parts: Sequence[Part], out: OutputContainer) -> Iterator[Packet[Any]]:
    width, height = next(_size(part.video) for part in parts if part.video)
    stream = out.add_stream("libx264", rate=_PICTURES_PER_SECOND, options={"preset": "veryfast", "crf": "26"})
    stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
    stream.codec_context.thread_count = THREADS
    stream.codec_context.time_base = Fraction(1, 1000)
    return _picture_packets(parts, stream)


def _size(track: Track) -> tuple[int, int]:
    width, height = track.shape
    smaller = max(1, max(width, height) / _LONGER_SIDE)
    return round(width / smaller / 2) * 2, round(height / smaller / 2) * 2


def _picture_packets(parts: Sequence[Part], stream: VideoStream) -> Iterator[Packet[Any]]:
    last = -1
    for part in parts:
        for frame in _frames(part, stream.width, stream.height):
            at = round((Fraction(frame.pts or 0) * Fraction(frame.time_base or 0) + part.shift) * 1000)
            if at > last:
                last = at
                frame.pts, frame.time_base = at, Fraction(1, 1000)
                frame.pict_type = 0
                yield from stream.encode(frame)
    yield from stream.encode(None)


def _frames(part: Part, width: int, height: int) -> Iterable[VideoFrame]:
    """Fitted into the size, with bars where the proportions differ."""
    with reading(part, "video") as (container, stream):
        if not isinstance(stream, VideoStream):
            return
        graph: Graph | None = None
        shape: tuple[int, int, str] | None = None
        for frame in decoded(_without_ruins(packets(container, stream))):
            if not isinstance(frame, VideoFrame) or frame.pts is None:
                continue
            if graph is None or shape != (frame.width, frame.height, frame.format.name):
                shape = (frame.width, frame.height, frame.format.name)
                graph = _fitting(frame, width, height)
            graph.push(frame)
            fitted = graph.pull()
            if isinstance(fitted, VideoFrame):
                yield fitted


def _without_ruins(pictures: Iterable[Packet[Any]]) -> Iterator[Packet[Any]]:
    """Behind a lost slice, what a decoder makes of pictures that build on lost ones was never seen: the last whole one
    stands until the next whole one."""
    last = 0.0
    waits = False
    for packet in pictures:
        at = _time(packet)
        if packet.size:
            waits = (waits or abs(at - last) > _SLICE_GAP) and not packet.is_keyframe
            last = at
        if not waits:
            yield packet


def _fitting(frame: VideoFrame, width: int, height: int) -> Graph:
    graph = Graph()
    source = graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base)
    scale = graph.add("scale", f"{width}:{height}:force_original_aspect_ratio=decrease")
    pad = graph.add("pad", f"{width}:{height}:(ow-iw)/2:(oh-ih)/2")
    form = graph.add("format", "yuv420p")
    sink = graph.add("buffersink")
    graph.link_nodes(source, scale, pad, form, sink)
    graph.configure()
    return graph
