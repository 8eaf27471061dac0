"""What has to be known of a call to read its reply again: it heads what is kept of the reply."""

from __future__ import annotations

import json
from dataclasses import dataclass

REPAIR = 0


@dataclass(frozen=True, slots=True)
class Call:
    run: str  # shared by the calls of one run over an interview, and by no others
    sample: int  # from 1; REPAIR where parts of other replies are asked for once more
    canary: str  # id of the criterion that nobody can meet
    answers: tuple[str, ...]  # ids of all that it asked about

    def heading(self) -> str:
        """One line; the reply begins after it, word for word."""
        about = {"run": self.run, "sample": self.sample, "canary": self.canary, "answers": self.answers}
        return json.dumps(about, separators=(",", ":")) + "\n"


def split(kept: str) -> tuple[Call, str] | None:
    """The call and the reply. None where there is no heading: nothing can be trusted that cannot be checked."""
    heading, end, reply = kept.partition("\n")
    try:
        about = json.loads(heading)
        call = Call(str(about["run"]), int(about["sample"]), str(about["canary"]), tuple(about["answers"]))
    except (ValueError, TypeError, LookupError):
        return None
    return (call, reply) if end else None
