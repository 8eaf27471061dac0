"""How this room opens a file that a stranger sent."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
from av.container import InputContainer

from interviews.marks import gettext_noop
from interviews.media.errors import MediaError

OPTIONS = {
    # Playlists and "concat" scripts make FFmpeg read other files and addresses.
    "format_whitelist": "matroska,webm,mov,mp4,m4a,wav",
    "protocol_whitelist": "file,subfile",
}


@contextmanager
def opened(media: Path, length: int | None = None) -> Iterator[InputContainer]:
    """The file, or its first `length` bytes, as a container whose streams are known.

    Raises MediaError when it is empty or no recording, and FileNotFoundError when there is no such file.
    """
    size = media.stat().st_size
    if not size or length == 0:
        raise MediaError(gettext_noop("The recording is empty."))
    name = str(media.resolve())
    if length is not None and length < size:
        name = f"subfile,,start,0,end,{length},,:{name}"
    try:
        container = av.open(name, options=OPTIONS)
    except (av.FFmpegError, ValueError) as error:
        raise MediaError(
            gettext_noop("The file is not a video or audio recording, or its beginning is missing.")
        ) from error
    with container:
        yield container
