"""Sound as a speech recogniser takes it."""

from __future__ import annotations

from pathlib import Path

import av
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler

from interviews.media.errors import MediaError
from interviews.media.opening import opened

RATE = 16_000
BYTES_PER_SECOND = RATE * 2
MAX_SECONDS = 20 * 60

_GAP_SECONDS = 0.05  # less is the rounding of timestamps


def pcm16k(media: Path) -> bytes:
    """The first audio track: 16 kHz, mono, signed 16 bit little endian, no header.

    Byte `32000 * t` is what a player plays at second `t`: where sound starts late, or packets are missing or
    cannot be decoded, there is silence. A file that was cut short gives what it has.

    Raises MediaError when there is no sound, none of it can be decoded, or it is longer than MAX_SECONDS.
    """
    track = _Track()
    with opened(media) as container:
        if not container.streams.audio:
            raise MediaError("The recording has no sound.")
        start = max(0.0, (container.start_time or 0) / av.time_base)
        try:
            for packet in container.demux(container.streams.audio[0]):
                try:
                    frames = packet.decode()
                except av.FFmpegError:
                    continue
                for frame in frames:
                    if isinstance(frame, AudioFrame):
                        track.add(frame, start)
        except av.FFmpegError:
            pass  # the file ends in the middle of something
    return track.finished()


class _Track:
    def __init__(self) -> None:
        self.sound = bytearray()
        self.seconds = 0.0  # handed to the resampler so far, which holds a little of it back
        self.resampler: AudioResampler | None = None
        self.shape: tuple[int, str, str] | None = None

    def add(self, frame: AudioFrame, start: float) -> None:
        at = self.seconds if frame.time is None else frame.time - start
        if at > MAX_SECONDS or self.seconds > MAX_SECONDS:
            raise MediaError(f"The recording is longer than {MAX_SECONDS // 60} minutes.")
        if at - self.seconds > _GAP_SECONDS:
            self._flush()
            self.sound.extend(bytes(max(0, round(at * RATE) * 2 - len(self.sound))))
            self.seconds = at
        shape = (frame.sample_rate, frame.layout.name, frame.format.name)
        if self.resampler is None or shape != self.shape:
            self._flush()
            self.resampler, self.shape = AudioResampler(format="s16", layout="mono", rate=RATE), shape
        self.seconds += frame.samples / frame.sample_rate
        frame.pts = None  # the resampler need not know of gaps: they are filled here
        self._take(self.resampler.resample(frame))

    def finished(self) -> bytes:
        self._flush()
        if not self.sound:
            raise MediaError("The sound of the recording cannot be decoded.")
        return bytes(self.sound)

    def _flush(self) -> None:
        if self.resampler is not None:
            self._take(self.resampler.resample(None))
            self.resampler = None

    def _take(self, frames: list[AudioFrame]) -> None:
        for frame in frames:
            self.sound.extend(bytes(frame.planes[0])[: frame.samples * 2])
