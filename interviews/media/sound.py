"""The sound of a take as a speech recogniser takes it: 16 kHz, mono, signed 16 bit, in a WAV file."""

from __future__ import annotations

import wave
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer

from interviews.media.parts import Part, decoded, packets, reading

RATE = 16_000  # samples per second
BYTES_PER_SECOND = RATE * 2

_GAP_SECONDS = 0.05  # less is the rounding of timestamps
_STEP_BACK_SECONDS = 0.25  # sound that claims to begin so much before what came before it is there twice
_SECOND_OF_SILENCE = bytes(BYTES_PER_SECOND)


@dataclass(slots=True)
class Sound:
    """What was written, in seconds of the whole take. `silences` (begin, length): nothing was there to be decoded."""

    seconds: float = 0.0
    decoded: float = 0.0
    silences: list[tuple[float, float]] = field(default_factory=list)
    repeated: list[float] = field(default_factory=list)  # where sound was left out, since it was there already


def write_sound(parts: Sequence[Part], path: Path) -> Sound:
    """Second `t` of the file is what is said at second `t` of the take: where sound begins late, is lost or cannot be
    decoded, there is silence. It is as long as the take, and has no file where nothing could be decoded."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        writer = _Writer(file)
        for part in parts:
            with reading(part, "audio") as (container, stream):
                if isinstance(stream, AudioStream):
                    writer.read(part, container, stream)
        sound = writer.finished(float(parts[-1].end))
    if not sound.decoded:
        path.unlink()
    return sound


class _Writer:
    def __init__(self, file: wave.Wave_write) -> None:
        self.file = file
        self.sound = Sound()
        self.written = 0  # samples
        self.heard = 0.0  # seconds of the take that the resampler was given; it holds a little back
        self.repeats = False  # what comes now was there already
        self.resampler: AudioResampler | None = None
        self.shape: tuple[int, str, str] | None = None

    def read(self, part: Part, container: InputContainer, stream: AudioStream) -> None:
        shift = float(part.shift)
        self._silence_until(float(part.at))  # each part begins where it should, not where rounding led
        for frame in decoded(packets(container, stream)):
            if isinstance(frame, AudioFrame):
                at = self.heard if frame.time is None else frame.time + shift
                if at < float(part.end) + 1:  # a decoder that reads damaged bytes may name any time
                    self._add(frame, at)

    def finished(self, seconds: float) -> Sound:
        self._silence_until(seconds)
        self.sound.seconds = self.written / RATE
        return self.sound

    def _add(self, frame: AudioFrame, at: float) -> None:
        if at - self.heard > _GAP_SECONDS:
            self._silence_until(at)
        elif self.heard - at > (_GAP_SECONDS if self.repeats else _STEP_BACK_SECONDS):
            if not self.repeats:
                self.sound.repeated.append(self.heard)
            self.repeats = True
            return
        self.repeats = False
        shape = (frame.sample_rate, frame.layout.name, frame.format.name)
        if self.resampler is None or shape != self.shape:
            self._flush()
            self.resampler, self.shape = AudioResampler(format="s16", layout="mono", rate=RATE), shape
        length = frame.samples / frame.sample_rate
        self.heard += length
        self.sound.decoded += length
        frame.pts = None  # the resampler need not know of gaps: they are filled here
        self._write(self.resampler.resample(frame))

    def _silence_until(self, at: float) -> None:
        self._flush()
        missing = round(at * RATE) - self.written
        if missing > _GAP_SECONDS * RATE:
            self.sound.silences.append((self.written / RATE, missing / RATE))
        while missing > 0:
            self.file.writeframesraw(_SECOND_OF_SILENCE[: missing * 2])
            self.written += min(missing, RATE)
            missing -= RATE
        self.heard = max(self.heard, at)

    def _flush(self) -> None:
        if self.resampler is not None:
            self._write(self.resampler.resample(None))
            self.resampler = None

    def _write(self, frames: list[AudioFrame]) -> None:
        for frame in frames:
            self.file.writeframesraw(bytes(frame.planes[0])[: frame.samples * 2])
            self.written += frame.samples
