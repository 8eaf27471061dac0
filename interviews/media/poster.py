"""A still picture of a recording, small enough to stand on a page before anybody presses play."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from av.video.frame import VideoFrame

from interviews.media.opening import opened
from interviews.media.parts import THREADS, decoded, first, packets
from interviews.media.stills import encoded

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
    path.write_bytes(encoded(chosen, "mjpeg", "yuvj420p", max(chosen.width, chosen.height) / _LONGER_SIDE))
    return True
