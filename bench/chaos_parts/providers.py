"""The two providers, with tempers: slow enough that kills hit calls in flight, and failing in every passing way.

They run in the process that is never killed, so they know what was asked of them and when.
"""

from __future__ import annotations

import random
import time
from collections import defaultdict
from collections.abc import Callable
from threading import Lock

from tests.fakes.deepgram import FakeDeepgram
from tests.fakes.gemini import FakeGemini
from tests.fakes.wire import Behaviour, Fake, Request, Wire

ANSWERS_AFTER = (0.5, 1.5)
"""Seconds, evenly spread."""
ANALYSIS_SECONDS = 0.5
"""So long an analysis streams, once it has begun."""

MOODS = {"calm": 0.05, "failing": 0.5, "out": 1.0}
"""Share of the requests that fail."""

# Only what passes: an error for good would park a job, and rightly so.
FAILURES: tuple[Callable[[random.Random], Behaviour], ...] = (
    lambda rng: Behaviour("status", status=429, retry_after=str(rng.randint(1, 3))),
    lambda rng: Behaviour("status", status=500),
    lambda rng: Behaviour("status", status=503),
    lambda rng: Behaviour("hang", seconds=rng.uniform(2, 5)),
    lambda rng: Behaviour("cut"),
    lambda rng: Behaviour("bad_json"),
)


class Temper:
    """Chooses what to do with each request, and remembers which questions it has answered."""

    def __init__(self, seed: str) -> None:
        self.mood = "calm"
        self.arrivals: dict[str, list[float]] = defaultdict(list)  # by digest of what was asked
        self.repeated = 0
        self._answered: set[str] = set()
        self._rng = random.Random(seed)
        self._lock = Lock()

    def asked(self, digest: str) -> Behaviour:
        with self._lock:
            self.arrivals[digest].append(time.time())
            self.repeated += digest in self._answered
            if self.mood == "out":
                return Behaviour("status", status=503)
            if self._rng.random() < MOODS[self.mood]:
                return self._rng.choice(FAILURES)(self._rng)
            return Behaviour("slow", seconds=self._rng.uniform(*ANSWERS_AFTER))

    def answered(self, digest: str) -> None:
        with self._lock:
            self._answered.add(digest)


class Moody(Fake):
    """Answers as its temper is, and tells it when an answer went out."""

    temper: Temper

    def take(self, request: Request) -> Behaviour:
        super().take(request)
        return self.temper.asked(request.digest)

    def reply(self, wire: Wire, body: bytes, behaviour: Behaviour) -> None:
        super().reply(wire, body, behaviour)
        if behaviour.kind == "slow":
            self.temper.answered(self.digest(body))


class MoodyDeepgram(Moody, FakeDeepgram):
    def __init__(self, seed: int) -> None:
        super().__init__()
        self.temper = Temper(f"{seed} deepgram")


class MoodyGemini(Moody, FakeGemini):
    def __init__(self, seed: int) -> None:
        super().__init__(analysis_seconds=ANALYSIS_SECONDS)
        self.temper = Temper(f"{seed} gemini")
