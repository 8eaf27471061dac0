"""A process of its own, with limits, in which a stranger's files are read: what breaks here breaks nothing else.

    python -m interviews.media.child

Reads requests from stdin, one JSON object a line: {"originals": [[path, bytes], ...], "folder": ..., "limits": {...}}.
It forks for each, since to load FFmpeg's libraries costs more than to read a short recording; the fork alone touches
files, under limits of its own. The fork writes "sound.wav", "playable" and "poster.jpg" into the folder, and says on
stdout what is ready, one JSON object per line, so that what was done before a limit struck is not lost; `making.Made`
says what the fields mean. Last comes {"ended": its exit status, or a signal's number, negative}.
Where no process can fork (Windows), one request is read, and the process ends after it.
"""

from __future__ import annotations

import errno
import json
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import Any

import av

from interviews.marks import gettext_noop
from interviews.media.errors import OF_THE_MACHINE, MediaError
from interviews.media.limits import limit
from interviews.media.parts import Part, survey
from interviews.media.playable import write_playable
from interviews.media.poster import write_poster
from interviews.media.sound import Sound, write_sound

_SILENCE_WORTH_SAYING = 0.5  # seconds
_SAID_AT_MOST = 20  # of each: a hostile file could fill a page


def main(originals: list[tuple[Path, int]], folder: Path) -> None:
    try:
        parts, unreadable = survey(originals)
        _say(
            seconds=float(parts[-1].end),
            joins=[float(part.at) for part in parts[1:]],
            unreadable=unreadable,
        )
        sound = write_sound(parts, folder / "sound.wav")
        _say(
            has_sound=sound.decoded > 0,
            silences=[span for span in sound.silences if span[1] > _SILENCE_WORTH_SAYING][:_SAID_AT_MOST],
            repeated=sound.repeated[:_SAID_AT_MOST],
        )
        _make_playable(parts, sound, folder)
    except (MediaError, OSError, MemoryError, av.FFmpegError, ValueError, TypeError, ArithmeticError) as error:
        _say(**_classed(error))
    else:
        _say(is_done=True)


def _make_playable(parts: list[Part], sound: Sound, folder: Path) -> None:
    made = write_playable(parts, sound if sound.decoded else None, folder / "sound.wav", folder)
    _say(mime_type=made.mime_type, copied=made.copied)
    _say(has_poster=write_poster(made.path, folder / "poster.jpg"))


def _classed(error: Exception) -> dict[str, Any]:
    """`is_passing`: whether the same files may be read another time."""
    if isinstance(error, MediaError):
        return {"problem": error.message, "is_passing": False}
    number = getattr(error, "errno", None)
    if number in OF_THE_MACHINE:
        return {"problem": f"This machine could not read or store it ({os.strerror(number)}).", "is_passing": True}
    if isinstance(error, MemoryError) or number == errno.ENOMEM:
        return {"problem": gettext_noop("It needs more memory than one recording may."), "is_passing": False}
    if number == errno.EFBIG:
        return {"problem": gettext_noop("What it unpacks to is larger than one recording may be."), "is_passing": False}
    return {
        "problem": gettext_noop("Its picture or sound is damaged, or too large to be worked with."),
        "is_passing": False,
    }


def _say(**fields: Any) -> None:
    sys.stdout.write(json.dumps(fields) + "\n")
    sys.stdout.flush()


def _serve() -> None:
    """Until stdin ends: with whoever started us, however that ended."""
    for line in sys.stdin:
        if not hasattr(os, "fork"):
            _read(line)
            return
        fork = os.fork()
        if not fork:
            os.close(sys.stdin.fileno())  # further requests are not for it
            os._exit(_read(line))
        _say(ended=os.waitstatus_to_exitcode(os.waitpid(fork, 0)[1]))


def _read(line: str) -> int:
    try:
        asked = json.loads(line)
        seconds = asked["limits"].pop("seconds")
        limit(**asked["limits"])
        if sys.platform != "win32":
            signal.alarm(seconds)  # holds even when whoever started us is gone
        main([(Path(path), length) for path, length in asked["originals"]], Path(asked["folder"]))
    except Exception as error:  # noqa: BLE001 - a fault of ours, for the log of whoever asked
        where = "".join(traceback.format_tb(error.__traceback__))  # its message may quote the file
        _say(fault=f"{where[-2000:]}{type(error).__name__}")
        return 1
    return 0


if __name__ == "__main__":
    _serve()
