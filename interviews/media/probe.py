"""What a recording is, without decoding it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import av
from av.container import InputContainer

from interviews.media.opening import opened


@dataclass(frozen=True, slots=True)
class Probe:
    seconds: float | None  # None when neither the header nor any packet says
    audio: bool
    video: bool
    container: str  # FFmpeg's name: "matroska,webm" or "mov,mp4,m4a,3gp,3g2,mj2" for what browsers record


def probe(media: Path) -> Probe:
    """Facts from the header. Where it has no length (MediaRecorder), the packets are read too, none decoded.

    Raises MediaError for an empty file and for what is not a recording.
    """
    with opened(media) as container:
        in_header = container.duration or 0
        return Probe(
            seconds=in_header / av.time_base if in_header > 0 else _last_packet_end(container),
            audio=bool(container.streams.audio),
            video=bool(container.streams.video),
            container=container.format.name,
        )


def _last_packet_end(container: InputContainer) -> float | None:
    end: float | None = None
    try:
        for packet in container.demux():
            if packet.pts is not None and packet.time_base is not None:
                packet_end = float((packet.pts + (packet.duration or 0)) * packet.time_base)
                end = max(end or 0.0, packet_end)
    except av.FFmpegError:
        pass  # the file ends in the middle of a packet: what came before counts
    if end is None:
        return None
    return max(0.0, end - max(0, container.start_time or 0) / av.time_base)
