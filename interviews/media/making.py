"""From what was uploaded to what is played, looked at and listened to; nothing of it is read in this process."""

from __future__ import annotations

import atexit
import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import Timer
from typing import Any

from interviews.marks import gettext_noop
from interviews.media.errors import MediaError, Passing
from interviews.media.limits import CRASHES

logger = logging.getLogger(__name__)

_CHILD = "interviews.media.child"
_PROJECT = Path(__file__).resolve().parents[2]
_idle: list[subprocess.Popen[str]] = []
"""Children that wait for their next request: as many as have been at work at once."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Of the process that reads one take. A second of video takes it about 20 ms, or 80 where it is encoded anew."""

    seconds: int = 12 * 60
    cpu_seconds: int = 10 * 60
    memory_bytes: int = 1 << 30  # of addresses, of which the libraries alone take a third
    file_bytes: int = 1 << 30


@dataclass(slots=True)
class Made:
    """What is in the folder, in seconds of the whole take, its parts one behind the other."""

    seconds: float = 0.0
    has_sound: bool = False  # "sound.wav": 16 kHz, mono, as long as the take
    mime_type: str = ""  # of "playable"; "" where there is none, and `problem` says why
    has_poster: bool = False  # "poster.jpg"
    copied: bool = True  # "playable" holds what was recorded, packet by packet
    joins: list[float] = field(default_factory=list)  # where a further part begins
    unreadable: list[int] = field(default_factory=list)  # numbers of parts, from 1
    silences: list[tuple[float, float]] = field(default_factory=list)  # begin and length, where no sound was left
    repeated: list[float] = field(default_factory=list)  # where sound was there twice or out of order
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Original:
    """One file as it arrived, in as many bytes as count: what stands behind them may be half of something."""

    path: Path
    length: int


def make(originals: Sequence[Original], folder: Path, limits: Limits | None = None) -> Made:
    """Writes into `folder`, which exists, what `Made` then describes; it is on disk for good. Blocks.

    Raises MediaError when nothing can be made of the files, Passing when it is not their fault.
    """
    request = {
        "originals": [[str(it.path.resolve()), it.length] for it in originals],
        "folder": str(folder.resolve()),
        "limits": asdict(limits or Limits()),
    }
    said, ended = _run(json.dumps(request), (limits or Limits()).seconds)
    is_done, is_passing = said.pop("is_done", False), said.pop("is_passing", False)
    made = Made(**said)
    if not is_done and not made.problem:
        made.problem, is_passing = _why(ended)
    if is_passing:
        raise Passing(made.problem)
    if made.problem and not (made.has_sound or made.mime_type):
        raise MediaError(made.problem)
    if not made.mime_type:
        (folder / "playable").unlink(missing_ok=True)  # half of one
    elif not made.has_poster:
        made.problem = ""  # only the still picture is missing
        (folder / "poster.jpg").unlink(missing_ok=True)
    _sync(folder)
    return made


def _run(request: str, seconds: int) -> tuple[dict[str, Any], int]:
    """All that was said of one request, and how its process ended: negative, the number of a signal."""
    said: dict[str, Any] = {}
    try:
        child = _child()
    except OSError as error:
        raise Passing(gettext_noop("No process could be started to read the recording.")) from error
    assert child.stdin and child.stdout  # noqa: S101 - for the type checker
    late = Timer(seconds + 10, _kill, [child])
    late.start()
    try:
        child.stdin.write(request + "\n")
        child.stdin.flush()
        for line in child.stdout:
            said |= json.loads(line)
            if "ended" in said:
                break
    except BrokenPipeError:
        pass  # it ended before it was asked
    finally:
        late.cancel()
    if "ended" in said:
        _idle.append(child)
    else:
        _end(child)
    ended = int(said.pop("ended", child.returncode))
    if "fault" in said:
        logger.error("media child failed: %s", said.pop("fault"))
    return said, ended


def _child() -> subprocess.Popen[str]:
    while _idle:
        child = _idle.pop()
        if child.poll() is None:
            return child
        _end(child)
    return subprocess.Popen(  # noqa: S603 - our own interpreter and module
        [sys.executable, "-m", _CHILD],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=_PROJECT,
        env={},  # it needs none, and no key is in the memory of a process that reads a stranger's file
        start_new_session=True,  # Ctrl-C is for the server, which hands back what it had begun
    )


def _kill(child: subprocess.Popen[str]) -> None:
    """With its fork, which holds the other end of what we listen to."""
    if hasattr(os, "killpg"):
        os.killpg(child.pid, signal.SIGKILL)
    else:
        child.kill()


def _end(child: subprocess.Popen[str]) -> None:
    with child:  # closes what it listens to, by which it ends
        pass


@atexit.register
def _end_idle() -> None:
    while _idle:
        _end(_idle.pop())


def _why(ended: int) -> tuple[str, bool]:
    """In words, and whether it may pass, for a process that ended without a word."""
    name = signal.Signals(-ended).name if ended < 0 else ""
    if name == "SIGXCPU":
        return gettext_noop("Reading it takes more computing than one recording may."), False
    if name in CRASHES:
        return gettext_noop("It is damaged, or made, so that the program that reads it breaks."), False
    if name == "SIGALRM":
        return gettext_noop("Reading the recording took too long."), True
    return gettext_noop("The process that read the recording was ended."), True


def _sync(folder: Path) -> None:
    for path in [*folder.iterdir(), folder]:
        if path is folder and not hasattr(os, "O_DIRECTORY"):
            continue  # Windows has no such call and needs none
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
