"""A logo, made anew from its picture: nothing of the file that somebody sent is kept but what is seen."""

from __future__ import annotations

import av
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from interviews.media.errors import MediaError
from interviews.media.stills import encoded

WIDEST, HIGHEST = 480, 128
BYTES_AT_MOST = 1024 * 1024
PIXELS_AT_MOST = 4_000_000
_SIGNATURES = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "mjpeg"}


def logo_from(data: bytes) -> bytes:
    """A PNG of at most WIDEST by HIGHEST pixels. Raises MediaError: only PNG and JPEG are taken."""
    if len(data) > BYTES_AT_MOST:
        raise MediaError("The picture is larger than 1 MB.")
    codec = next((name for signature, name in _SIGNATURES.items() if data.startswith(signature)), None)
    if codec is None:
        raise MediaError("The picture is neither a PNG nor a JPEG.")
    try:
        picture = _decoded(data, codec)
    except (av.FFmpegError, ValueError, MemoryError):
        picture = None
    if picture is None:
        raise MediaError("The picture is damaged, or has too many pixels.")
    return encoded(picture, "png", "rgba", max(picture.width / WIDEST, picture.height / HIGHEST))


def _decoded(data: bytes, codec: str) -> VideoFrame | None:
    decoder = av.CodecContext.create(codec, "r")
    decoder.options = {"max_pixels": str(PIXELS_AT_MOST)}
    decoder.thread_count = 1
    if not isinstance(decoder, VideoCodecContext):
        raise TypeError("pictures are decoded as video")
    frames = [*decoder.decode(av.Packet(data)), *decoder.decode(None)]
    return next(iter(frames), None)
