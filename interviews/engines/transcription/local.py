"""Transcription without any provider: pocketsphinx and the English model in its wheel."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import wave
from pathlib import Path
from threading import BoundedSemaphore

from interviews.engines.catalogue import TRANSCRIBERS
from interviews.engines.errors import FaultKind, RetryLater, UnusableOutput
from interviews.engines.keeping import Keep
from interviews.engines.transcription import recognition
from interviews.engines.transcription.base import Transcription, Word
from interviews.engines.transcription.withheld import withhold
from interviews.marks import gettext_noop

_PROJECT = Path(recognition.__file__).resolve().parents[3]
_AT_ONCE = BoundedSemaphore(os.cpu_count() or 1)  # recognising is all computing: more at once would only be slower
_BYTES_PER_SECOND = recognition.RATE * 2


class Local:
    """Rough English drafts. One child process per recording, gone when the words are there.

    `time_limit`: seconds that a recording may take; by default a minute and twelve times its own length
    (measured: .1 to .3 times in quiet rooms, nearly 1 in loud ones, on two slow cores).
    """

    name = "local"
    label = TRANSCRIBERS["local"].label
    draft = True
    model = "pocketsphinx en-us"

    def __init__(self, *, time_limit: float | None = None) -> None:
        self._time_limit = time_limit

    def transcribe(self, sound: Path, keep: Keep) -> Transcription:
        """Words in lower case, unpunctuated. No confidence: the recogniser's own means too little."""
        try:
            with wave.open(str(sound)) as file:
                pcm = file.readframes(file.getnframes())
        except (OSError, EOFError, wave.Error) as error:
            raise RetryLater(
                gettext_noop("The sound of the recording could not be opened"), fault=FaultKind.SOUND
            ) from error
        words = tuple(
            Word(text=_written(word), start=start, end=end, confidence=None)
            for word, start, end in self._recognised(pcm)
        )
        return Transcription(words=words, language="en", model=self.model)

    def check(self) -> None:
        pass  # it came with the product

    def read(self, reply: str) -> Transcription:
        raise UnusableOutput(gettext_noop("Nothing is paid for on this machine, so nothing was kept"))

    def _recognised(self, pcm: bytes) -> list[tuple[str, float, float]]:
        limit = self._time_limit
        if limit is None:
            limit = 60 + 12 * len(pcm) / _BYTES_PER_SECOND
        try:
            with _AT_ONCE:
                child = subprocess.run(  # noqa: S603 - our own interpreter and module, nothing from outside
                    [sys.executable, "-m", recognition.__name__],
                    input=pcm,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    cwd=_PROJECT,
                    timeout=limit,
                    check=True,
                    start_new_session=True,  # Ctrl-C is for the server, which hands back what it had begun
                )
        except subprocess.TimeoutExpired as error:
            raise RetryLater(
                gettext_noop("The speech recogniser on this machine took too long"), fault=FaultKind.OURS
            ) from error
        except (subprocess.CalledProcessError, OSError) as error:
            raise RetryLater(
                gettext_noop("The speech recogniser on this machine stopped unexpectedly"), fault=FaultKind.OURS
            ) from error
        words: list[tuple[str, float, float]] = json.loads(child.stdout)
        return [(word, start, end) for word, start, end in words if math.isfinite(start + end)]


def _written(word: str) -> str:
    return "I" + word[1:] if word == "i" or word.startswith("i'") else withhold(word)
