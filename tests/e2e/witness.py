"""What a browser's recorder really gave, written down beside the product's own code, and what of it the server has."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext

from tests.e2e.camera import frames, heard_seconds, shown_seconds

_WATCH = """
(() => {
  const Native = window.MediaRecorder;
  if (!Native || !window.witnessed) return;
  window.MediaRecorder = class extends Native {
    constructor(stream, options) {
      super(stream, options);
      const recording = crypto.randomUUID();
      let index = 0;
      const tell = (what, more) => window.witnessed({ recording, what, at: Date.now() / 1000, ...more });
      this.addEventListener("start", () => tell("start", { type: this.mimeType }));
      this.addEventListener("stop", () => tell("stop", {}));
      this.addEventListener("dataavailable", async ({ data }) => {
        if (!data.size) return;
        const number = index++;
        const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", await data.arrayBuffer()));
        const sha256 = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
        tell("slice", { number, size: data.size, sha256 });
      });
    }
  };
})();
"""


@dataclass
class Recording:
    """One unbroken recording. Times are seconds since 1970; `ended_at` is the stop, or the kill."""

    started_at: float
    type: str
    ended_at: float | None = None
    slices: dict[int, tuple[int, str]] = field(default_factory=dict)  # number: size and SHA-256

    @property
    def seconds(self) -> float:
        assert self.ended_at is not None
        return self.ended_at - self.started_at


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the server has of one recording. `matches`: its bytes are the recorder's, from the first on."""

    recorded_seconds: float
    kept_seconds: float
    matches: bool
    has_all_slices: bool

    @property
    def lost_seconds(self) -> float:
        return max(0.0, self.recorded_seconds - self.kept_seconds)


class Witness:
    """Watches all recorders of one browser, over its lives."""

    def __init__(self) -> None:
        self.recordings: dict[str, Recording] = {}

    def watch(self, context: BrowserContext) -> None:
        context.expose_function("witnessed", self._told)
        context.add_init_script(_WATCH)

    def killed(self, at: float) -> None:
        for recording in self.recordings.values():
            recording.ended_at = recording.ended_at or at

    def verdict(self, recording: Recording, segments: Iterable[Path]) -> Verdict:
        """`segments`: files of the server's, among which this recording's is found by its first slice."""
        if not recording.slices:
            return Verdict(recording.seconds, 0, matches=True, has_all_slices=False)
        first_size, first_digest = recording.slices[0]
        for path in segments:
            content = path.read_bytes()
            if hashlib.sha256(content[:first_size]).hexdigest() != first_digest:
                continue
            offset = count = 0
            for number in sorted(recording.slices):
                size, digest = recording.slices[number]
                if number != count or offset + size > len(content):
                    break
                if hashlib.sha256(content[offset : offset + size]).hexdigest() != digest:
                    return Verdict(recording.seconds, 0, matches=False, has_all_slices=False)
                offset, count = offset + size, count + 1
            kept = heard_seconds(path) if recording.type.startswith("audio/") else shown_seconds(list(frames(path)))
            return Verdict(recording.seconds, kept, matches=True, has_all_slices=count == len(recording.slices))
        return Verdict(recording.seconds, 0, matches=True, has_all_slices=False)

    def _told(self, told: dict[str, Any]) -> None:
        if told["what"] == "start":
            self.recordings[told["recording"]] = Recording(told["at"], told["type"])
            return
        recording = self.recordings[told["recording"]]
        if told["what"] == "stop":
            recording.ended_at = told["at"]
        else:
            recording.slices[told["number"]] = (told["size"], told["sha256"])
