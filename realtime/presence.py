"""Who has which review open now: a hint that lives in memory, and ends by itself.

Each process knows the pages of its own sockets, and tells the others whom it sees, when that changes and every ten
seconds. Nothing of it is stored: what is not said again is forgotten, so neither a process that is killed nor a Redis
that is flushed or away leaves somebody standing there. A page may name too few people, and never too many for long.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field

SEEN_FOR_SECONDS = 30.0
"""After a page's last sign of life; it gives one every twenty seconds."""
GONE_AFTER_SECONDS = 4.0
"""After its socket closed: a page that is loaded again is back by then."""
ANNOUNCED_EVERY_SECONDS = 10.0
BELIEVED_FOR_SECONDS = 25.0
"""What another process said."""

Reader = tuple[str, int]
"""The ids of an interview and of an account that has its review open."""
Readers = Mapping[str, frozenset[int]]
"""By the id of the interview."""


@dataclass(slots=True)
class _Page:
    reader: Reader
    until: float
    is_open: bool = True
    told: frozenset[int] = frozenset()


@dataclass(slots=True)
class Presence:
    """Times are seconds of one steady clock."""

    process: str = field(default_factory=lambda: uuid.uuid4().hex)
    _pages: dict[Hashable, _Page] = field(default_factory=dict)
    _others: dict[str, tuple[float, Readers]] = field(default_factory=dict)
    _announced: Readers = field(default_factory=dict)
    _announced_at: float = 0.0

    def saw(self, page: Hashable, reader: Reader, now: float) -> None:
        """A page, whose right to it was just asked, gave a sign of life."""
        known = self._pages.get(page)
        told = known.told if known and known.is_open and known.reader == reader else frozenset()
        self._pages[page] = _Page(reader, now + SEEN_FOR_SECONDS, told=told)

    def left(self, page: Hashable, now: float) -> None:
        if page in self._pages:
            gone = self._pages[page]
            gone.is_open, gone.until = False, min(gone.until, now + GONE_AFTER_SECONDS)

    def turned_away(self, page: Hashable) -> None:
        """It may not, or no longer, see this."""
        self._pages.pop(page, None)

    def hear(self, process: str, readers: Mapping[str, list[int]], now: float) -> None:
        if process != self.process:
            self._others[process] = (now, {key: frozenset(accounts) for key, accounts in readers.items()})

    def to_announce(self, now: float) -> dict[str, list[int]] | None:
        """What the other processes are to be told now, if anything."""
        here = self._here(now)
        is_due = bool(here) and now - self._announced_at >= ANNOUNCED_EVERY_SECONDS
        if here == self._announced and not is_due:
            return None
        self._announced, self._announced_at = here, now
        return {key: sorted(accounts) for key, accounts in here.items()}

    def to_tell(self, now: float) -> dict[Hashable, tuple[str, frozenset[int]]]:
        """Of the pages of this process: who has the same interview open, where that is not what they were told last."""
        readers = self._everywhere(now)
        news: dict[Hashable, tuple[str, frozenset[int]]] = {}
        for page, it in self._pages.items():
            if it.is_open and it.told != readers[it.reader[0]]:
                it.told = readers[it.reader[0]]
                news[page] = (it.reader[0], it.told)
        return news

    def _here(self, now: float) -> Readers:
        for page in [page for page, it in self._pages.items() if it.until <= now]:
            del self._pages[page]
        found: dict[str, set[int]] = defaultdict(set)
        for it in self._pages.values():
            found[it.reader[0]].add(it.reader[1])
        return {key: frozenset(accounts) for key, accounts in found.items()}

    def _everywhere(self, now: float) -> Readers:
        found: dict[str, frozenset[int]] = dict(self._here(now))
        self._others = {name: it for name, it in self._others.items() if now - it[0] < BELIEVED_FOR_SECONDS}
        for _at, readers in self._others.values():
            for key, accounts in readers.items():
                if key in found:
                    found[key] |= accounts
        return found
