"""Named points at which a worker can be told to die, so that each of them has a test.

`CRASH_AT=transcribe.kept` kills the process, as power loss or the kernel would, when it reaches that point;
`CRASH_AT=assess.writing:3` when it reaches it the third time.
"""

from __future__ import annotations

import os
import signal
from itertools import count

from django.conf import settings

POINTS = (
    "claimed",  # the job is ours, nothing is done
    "received",  # a reply has arrived, and is not kept yet: the one point at which it has to be paid for again
    "kept",  # the reply is kept, and not read yet
    "removed",  # the files are gone, and the rows still say that they are there
    "writing",  # the outcome is written, and not committed yet
    "ended",  # the outcome is committed, and nobody was told of what is due next
)

_times = count(1)


def point(kind: str, name: str) -> None:
    """To be called where `name` (one of POINTS) is reached in a job of `kind`."""
    where, _, nth = settings.CRASH_AT.partition(":")
    if f"{kind}.{name}" == where and next(_times) == int(nth or 1):
        # SIGKILL cannot be caught, so nothing is tidied up; Windows has only TerminateProcess, which is the same.
        os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
