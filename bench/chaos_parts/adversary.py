"""Who attacks: everything that may be killed, flushed, restarted or made to fail, in an order that a seed decides."""

from __future__ import annotations

import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from threading import Event, Lock, Thread

import psycopg

from bench.chaos_parts.providers import Temper
from bench.chaos_parts.site import Kill, Member, Site

ON_JOBS = {
    "kill worker": 0.08,
    "stop worker": 0.05,
    "kill web": 0.19,
    "flush": 1 / 25,
    "restart redis": 1 / 45,
    "restart database": 1 / 60,
    "provider fails": 1 / 14,
    "provider is out": 1 / 60,
}
ON_THE_FEED = {
    "kill web": 0.06,
    "stop web": 0.03,
    "flush": 1 / 12,
    "restart redis": 1 / 25,
    "kill pubsub": 1 / 6,
}
"""How often each blow falls; each at least once. A worker has to read its programs anew, so it is hit less often."""
SPARED_FROM = 2
"""Three workers lost with the same job park it, by design and whoever is to blame. A worker with a job in hand that has
lost two already is not killed outright; another is."""
LOST_TWO = """
SELECT 1 FROM interviews_job job JOIN interviews_jobattempt attempt ON attempt.token = job.lease_token
WHERE attempt.worker = %s AND job.crashes >= %s
"""
WAITS_FOR_A_VICTIM_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Blow:
    at: float
    kind: str


def plan(rng: random.Random, per_second: Mapping[str, float], seconds: float) -> list[Blow]:
    """Evenly spread with jitter, so that a short run has some of everything."""
    blows = []
    for kind, rate in per_second.items():
        count = max(1, round(rate * seconds))
        blows += [Blow((number + rng.random()) * seconds / count, kind) for number in range(count)]
    return sorted(blows, key=lambda blow: blow.at)


class Adversary:
    def __init__(
        self, site: Site, per_second: Mapping[str, float], seed: int, seconds: float, tempers: Sequence[Temper] = ()
    ) -> None:
        self.site, self.tempers, self.seconds = site, tempers, seconds
        self.kills: list[Kill] = []
        self.done: Counter[str] = Counter()
        self.spared = 0
        self.faults: list[Exception] = []
        self._rng = random.Random(seed)
        self._plan = plan(self._rng, per_second, seconds)
        self.began = time.monotonic()
        self._over = Event()
        self._lock = Lock()
        self._redis, self._database = Lock(), Lock()
        self._blows: dict[str, Callable[[], None]] = {
            "kill worker": lambda: self._kill(site.workers, signal.SIGKILL),
            "stop worker": lambda: self._kill(site.workers, signal.SIGTERM),
            "kill web": lambda: self._kill(site.webs, signal.SIGKILL),
            "stop web": lambda: self._kill(site.webs, signal.SIGTERM),
            "flush": self._flush,
            "kill pubsub": self._kill_pubsub,
            "restart redis": self._restart_redis,
            "restart database": self._restart_database,
            "provider fails": lambda: self._upset("failing"),
            "provider is out": lambda: self._upset("out"),
        }

    def run(self) -> None:
        """Until all blows have fallen and all is up again."""
        began = self.began = time.monotonic()
        falling = []
        for blow in self._plan:
            if self._over.wait(max(0.0, began + blow.at - time.monotonic())):
                break
            thread = Thread(target=self._strike, args=(blow,), daemon=True)
            thread.start()
            falling.append(thread)
        for thread in falling:
            thread.join()
        for temper in self.tempers:
            temper.mood = "calm"

    def stop(self) -> None:
        self._over.set()

    def _strike(self, blow: Blow) -> None:
        try:
            self._blows[blow.kind]()
        except Exception as error:  # noqa: BLE001 - told by the main thread, which ends the run
            self.faults.append(error)
        else:
            print(f"{time.monotonic() - self.began:5.0f} s: {blow.kind}")
            with self._lock:
                self.done[blow.kind] += 1

    def _kill(self, members: Sequence[Member], with_signal: signal.Signals) -> None:
        """The one that runs longest, as it has most in hand; never the last one that is up."""
        until = time.monotonic() + WAITS_FOR_A_VICTIM_SECONDS
        while not self._over.is_set() and time.monotonic() < until:
            ready = sorted((each for each in members if each.is_ready), key=lambda each: each.started_at)
            for member in ready if len(ready) > 1 else ():
                if with_signal == signal.SIGKILL and self._is_spared(member):
                    continue
                kill = member.replace(with_signal)
                if kill is not None:
                    with self._lock:
                        self.kills.append(kill)
                    return
            self._over.wait(0.2)
        raise TimeoutError("there was nobody left to kill")

    def _is_spared(self, member: Member) -> bool:
        with suppress(psycopg.OperationalError):
            if self.site.asked(LOST_TWO, member.name, SPARED_FROM):
                self.spared += 1
                return True
        return False

    def _flush(self) -> None:
        with self._redis:
            self.site.flush()

    def _kill_pubsub(self) -> None:
        with self._redis:
            self.site.kill_pubsub()

    def _restart_redis(self) -> None:
        with self._redis:
            self.site.redis.stop()
            self._over.wait(self._rng.uniform(0.5, 4))
            self.site.redis.start()

    def _restart_database(self) -> None:
        with self._database:
            self.site.postgresql.stop()
            self.site.postgresql.start()

    def _upset(self, mood: str) -> None:
        temper = self._rng.choice(self.tempers)
        temper.mood = mood
        self._over.wait(self._rng.uniform(2, 6))
        temper.mood = "calm"
