"""A still picture of a recording, small enough to stand on a page before anybody presses play."""

from __future__ import annotations

from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from interviews.media.opening import opened
from interviews.media.parts import THREADS, decoded, first, packets

_AT_SECOND = 1.0  # cameras begin dark
_LONGER_SIDE = 480
_TRIED = 600  # pictures


def write_poster(media: Path, path: Path) -> bool:
    """A JPEG of the first picture from second 1 on, or the last before it. Whether there was one."""
    chosen: VideoFrame | None = None
    with opened(media) as container:
        stream = first(container, "video")
        if stream is None:
            return False
        stream.codec_context.thread_count = THREADS
        for frame in islice(decoded(packets(container, stream)), _TRIED):
            if isinstance(frame, VideoFrame):
                chosen = frame
                if (frame.time or 0) >= _AT_SECOND:
                    break
    if chosen is None:
        return False
    path.write_bytes(_jpeg(chosen))
    return True


def _jpeg(frame: VideoFrame) -> bytes:
    smaller = max(1, max(frame.width, frame.height) / _LONGER_SIDE)
    encoder = av.CodecContext.create("mjpeg", "w")
    if not isinstance(encoder, VideoCodecContext):
        raise TypeError("mjpeg encodes pictures")
    encoder.width, encoder.height = max(1, round(frame.width / smaller)), max(1, round(frame.height / smaller))
    encoder.pix_fmt, encoder.time_base = "yuvj420p", Fraction(1, 25)
    small = frame.reformat(encoder.width, encoder.height, "yuvj420p")
    small.pts = 0
    return b"".join(bytes(packet) for packet in [*encoder.encode(small), *encoder.encode(None)])
