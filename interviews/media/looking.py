"""What the server itself asks of strangers' files, without opening one in its own process: see `looker`.

The process is kept, since starting one costs more than most files; it has no key in its memory, and limits.
"""

from __future__ import annotations

import atexit
import base64
import json
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from threading import Lock, Timer
from typing import Any

from interviews.marks import gettext_noop
from interviews.media.errors import MediaError, Passing
from interviews.media.limits import CRASHES
from interviews.media.probe import Probe

SECONDS = 20
MEMORY_BYTES = 512 << 20  # of addresses, of which the libraries alone take a quarter
FILES_AT_MOST = 1000
"""Then another takes its place: what libraries leave behind does not add up."""
_KEPT = 2
_MODULE = "interviews.media.looker"
_PROJECT = Path(__file__).resolve().parents[2]


def probe(media: Path) -> Probe:
    """As `interviews.media.probe`. Raises MediaError, and Passing where it is not the file's fault."""
    return Probe(**_asked({"probe": str(media.resolve())})["probe"])


def logo_from(data: bytes) -> bytes:
    """As `interviews.media.logo`. Raises MediaError."""
    return base64.b64decode(_asked({"logo": base64.b64encode(data).decode()})["logo"])


class _Looker:
    def __init__(self) -> None:
        told = json.dumps({"memory_bytes": MEMORY_BYTES, "seconds": SECONDS})
        self.asked = 0
        self.child = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-B", "-m", _MODULE, told],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=_PROJECT,
            env={},
            start_new_session=True,  # Ctrl-C is for the server; this ends with its input
            text=True,
        )

    def ask(self, line: str) -> str:
        """Blank where it ended without a word."""
        self.asked += 1
        assert self.child.stdin is not None and self.child.stdout is not None  # noqa: S101 - both are pipes
        watch = Timer(SECONDS + 5, self.child.kill)
        watch.start()
        try:
            self.child.stdin.write(f"{line}\n")
            self.child.stdin.flush()
            return self.child.stdout.readline()
        except OSError:
            return ""
        finally:
            watch.cancel()

    def end(self) -> int:
        """How it ended: negative, the number of a signal."""
        assert self.child.stdin is not None and self.child.stdout is not None  # noqa: S101 - both are pipes
        with suppress(OSError):
            self.child.stdin.close()
        try:
            return self.child.wait(2)
        except subprocess.TimeoutExpired:
            self.child.kill()
            return self.child.wait()
        finally:
            self.child.stdout.close()


_idle: list[_Looker] = []
_lock = Lock()


def _asked(request: dict[str, str]) -> dict[str, Any]:
    with _lock:
        looker = _idle.pop() if _idle else None
    line = json.dumps(request)
    said = looker.ask(line) if looker else ""
    if not said:  # or it had ended while it waited
        if looker:
            looker.end()
        try:
            looker = _Looker()
        except OSError as error:
            raise Passing(gettext_noop("No process could be started to look into the file.")) from error
        said = looker.ask(line)
    assert looker is not None  # noqa: S101 - it answered, or was made just now
    if not said:
        raise _why(looker.end())
    with _lock:
        is_kept = len(_idle) < _KEPT and looker.asked < FILES_AT_MOST
        if is_kept:
            _idle.append(looker)
    if not is_kept:
        looker.end()
    answer: dict[str, Any] = json.loads(said)
    if "passing" in answer:
        raise Passing(answer["passing"])
    if "problem" in answer:
        raise MediaError(answer["problem"])
    return answer


def _why(ended: int) -> MediaError:
    if ended < 0 and signal.Signals(-ended).name in CRASHES:
        return MediaError(gettext_noop("It is damaged, or made, so that the program that reads it breaks."))
    return Passing(gettext_noop("The process that looked into the file was ended."))


@atexit.register
def _end_all() -> None:
    while _idle:
        _idle.pop().end()
