"""A page that does not read is cut off, and the others notice nothing, whatever the server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.broadcasting import AT_ONCE, FRAMES
from tests.processes import Program, free_port, wait_until

COMMANDS = {
    "daphne": ["daphne", "-p", "{port}", "tests.broadcasting:application"],
    "uvicorn": ["uvicorn", "--port", "{port}", "--lifespan", "off", "tests.broadcasting:application"],
    "another": ["uvicorn", "--port", "{port}", "--lifespan", "off", "tests.broadcasting:unknown_server"],
}


@pytest.fixture(params=COMMANDS)
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    port = free_port()
    command = [part.format(port=port) for part in COMMANDS[request.param]]
    server = Program(["-m", *command], {}, tmp_path / "server.log")
    server.start()
    try:
        wait_until(lambda: _opens(f"ws://127.0.0.1:{port}/"), server.output())
        yield f"ws://127.0.0.1:{port}/"
    finally:
        server.stop()


def _opens(address: str) -> bool:
    try:
        connect(address).close()
    except OSError:
        return False
    return True


def test_a_page_that_does_not_read_is_cut_off_and_the_others_get_every_frame(address: str) -> None:
    with connect(address, compression=None) as slow, connect(address, compression=None) as quick:
        received = []
        for _ in range(FRAMES // AT_ONCE):
            quick.send("go")
            received += [json.loads(quick.recv(30)) for _ in range(AT_ONCE)]
        received.append(json.loads(quick.recv(30)))
        assert [frame["number"] for frame in received] == list(range(FRAMES + 1))
        assert received[-1]["cut"] == 1
        before_the_cut = 0
        # Through ASGI alone a server cannot be made to cut: the page finds its heartbeat unanswered and comes back.
        with pytest.raises((ConnectionClosed, TimeoutError)):
            while True:
                slow.recv(3)
                before_the_cut += 1
        assert before_the_cut < FRAMES
