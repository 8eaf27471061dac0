"""The product as it runs for people: processes of its own, on free ports, with data folders of their own."""

from __future__ import annotations

import atexit
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from itertools import cycle
from pathlib import Path
from types import TracebackType
from typing import Self

import dev
from tests.forking import Fork

ROOT = Path(__file__).resolve().parent.parent
START_WITHIN_SECONDS = 120.0
"""However busy the machine is."""
SHARES = range(20_000, 32_500, 250)
"""The first port of each. All lie below those that systems give to whoever connects, or asks for any."""
SEED = "from interviews.demo.seed import seed; seed()"
"""Also where the product itself would not: tests of a site with services have the demo to work with."""


def free_port() -> int:
    """Nobody else's until 249 others were given: not before a server takes it, nor while that is restarted."""
    for port in _share():
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise AssertionError("there is no end to them")


@cache
def _share() -> Iterator[int]:
    """Of this process among all that run tests: whoever holds its first port has the others."""
    for first in SHARES:
        held = socket.socket()
        try:
            held.bind(("127.0.0.1", first))
        except OSError:
            held.close()
            continue
        atexit.register(held.close)
        return cycle(range(first + 1, first + SHARES.step))
    raise RuntimeError("all ports of tests are taken")


def wait_until(true: Callable[[], bool], what: str, seconds: float = START_WITHIN_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError(what)
        time.sleep(0.05)


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=10) as reply:
            return bool(reply.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


class Process:
    """A program that is started, watched, and stopped. Its output goes to a file, shown when it does not start."""

    def __init__(
        self, command: list[str], environment: Mapping[str, str], log: Path, passed: Sequence[int] = ()
    ) -> None:
        """`passed`: file descriptors of ours that it has, too."""
        self.command, self.log, self._passed = command, log, passed
        self._environment = {**os.environ, **environment}
        self.child: subprocess.Popen[bytes] | Fork | None = None

    def start(self) -> None:
        with self.log.open("ab") as file:
            self.child = subprocess.Popen(
                self.command,
                env=self._environment,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                pass_fds=self._passed,
            )

    def stop(self, with_signal: int = signal.SIGINT, seconds: float = 30) -> int:
        """Its exit status."""
        assert self.child is not None
        if self.child.poll() is None:
            self.child.send_signal(with_signal)
        try:
            status = self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
            raise
        return status

    def obeys(self, number: int = signal.SIGTERM) -> bool:
        """Whether it has come so far that this signal is handled, and does not just kill it. On Linux, as below."""
        (caught,) = re.findall(r"^SigCgt:\s*(\w+)$", self._proc("status"), re.MULTILINE)
        return bool(int(caught, 16) >> number - 1 & 1)

    def cpu_seconds(self) -> float:
        """What it has used until now."""
        fields = self._proc("stat").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_kib(self) -> float:
        return int(self._proc("statm").split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1024

    def _proc(self, name: str) -> str:
        assert self.child is not None
        return Path(f"/proc/{self.child.pid}/{name}").read_text("utf-8")

    def output(self) -> str:
        return self.log.read_text("utf-8", "replace")


class Program(Process):
    """One of ours: `arguments` are Python's. It starts sooner than by its command."""

    def __init__(self, arguments: list[str], environment: Mapping[str, str], log: Path) -> None:
        super().__init__([sys.executable, *arguments], environment, log)

    def start(self) -> None:
        self.log.touch()
        self.child = Fork(self.command[1:], self._environment, ROOT, self.log, self.log)


def ended(environment: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """A program of ours, in just this environment, after its end."""
    with tempfile.TemporaryDirectory() as folder:
        output, errors = Path(folder) / "output", Path(folder) / "errors"
        status = Fork(arguments, environment, ROOT, output, errors).wait()
        said = [path.read_text("utf-8", "replace") for path in (output, errors)]
        return subprocess.CompletedProcess(arguments, status, *said)


def run(environment: Mapping[str, str], *arguments: str) -> str:
    """What a program of ours printed, which ended well."""
    done = ended({**os.environ, **environment}, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _prepare(folder: Path, environment: Mapping[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    run(environment, "-c", dev.PREPARE + SEED)


@cache
def _prepared() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="greenroom-prepared-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    _prepare(folder, {"DATA_DIR": str(folder), "LOG_LEVEL": "WARNING"})
    return folder


class Site:
    """An embedded Greenroom with the demo in it."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.environment = {"DATA_DIR": str(folder), "PYTHONUNBUFFERED": "1", **settings}
        self.server = self._server()

    def manage(self, *arguments: str) -> str:
        return run(self.environment, "manage.py", *arguments)

    def prepare(self) -> None:
        """As `dev.py run` does. What comes out the same each time is made once in a process, and copied."""
        if self.environment.keys() & {"DATABASE_URL", "EMAIL_FOLDER", "EMAIL_HOST"}:
            _prepare(self.folder, self.environment)
        else:
            shutil.copytree(_prepared(), self.folder, dirs_exist_ok=True)
        self.demo_text = (self.folder / "demo.json").read_text("utf-8")  # its passwords are gone with the first start

    def start(self) -> None:
        self.server.start()
        child = self.server.child
        assert child is not None
        try:
            wait_until(lambda: child.poll() is not None or answers(f"{self.address}/health/ready"), "the server starts")
        finally:
            if child.poll() is not None:
                raise RuntimeError(self.server.output())

    def restart(self, with_signal: int) -> None:
        self.server.stop(with_signal)
        self.server = self._server()
        self.start()

    def _server(self) -> Process:
        command = ["manage.py", "serve", "--port", str(self.port)]
        return Program(command, self.environment, self.folder / "server.log")

    def __enter__(self) -> Self:
        self.prepare()
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.server.stop()


class ServicesSite(Site):
    """Starts Daphne as the Dockerfile does."""

    def _server(self) -> Process:
        command = ["-m", "daphne", "-e", f"tcp:{self.port}:interface=127.0.0.1:backlog=1024"]
        return Program([*command, "project.asgi:application"], self.environment, self.folder / "server.log")
