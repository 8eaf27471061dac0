"""Redis and PostgreSQL of the tests' own: real ones, on free ports, stopped at the end."""

from __future__ import annotations

import atexit
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.processes import Process, free_port, run, wait_until
from tests.programs import REDIS, need

SECRET = "made up for a test, and long enough for Django"


def listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Redis:
    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._folder = folder
        self._process = self._new()

    def start(self) -> None:
        self._process.start()
        wait_until(lambda: listens(self.port), "Redis starts")

    def stop(self) -> None:
        self._process.stop(signal.SIGTERM)
        self._process = self._new()

    def _new(self) -> Process:
        command = [need(*REDIS), "--port", str(self.port), "--save", "", "--dir", str(self._folder)]
        return Process([*command, "--bind", "127.0.0.1"], {}, self._folder / "redis.log")

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.stop(signal.SIGTERM)


class PostgreSQL:
    """One cluster in a folder, with a database `greenroom`; `migrated`: with the product's tables, copied from one that
    has them. Refuses to run as root, so root lends it another user."""

    def __init__(self, *, migrated: bool = False, **settings: str) -> None:
        self._migrated = migrated
        self.port = free_port()
        self._settings = [f"--{name}={value}" for name, value in settings.items()]
        self.url = f"postgres://greenroom@127.0.0.1:{self.port}/greenroom"
        # Not below pytest's own folder, which only the user who runs the tests may enter.
        self._folder = Path(tempfile.mkdtemp(prefix="greenroom-postgresql-"))
        self._user = "postgres" if os.geteuid() == 0 else None

    def start(self) -> None:
        options = ["-D", str(self._data), "-p", str(self.port), "-k", str(self._folder), "-h", "127.0.0.1"]
        self._child = subprocess.Popen(
            [need("postgres"), *options, *self._settings],
            user=self._user,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_until(lambda: self._child.poll() is not None or self._accepts(), "PostgreSQL starts")
        assert self._child.poll() is None, "PostgreSQL did not start"

    def stop(self) -> None:
        self._child.send_signal(signal.SIGINT)  # its fast shutdown: connections are cut, nothing committed is lost
        self._child.wait(30)

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def _accepts(self) -> bool:
        pid_file = self._data / "postmaster.pid"
        return pid_file.exists() and "ready" in pid_file.read_text("utf-8")

    def __enter__(self) -> Self:
        if self._user:
            account = pwd.getpwnam(self._user)
            os.chown(self._folder, account.pw_uid, account.pw_gid)
        if self._migrated:
            subprocess.run(["cp", "-a", _migrated_files(), self._data], check=True)
            self.start()
            return self
        options = ["-D", str(self._data), "-U", "greenroom", "-A", "trust", "-E", "UTF8", "--locale", "C.UTF-8"]
        subprocess.run([need("initdb"), *options, "--no-sync"], user=self._user, check=True, capture_output=True)
        self.start()
        subprocess.run(
            [need("createdb"), "-h", "127.0.0.1", "-p", str(self.port), "-U", "greenroom", "greenroom"],
            check=True,
            capture_output=True,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def keep_files(self, folder: Path) -> None:
        """Those of a cluster that was stopped in order."""
        self.stop()
        subprocess.run(["cp", "-a", self._data, folder], check=True)
        self.start()


@cache
def _migrated_files() -> Path:
    """Made once in a process: to migrate takes six seconds of it."""
    folder = Path(tempfile.mkdtemp(prefix="greenroom-migrated-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    with PostgreSQL() as server, tempfile.TemporaryDirectory() as data:
        site = {
            "DATABASE_URL": server.url,
            "REDIS_URL": "redis://127.0.0.1:1/0",
            "DATA_DIR": data,
            "SECRET_KEY": SECRET,
        }
        run(site, "manage.py", "migrate", "-v0")
        server.keep_files(folder / "data")
    return folder / "data"


def services(postgresql: PostgreSQL, redis: Redis) -> dict[str, str]:
    """The settings of a site that keeps its rows in the one, and its queue and news in the other."""
    return {"DATABASE_URL": postgresql.url, "REDIS_URL": redis.url, "SECRET_KEY": SECRET}
