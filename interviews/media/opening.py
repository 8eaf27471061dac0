"""How this room opens a file that a stranger sent."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
from av.container import InputContainer

from interviews.media.errors import MediaError

OPTIONS = {
    # Playlists and "concat" scripts make FFmpeg read other files and addresses.
    "format_whitelist": "matroska,webm,mov,mp4,m4a,wav",
    "protocol_whitelist": "file",
}


@contextmanager
def opened(media: Path) -> Iterator[InputContainer]:
    """The file as a container whose streams are known.

    Raises MediaError when it is empty or no recording, and FileNotFoundError when there is no such file.
    """
    if not media.stat().st_size:
        raise MediaError("The recording is empty.")
    try:
        container = av.open(str(media.resolve()), options=OPTIONS)
    except (av.FFmpegError, ValueError) as error:
        raise MediaError("The file is not a video or audio recording, or its beginning is missing.") from error
    with container:
        yield container
