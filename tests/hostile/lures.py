"""A lure: a pipe in the file system and a server on this machine, which tell whether anybody came."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread


@dataclass(slots=True)
class Lure:
    """`visits`: who came, to which of them."""

    path: Path
    address: str
    visits: list[str]


@contextmanager
def lure(folder: Path) -> Iterator[Lure]:
    path = folder / "lure"
    os.mkfifo(path)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.02)
        it = Lure(path, f"127.0.0.1:{listener.getsockname()[1]}", [])
        is_over = Event()
        watch = Thread(target=_watch, args=(it, listener, is_over))
        watch.start()
        try:
            yield it
        finally:
            is_over.set()
            watch.join()


def _watch(it: Lure, listener: socket.socket, is_over: Event) -> None:
    while not is_over.is_set():
        with suppress(TimeoutError):
            line, _address = listener.accept()
            it.visits.append("network")
            line.close()
        with suppress(OSError):  # no such device: nobody has it open for reading
            opened = os.open(it.path, os.O_WRONLY | os.O_NONBLOCK)
            it.visits.append("file")
            os.close(opened)
