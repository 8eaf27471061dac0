"""Makes the demo's recordings and writes down what the built-in recogniser hears in them.

    python -m interviews.demo.make

Reads `demo.json`, speaks every `script` with flite, draws a calm figure whose mouth follows the sound, and encodes
both with ffmpeg to `<slug>/<number>.webm` beside it. Then fills in, per answer, `video`, `sha256`, `seconds` and
`words`. Only for whoever changes the texts: the results are in the repository, and neither installing nor running the
product needs flite, ffmpeg or this file. Nobody in the recordings exists; the voices are flite's.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import shutil
import subprocess
import sys
import tempfile
import wave
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from interviews.demo.figure import FRAME_RATE, HEIGHT, WIDTH, Figure
from interviews.engines.transcription.local import Local
from interviews.media.making import Original, make
from interviews.media.probe import probe

HERE = Path(__file__).resolve().parent
DESCRIPTION = HERE / "demo.json"

RATE = 16_000  # samples per second; flite's rms, slt and kal16 all speak at this rate
PAUSE_SECONDS = 0.3  # between sentences, besides what flite leaves itself
ENDS_SECONDS = 0.4  # of silence before the first word and after the last


def main() -> None:
    flite, ffmpeg = _program("flite"), _program("ffmpeg")
    demo = json.loads(DESCRIPTION.read_text(encoding="utf-8"))
    recogniser = Local()
    for index, applicant in enumerate(demo["applicants"]):
        for number, answer in enumerate(applicant["answers"], start=1):
            video = HERE / applicant["slug"] / f"{number}.webm"
            video.parent.mkdir(exist_ok=True)
            _record(flite, ffmpeg, applicant, answer["script"], Figure.number(index), video)
            with tempfile.TemporaryDirectory() as folder:
                make([Original(video, video.stat().st_size)], Path(folder))
                heard = recogniser.transcribe(Path(folder) / "sound.wav", lambda piece: None)
            answer["video"] = video.relative_to(HERE).as_posix()
            answer["sha256"] = hashlib.sha256(video.read_bytes()).hexdigest()
            answer["seconds"] = probe(video).seconds
            answer["words"] = [
                {"text": word.text, "start": round(word.start, 2), "end": round(word.end, 2)} for word in heard.words
            ]
            demo["transcription"] = {"engine": Local.name, "model": heard.model, "language": heard.language}
            sys.stdout.write(f"{answer['video']}: {' '.join(word.text for word in heard.words)}\n")
    DESCRIPTION.write_text(_as_json(demo), encoding="utf-8")


def _program(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        sys.exit(f"{name} is needed and was not found; on Debian: apt-get install {name}")
    return path


def _record(flite: str, ffmpeg: str, applicant: dict[str, Any], script: str, figure: Figure, video: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        sound = Path(folder) / "sound.wav"
        samples = _spoken(flite, applicant["voice"], script, Path(folder))
        with wave.open(str(sound), "wb") as file:
            file.setparams((1, 2, RATE, 0, "NONE", ""))
            file.writeframes(samples.tobytes())
        caption = f"drawtext=font=Sans:text='{applicant['name']}':x=(w-tw)/2:y=h-34:fontsize=16:fontcolor=white"
        small = "drawtext=font=Sans:text='demo - synthetic voice':x=(w-tw)/2:y=h-15:fontsize=9:fontcolor=white@0.7"
        picture = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{WIDTH}x{HEIGHT}", "-r", str(FRAME_RATE), "-i", "-"]
        rate = ["-b:v", "36k", "-maxrate", "120k", "-bufsize", "200k"]
        vp8 = ["-c:v", "libvpx", *rate, "-deadline", "best", "-g", str(FRAME_RATE), "-threads", "1"]
        opus = ["-c:a", "libopus", "-b:a", "24k", "-application", "voip"]
        plain = ["-fflags", "+bitexact", "-flags", "+bitexact"]  # the same file each time
        filters = f"scale=320:240:flags=area,{caption},{small}"
        subprocess.run(  # noqa: S603 - a program that was looked up, with arguments from this file
            [ffmpeg, "-v", "error", "-y", *picture, "-i", str(sound), "-vf", filters, *vp8, *opus, *plain, str(video)],
            input=b"".join(figure.frame(i, loudness) for i, loudness in enumerate(_loudness(samples))),
            check=True,
        )


def _spoken(flite: str, voice: str, script: str, folder: Path) -> array[int]:
    """Sentence by sentence: flite's own pauses are too short to think in, or to recognise by."""
    samples = array("h", bytes(2 * round(ENDS_SECONDS * RATE)))
    for number, sentence in enumerate(re.split(r"(?<=\.)\s+", script)):
        if number:
            samples.extend(array("h", bytes(2 * round(PAUSE_SECONDS * RATE))))
        part = folder / "sentence.wav"
        subprocess.run([flite, "-voice", voice, "-t", sentence, "-o", str(part)], check=True)  # noqa: S603 - our own script, no shell
        with wave.open(str(part)) as file:
            samples.frombytes(file.readframes(file.getnframes()))
    samples.extend(array("h", bytes(2 * round(ENDS_SECONDS * RATE))))
    return samples


def _loudness(samples: array[int]) -> Iterator[float]:
    """Per picture, 0 to 1."""
    step = RATE // FRAME_RATE
    for start in range(0, len(samples), step):
        part = samples[start : start + step]
        yield min(1.0, math.sqrt(sum(sample * sample for sample in part) / len(part)) / 5000)


def _as_json(demo: dict[str, Any]) -> str:
    """Indented, but one line per word."""
    word = re.compile(r'\{\s+("text": .+?),\s+("start": .+?),\s+("end": .+?)\s+\}')
    return word.sub(r"{\1, \2, \3}", json.dumps(demo, indent=2, ensure_ascii=False)) + "\n"


if __name__ == "__main__":
    main()
