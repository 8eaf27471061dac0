"""Causes what is delivered, in a process of its own. Each line of its stdin is an order, JSON:

    {"to": "product", "count": 10, "per_second": 10}
    {"to": "stock" or "bare", "count": …, "per_second": …, "text": …, "first": number, "port": of the bare server}

and is answered, when all is sent, by a line [[number, ns], …]: the number in each frame, and the moment (monotonic) at
which its transaction had been committed, or at which it was given away. The product is told nothing: somebody makes new
links, each of which changes a row of the results and nobody's rights.
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import cycle
from typing import Any

from channels_redis.pubsub import RedisPubSubChannelLayer
from django.conf import settings
from django.db import transaction

from interviews.actions.invitations import new_link
from interviews.events import head
from interviews.models import Interview

Stamps = list[tuple[int, int]]


def product(changes: Iterator[Callable[[], object]], count: int, per_second: float) -> Stamps:
    committed_at: list[int] = []
    numbers: list[int] = []
    for change in _paced(changes, count, per_second):
        with transaction.atomic():
            # The first to be called after the commit, before anybody is nudged.
            transaction.on_commit(lambda: committed_at.append(time.monotonic_ns()))
            change()
            numbers.append(head())
    return list(zip(numbers, committed_at, strict=True))


def changes() -> Iterator[Callable[[], object]]:
    for interview in cycle(list(Interview.objects.all())):
        yield partial(new_link, interview)


def bare(texts: Iterator[str], count: int, per_second: float, first: int, port: int) -> Stamps:
    stamps: Stamps = []
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for number, text in enumerate(_paced(texts, count, per_second), first):
            stamps.append((number, time.monotonic_ns()))
            data = text.encode()
            line.sendall(len(data).to_bytes(4, "big") + data)
    return stamps


async def stock(texts: Iterator[str], count: int, per_second: float, first: int) -> Stamps:
    layer = RedisPubSubChannelLayer(hosts=[settings.REDIS_URL])
    stamps: Stamps = []
    await layer.group_send("nobody", {"type": "none"})  # connects
    began = time.monotonic()
    for place in range(count):
        await asyncio.sleep(max(0.0, began + place / per_second - time.monotonic()))
        text = next(texts)
        stamps.append((first + place, time.monotonic_ns()))
        await layer.group_send("feed", {"type": "feed.text", "text": text})
    await layer.flush()
    return stamps


def _paced(things: Iterator[Any], count: int, per_second: float) -> Iterator[Any]:
    began = time.monotonic()
    for place in range(count):
        time.sleep(max(0.0, began + place / per_second - time.monotonic()))
        yield next(things)


def _numbered(text: str, first: int) -> Iterator[str]:
    while True:
        yield re.sub(r'"last": ?\d+', f'"last": {first}', text, count=1)
        first += 1


def main() -> None:
    ours = changes()
    for line in sys.stdin:
        order = json.loads(line)
        to, count, per_second = order["to"], order["count"], order["per_second"]
        if to == "product":
            stamps = product(ours, count, per_second)
        elif to == "bare":
            texts = _numbered(order["text"], order["first"])
            stamps = bare(texts, count, per_second, order["first"], order["port"])
        else:
            texts = _numbered(order["text"], order["first"])
            stamps = asyncio.run(stock(texts, count, per_second, order["first"]))
        print(json.dumps(stamps), flush=True)


if __name__ == "__main__":
    main()
