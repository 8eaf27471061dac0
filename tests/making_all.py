"""Makes what can be made of each file in a folder, as a worker does, and says how that went: one JSON object.

    python -m tests.making_all FOLDER

A program of its own, so that the memory of its children is that of media children alone.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic

from interviews.media.errors import MediaError, Passing
from interviews.media.making import Original, make

FILES = {"sound.wav", "playable", "poster.jpg"}


def outcomes(folder: Path) -> Iterator[tuple[str, str, float]]:
    with ThreadPoolExecutor(2) as threads:
        yield from threads.map(_outcome, sorted(folder.iterdir()))


def _outcome(path: Path) -> tuple[str, str, float]:
    began = monotonic()
    with tempfile.TemporaryDirectory() as made:
        try:
            done = make([Original(path, path.stat().st_size)], Path(made))
            outcome = f"made {done.mime_type} {done.problem}"
        except Passing as error:
            outcome = f"passing: {error.message}"
        except MediaError as error:
            outcome = f"refused: {error.message}"
        left = {it.name for it in Path(made).iterdir()} - FILES
    return path.name, f"left {left}" if left else outcome, monotonic() - began


if __name__ == "__main__":
    found = list(outcomes(Path(sys.argv[1])))
    kib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    sys.stdout.write(json.dumps({"outcomes": found, "mib": kib / 1024}))
