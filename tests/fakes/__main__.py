"""Both stand-ins as one process: one line of JSON with their addresses, then they run until stdin closes or SIGINT."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from pathlib import Path

from tests.fakes.deepgram import FakeDeepgram
from tests.fakes.gemini import FakeGemini


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m tests.fakes", description=__doc__)
    options.add_argument("--deepgram-port", type=int, default=0, help="0: any free port")
    options.add_argument("--gemini-port", type=int, default=0, help="0: any free port")
    options.add_argument("--analysis-seconds", type=float, default=0.0, help="how long an analysis takes")
    options.add_argument("--transcripts", type=Path, help='JSON file: {"<sha256 of the sound>": "what was said"}')
    chosen = options.parse_args()
    transcripts = json.loads(chosen.transcripts.read_text(encoding="utf-8")) if chosen.transcripts else {}
    with (
        FakeDeepgram(port=chosen.deepgram_port, transcripts=transcripts) as deepgram,
        FakeGemini(port=chosen.gemini_port, analysis_seconds=chosen.analysis_seconds) as gemini,
        contextlib.suppress(KeyboardInterrupt),
    ):
        sys.stdout.write(json.dumps({"deepgram": deepgram.base_url, "gemini": gemini.base_url}) + "\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main()
