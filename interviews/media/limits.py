"""What a process may use in which a stranger's files are read."""

from __future__ import annotations

import os
import sys

CRASHES = frozenset({"SIGSEGV", "SIGBUS", "SIGABRT", "SIGFPE", "SIGILL"})
"""How a program ends that its file has broken."""


def limit(memory_bytes: int, file_bytes: int, cpu_seconds: int | None = None) -> None:
    """Of this process, from now on: addresses, the size of any file it writes, and computing."""
    if sys.platform == "win32":
        return  # it has none of these; whoever started us ends us when the time is over
    import resource  # noqa: PLC0415 - not on Windows

    os.nice(10)  # the server beside us comes first
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))
    if cpu_seconds is not None:
        resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 5))
