"""The process beside the server that looks into strangers' files for it: what breaks here breaks nothing else.

    python -m interviews.media.looker '{"memory_bytes": ..., "seconds": ...}'

Reads one JSON object per line, `{"probe": path}` or `{"logo": base64}`, and answers each with one: `{"probe": {...}}`,
`{"logo": base64}`, `{"problem": sentence}` or, where the file is not to blame, `{"passing": sentence}`. Ends with its
input. It can write no file.
"""

from __future__ import annotations

import base64
import json
import signal
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import av

from interviews.marks import gettext_noop
from interviews.media.errors import OF_THE_MACHINE, MediaError
from interviews.media.limits import limit
from interviews.media.logo import logo_from
from interviews.media.probe import probe


def answer(asked: dict[str, str]) -> dict[str, Any]:
    try:
        if "logo" in asked:
            return {"logo": base64.b64encode(logo_from(base64.b64decode(asked["logo"]))).decode()}
        return {"probe": asdict(probe(Path(asked["probe"])))}
    except MediaError as error:
        return {"problem": error.message}
    except (av.FFmpegError, OSError, ValueError, ArithmeticError, MemoryError) as error:
        if getattr(error, "errno", None) in OF_THE_MACHINE:
            return {"passing": "This machine could not read it."}
        return {"problem": gettext_noop("It is damaged, or too large to be looked into.")}


def main(seconds: int) -> None:
    for line in sys.stdin:
        if sys.platform != "win32":
            signal.alarm(seconds)
        sys.stdout.write(json.dumps(answer(json.loads(line))) + "\n")
        sys.stdout.flush()
        if sys.platform != "win32":
            signal.alarm(0)


if __name__ == "__main__":
    told = json.loads(sys.argv[1])
    limit(told["memory_bytes"], file_bytes=0)
    main(told["seconds"])
