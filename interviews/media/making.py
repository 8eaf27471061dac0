"""From what was uploaded to what is played, looked at and listened to; nothing of it is read in this process."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

from interviews.media.errors import MediaError, Passing
from interviews.media.limits import CRASHES

logger = logging.getLogger(__name__)

_CHILD = "interviews.media.child"
_PROJECT = Path(__file__).resolve().parents[2]
_AT_ONCE = BoundedSemaphore(os.cpu_count() or 1)  # it is all computing: more at once would only be slower


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
    with _AT_ONCE:
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
    """All that it said, and how it ended: negative, the number of a signal."""
    try:
        ran = subprocess.run(  # noqa: S603 - our own interpreter and module; the paths are made of ids
            [sys.executable, "-m", _CHILD, request],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            cwd=_PROJECT,
            env={},  # it needs none, and no key is in the memory of a process that reads a stranger's file
            timeout=seconds + 10,
            start_new_session=True,  # Ctrl-C is for the server, which hands back what it had begun
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Passing("Reading the recording took too long.") from error
    except OSError as error:
        raise Passing("No process could be started to read the recording.") from error
    if ran.returncode > 0:
        logger.error("media child failed: %s", ran.stderr.decode(errors="replace")[-2000:])
    said: dict[str, Any] = {}
    for line in ran.stdout.decode().splitlines():
        said |= json.loads(line)
    return said, ran.returncode


def _why(ended: int) -> tuple[str, bool]:
    """In words, and whether it may pass, for a process that ended without a word."""
    name = signal.Signals(-ended).name if ended < 0 else ""
    if name == "SIGXCPU":
        return "Reading it takes more computing than one recording may.", False
    if name in CRASHES:
        return "It is damaged, or made, so that the program that reads it breaks.", False
    if name == "SIGALRM":
        return "Reading the recording took too long.", True
    return "The process that read the recording was ended.", True


def _sync(folder: Path) -> None:
    for path in [*folder.iterdir(), folder]:
        if path is folder and not hasattr(os, "O_DIRECTORY"):
            continue  # Windows has no such call and needs none
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
