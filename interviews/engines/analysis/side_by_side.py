"""Several replies that arrive at the same time, as one stream."""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from contextvars import copy_context

from interviews.engines.analysis.reply import Piece

Arrival = Piece | Exception | None
"""None: the stream ended; an exception: it ended with that."""


def side_by_side(streams: Mapping[int, Generator[Piece]], unheard: set[int]) -> Iterator[tuple[int, Arrival]]:
    """What arrives, in the order in which it does. A stream that somebody puts among the `unheard` is closed."""
    if len(streams) == 1:
        [(number, stream)] = streams.items()
        yield from ((number, arrival) for arrival in _arrivals(number, stream, unheard))
        return
    arrived: queue.SimpleQueue[tuple[int, Arrival]] = queue.SimpleQueue()

    def pump(number: int, stream: Generator[Piece]) -> None:
        for arrival in _arrivals(number, stream, unheard):
            arrived.put((number, arrival))

    for number, stream in streams.items():
        threading.Thread(target=copy_context().run, args=(pump, number, stream), daemon=True).start()
    going = set(streams)
    while going := going - unheard:
        number, arrival = arrived.get()
        if number in going:
            if not isinstance(arrival, Piece):
                going.discard(number)
            yield number, arrival


def _arrivals(number: int, stream: Generator[Piece], unheard: set[int]) -> Iterator[Arrival]:
    with closing(stream):
        try:
            for piece in stream:
                yield piece
                if number in unheard:
                    return
        except Exception as error:  # noqa: BLE001 - raised again by whoever listens
            yield error
        else:
            yield None
