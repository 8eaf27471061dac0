"""A new version goes in while people are at work: the web processes of deploy/systemd, restarted one after the other.

They share a socket that systemd holds; here the test holds it, and starts what the unit says.
"""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tests.deployment import started_by
from tests.faults.load import PIECE, Load
from tests.processes import Process, ServicesSite, answers, wait_until
from tests.programs import need
from tests.servers import PostgreSQL, Redis, services
from tests.visitor import Visitor
from tests.wire import OCTETS


class Behind(ServicesSite):
    """Web processes behind a socket that stays, as greenroom.socket has it: each finds it as descriptor 3."""

    def __init__(self, folder: Path, **settings: str) -> None:
        super().__init__(folder, **settings)
        self._socket = socket.create_server(("127.0.0.1", self.port), backlog=1024)
        self.webs: list[Process] = []

    def web(self) -> Process:
        as_three = [need("bash"), "-c", f'exec "$@" 3<&{self._socket.fileno()}', "bash"]
        command = [*as_three, *started_by("greenroom-web@.service")]
        process = Process(command, self.environment, self.folder / "web.log", [self._socket.fileno()])
        process.start()
        return process

    def close(self) -> None:
        for process in self.webs:
            process.stop(signal.SIGTERM)
        self._socket.close()


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Behind]:
    folder = tmp_path_factory.mktemp("restarting")
    with ExitStack() as stack:
        redis, postgresql = stack.enter_context(Redis(folder / "redis")), stack.enter_context(PostgreSQL(migrated=True))
        site = Behind(folder / "site", **services(postgresql, redis))
        site.prepare()
        stack.callback(site.close)
        yield site


@pytest.fixture
def webs(behind: Behind) -> Iterator[list[Process]]:
    behind.webs = [behind.web(), behind.web()]
    wait_until(lambda: all(process.obeys() for process in behind.webs), "both web processes have begun")
    wait_until(lambda: answers(f"{behind.address}/health/ready"), "a web process answers")
    yield behind.webs
    for process in behind.webs:
        process.stop(signal.SIGTERM)
    behind.webs = []


def test_of_two_web_processes_restarted_in_turn_nobody_notices(behind: Behind, webs: list[Process]) -> None:
    with Load(behind) as load:
        for place, old in enumerate(webs):
            time.sleep(0.5)
            assert old.stop(signal.SIGTERM) == 0
            webs[place] = behind.web()
            load.wait_for(50)
    assert load.failures == []
    assert load.answered > 100
    assert load.arrived == load.sent > 0


def test_while_the_only_web_process_is_restarted_everybody_waits_and_is_answered(behind: Behind) -> None:
    behind.webs = [behind.web()]
    wait_until(lambda: answers(f"{behind.address}/health/ready"), "the web process answers")
    with Load(behind) as load:
        time.sleep(0.5)
        assert behind.webs[0].stop(signal.SIGTERM) == 0
        before = load.answered
        time.sleep(1)
        assert load.answered <= before + 4, "somebody else answers"
        behind.webs = [behind.web()]
        load.wait_for(50)
        assert load.slowest > 1
    behind.webs.pop().stop(signal.SIGTERM)
    assert load.failures == []
    assert load.arrived == load.sent > 0


def _stop(process: Process, ended: list[int]) -> None:
    ended.append(process.stop(signal.SIGTERM))


def _is_read(port: int, lines: int) -> bool:
    """Whether there are so many connections to this port, and nothing waits to be read from any. On Linux."""
    rows = [row.split() for row in Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]]
    waiting = [row[4].partition(":")[2] for row in rows if row[1].endswith(f":{port:04X}") and row[3] == "01"]
    return len(waiting) >= lines and set(waiting) == {"00000000"}


def test_what_was_begun_is_answered_before_a_process_ends(behind: Behind, webs: list[Process]) -> None:
    visitor = Visitor(behind)
    visitor.http.timeout = httpx.Timeout(40)
    upload = visitor.begin()
    said = {"Content_Type": OCTETS, "Content_Length": str(len(PIECE))}
    lines = [visitor.line("PATCH", upload.address, Upload_Offset="0", **said)]
    lines += [visitor.line("POST", "/health/live", **said) for _ in range(11)]  # some with each of the two
    for line in lines:
        line.sendall(PIECE[:10_000])
    wait_until(lambda: _is_read(behind.port, len(lines)), "each is in the hands of one of them")
    ended: list[int] = []
    stopping = [threading.Thread(target=_stop, args=(process, ended)) for process in webs]
    for thread in stopping:
        thread.start()
    time.sleep(1)
    heads = []
    for line in lines:
        line.sendall(PIECE[10_000:])
        heads.append(line.recv(4096).decode().partition("\r\n")[0])
        line.close()
    for thread in stopping:
        thread.join()
    assert heads == ["HTTP/1.1 204 No Content", *["HTTP/1.1 200 OK"] * 11]
    assert ended == [0, 0]
    webs[:] = [behind.web()]
    assert visitor.offset(upload) == len(PIECE)
    visitor.http.close()
