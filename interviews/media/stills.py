"""One picture as a file of its own."""

from __future__ import annotations

from fractions import Fraction

import av
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame


def encoded(frame: VideoFrame, codec: str, pixels: str, smaller: float) -> bytes:
    """By the codec of that name, in that format of pixels. Each side is divided by `smaller`, where that is above 1."""
    encoder = av.CodecContext.create(codec, "w")
    if not isinstance(encoder, VideoCodecContext):
        raise TypeError(f"{codec} encodes no pictures")
    by = max(1, smaller)
    encoder.width, encoder.height = max(1, round(frame.width / by)), max(1, round(frame.height / by))
    encoder.pix_fmt, encoder.time_base = pixels, Fraction(1, 25)
    small = frame.reformat(encoder.width, encoder.height, pixels)
    small.pts = 0
    return b"".join(bytes(packet) for packet in [*encoder.encode(small), *encoder.encode(None)])
