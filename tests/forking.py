"""Programs of ours, forked from one process that has already imported what others wrote.

Each is a process with its own number, environment, signals and death. Alone it would spend most of its start on these
imports, and tests start hundreds. Where the command itself is what a test is about, `Process` executes it.
"""

from __future__ import annotations

import atexit
import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from multiprocessing.connection import Connection
from pathlib import Path

_FORKING = multiprocessing.get_context("forkserver")
_FORKING.set_forkserver_preload(["tests.imported"])


class Fork:
    """Of `subprocess.Popen`, what tests use. `arguments` are Python's; output is appended to files."""

    def __init__(
        self, arguments: Sequence[str], environment: Mapping[str, str], folder: Path, output: Path, errors: Path
    ) -> None:
        begins, begun = _FORKING.Pipe(duplex=False)
        told = (list(arguments), dict(environment), folder, output, errors, begun)
        self._process = _FORKING.Process(target=_become, args=told, daemon=True)
        self._process.start()
        begun.close()
        begins.recv()  # until then it ignores SIGINT, as the process that it comes from does
        begins.close()
        assert self._process.pid is not None
        self.pid = self._process.pid

    @property
    def returncode(self) -> int | None:
        return self.poll()

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        status = self.poll()
        if status is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
        return status

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def _become(
    arguments: list[str], environment: dict[str, str], folder: Path, output: Path, errors: Path, begun: Connection
) -> None:
    begun.send(None)
    begun.close()
    for path, number in ((os.devnull, 0), (output, 1), (errors, 2)):
        opened = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        os.dup2(opened, number)
        os.close(opened)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    try:
        match arguments:
            case ["-c", code, *rest]:
                sys.argv = ["-c", *rest]
                exec(code, {"__name__": "__main__"})  # noqa: S102 - a test's own
            case ["-m", module, *rest]:
                sys.argv = [module, *rest]
                runpy.run_module(module, run_name="__main__", alter_sys=True)
            case [path, *_]:
                sys.argv = arguments
                runpy.run_path(path, run_name="__main__")
    finally:
        atexit._run_exitfuncs()  # which multiprocessing leaves out
