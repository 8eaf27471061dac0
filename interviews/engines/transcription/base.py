"""What a transcription engine takes and gives."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from interviews.engines.keeping import Keep


@dataclass(frozen=True, slots=True)
class Word:
    text: str  # as written, with the engine's punctuation where it has any
    start: float  # seconds from the start of the recording
    end: float
    confidence: float | None  # 0 to 1; None where the engine has no honest figure


@dataclass(frozen=True, slots=True)
class Transcription:
    """`words` is empty when nobody spoke: that is an answer, not an error."""

    words: tuple[Word, ...]
    language: str  # BCP 47, "en" for example
    model: str  # the engine's own name of what was used


class Transcriber(Protocol):
    name: str  # stable identifier, stored beside every transcript: "deepgram", "local"
    label: str  # what people read beside a transcript
    draft: bool  # True: rough, to be shown as such
    model: str

    def transcribe(self, sound: Path, keep: Keep) -> Transcription:
        """`sound`: a WAV file, 16 kHz, mono, 16 bit. Blocks until the words are there.

        Raises `interviews.engines.errors.EngineError`. An engine that is paid for gives every reply to
        `keep` before it reads it.
        """
        ...

    def check(self) -> None:
        """Asks whether the engine can be used: its key is accepted. Costs nothing. Raises EngineError."""
        ...

    def read(self, reply: str) -> Transcription:
        """What a kept reply says, without another call. Raises UnusableOutput."""
        ...
