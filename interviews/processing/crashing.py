"""Named points at which a worker can be told to die, so that each of them has a test.

`CRASH_AT=transcribe.kept` kills the process, as power loss or the kernel would, when it reaches that point.
"""

from __future__ import annotations

import os
import signal

from django.conf import settings

POINTS = (
    "claimed",  # the job is ours, nothing is done
    "received",  # a reply has arrived, and is not kept yet: the one point at which it has to be paid for again
    "kept",  # the reply is kept, and not read yet
    "writing",  # the outcome is written, and not committed yet
    "ended",  # the outcome is committed, and nobody was told of what is due next
)


def point(kind: str, name: str) -> None:
    """To be called where `name` (one of POINTS) is reached in a job of `kind`."""
    if f"{kind}.{name}" == settings.CRASH_AT:
        # SIGKILL cannot be caught, so nothing is tidied up; Windows has only TerminateProcess, which is the same.
        os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
