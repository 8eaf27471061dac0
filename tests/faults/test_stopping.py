"""The services mode, while its processes are stopped, killed and restarted under it: nothing is lost or waits long."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from redis import Redis as RedisClient

from tests.fakes.deepgram import FakeDeepgram
from tests.fakes.gemini import FakeGemini
from tests.fakes.wire import Behaviour
from tests.processes import START_WITHIN_SECONDS, Process, Program, run, wait_until
from tests.servers import PostgreSQL, Redis, services


class Deployment:
    """Everything but the web: applicants hand in by a process of their own."""

    def __init__(self, folder: Path, redis: Redis, postgresql: PostgreSQL, gemini: FakeGemini, **settings: str) -> None:
        self.folder, self.redis, self.postgresql, self.gemini = folder, redis, postgresql, gemini
        self.environment = {
            "DATA_DIR": str(folder),
            "PYTHONUNBUFFERED": "1",
            **services(postgresql, redis),
            **settings,
        }
        self._workers: list[Process] = []

    def run(self, *arguments: str) -> str:
        return run(self.environment, *arguments)

    def hand_in(self, count: int) -> list[str]:
        return self.run("-m", "tests.with_django", "tests.faults.hand_in", str(count)).split()

    def worker(self, **settings: str) -> Process:
        log = self.folder / f"worker-{len(self._workers)}.log"
        process = Program(["manage.py", "run_huey"], {**self.environment, **settings}, log)
        process.start()
        self._workers.append(process)
        return process

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.postgresql.url, autocommit=True) as connection:
            return connection.execute(query.encode(), values).fetchall()

    def jobs(self, interviews: list[str], kind: str = "assess") -> list[tuple[Any, ...]]:
        """State, attempts that counted, crashes, and how each attempt ended."""
        return self.rows(
            "SELECT j.state, j.attempt, j.crashes, array(SELECT a.outcome FROM interviews_jobattempt a"
            " WHERE a.job_id = j.id ORDER BY a.id) FROM interviews_job j"
            " WHERE j.kind = %s AND j.interview_id = ANY(%s::uuid[]) ORDER BY j.id",
            kind,
            interviews,
        )

    def in_flight(self) -> int:
        return int(self.rows("SELECT count(*) FROM interviews_job WHERE kind = 'assess' AND state = 'running'")[0][0])

    def scored(self, interviews: list[str]) -> int:
        query = "SELECT count(*) FROM interviews_interview WHERE state = 'scored' AND id = ANY(%s::uuid[])"
        return int(self.rows(query, interviews)[0][0])

    def wait_until_scored(self, interviews: list[str], seconds: float = START_WITHIN_SECONDS) -> None:
        wait_until(lambda: self.scored(interviews) == len(interviews), "all are scored", seconds)

    def set_leases(self, left: str) -> None:
        """As if their lease ended earlier or later."""
        self.rows(
            "UPDATE interviews_job SET lease_until = now() + %s::interval, hinted_at = NULL"
            " WHERE state = 'running' RETURNING id",
            left,
        )

    def nothing_is_lost(self) -> None:
        script = "from interviews.queries.operations import reconcile; print(reconcile())"
        assert self.run("manage.py", "shell", "-v0", "-c", script).strip() == "0"
        doubled = (
            "SELECT interview_id FROM interviews_event WHERE kind = 'interview.scored' GROUP BY 1 HAVING count(*) > 1"
        )
        assert self.rows(doubled) == []

    def stop_workers(self) -> None:
        for process in self._workers:
            process.stop(signal.SIGTERM)
        self._workers.clear()


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    folder = tmp_path_factory.mktemp("stopping")
    with (
        Redis(folder / "redis") as redis,
        PostgreSQL(migrated=True) as postgresql,
        FakeDeepgram() as deepgram,
        FakeGemini() as gemini,
    ):
        deployed = Deployment(
            folder,
            redis,
            postgresql,
            gemini,
            DEEPGRAM_API_KEY="made-up",
            DEEPGRAM_BASE_URL=deepgram.base_url,
            GEMINI_API_KEY="made-up",
            GEMINI_BASE_URL=gemini.base_url,
        )
        yield deployed


@pytest.fixture(autouse=True)
def _ends_well(deployment: Deployment) -> Iterator[None]:
    deployment.gemini.default = Behaviour()
    deployment.gemini.analysis_seconds = 0
    yield
    deployment.stop_workers()
    deployment.nothing_is_lost()


@pytest.fixture
def waits(deployment: Deployment) -> Callable[[], None]:
    """From now on Gemini keeps everybody waiting."""

    def begin() -> None:
        deployment.gemini.default = Behaviour("slow", seconds=300)

    return begin


def test_a_full_worker_that_is_told_to_stop_hands_its_calls_back_to_the_next(
    deployment: Deployment, waits: Callable[[], None]
) -> None:
    waits()
    worker = deployment.worker(WORKERS="2")
    interviews = deployment.hand_in(4)
    wait_until(lambda: deployment.in_flight() == 2, "two calls are in flight")
    began = time.monotonic()
    assert worker.stop(signal.SIGTERM) == 0
    assert time.monotonic() - began < 25, "it waited for the calls"
    jobs = deployment.jobs(interviews)
    assert [job[:3] for job in jobs] == [("queued", 0, 0)] * len(jobs), "an attempt was spent, or a crash was counted"
    assert sorted(job[3] for job in jobs if job[3]) == [["handed back"]] * 2
    assert deployment.rows("SELECT 1 FROM interviews_job WHERE state = 'queued' AND run_after > now()") == []

    deployment.gemini.default = Behaviour()
    deployment.worker()
    deployment.wait_until_scored(interviews)
    ended = deployment.jobs(interviews)
    assert [job[:3] for job in ended] == [("done", 1, 0)] * 4
    assert sorted(job[3] for job in ended) == [["done"]] * 2 + [["handed back", "done"]] * 2


def test_a_flush_of_redis_delays_the_work_by_seconds(deployment: Deployment) -> None:
    interviews = deployment.hand_in(2)
    redis = RedisClient.from_url(deployment.redis.url)
    assert redis.dbsize() > 0, "there were no hints to lose"
    redis.flushall()
    redis.close()
    [(flushed,)] = deployment.rows("SELECT clock_timestamp()")
    deployment.worker()
    deployment.wait_until_scored(interviews)
    [(began,)] = deployment.rows("SELECT min(started_at) FROM interviews_worker WHERE started_at > %s", flushed)
    hinted = (
        "SELECT min(hinted_at), max(hinted_at) FROM interviews_job WHERE kind = 'render' AND interview_id = ANY(%s)"
    )
    [(first, last)] = deployment.rows(hinted, [UUID(interview) for interview in interviews])
    # 30 seconds is how long a hint is waited for while the queue holds others.
    assert flushed < first <= last < began + timedelta(seconds=25)


def test_a_killed_worker_is_followed_by_another_after_its_lease(
    deployment: Deployment, waits: Callable[[], None]
) -> None:
    waits()
    killed = deployment.worker()
    interviews = deployment.hand_in(2)
    wait_until(lambda: deployment.in_flight() == 2, "two calls are in flight")
    killed.stop(signal.SIGKILL)
    longest = deployment.rows("SELECT max(lease_until) - now() FROM interviews_job WHERE state = 'running'")[0][0]
    assert timedelta() < longest < timedelta(seconds=30)
    deployment.set_leases("5 minutes")  # however slow this machine is
    deployment.gemini.default = Behaviour()
    deployment.worker()
    later = deployment.hand_in(1)
    deployment.wait_until_scored(later)
    assert [job[0] for job in deployment.jobs(interviews)] == ["running"] * 2, "taken from one that might have lived"

    deployment.set_leases("-1 second")
    deployment.wait_until_scored(interviews)
    assert deployment.jobs(interviews) == [("done", 2, 1, ["crashed", "done"])] * 2


def test_restarts_of_redis_and_of_postgresql_under_running_work_lose_nothing(deployment: Deployment) -> None:
    deployment.gemini.analysis_seconds = 120  # nobody is done before both are away, however long that takes
    asked = len(deployment.gemini.asked)
    deployment.worker()
    deployment.worker()
    interviews = deployment.hand_in(6)
    wait_until(lambda: len(deployment.gemini.asked) >= asked + 3, "calls are in flight")
    deployment.redis.stop()
    deployment.postgresql.stop()
    replied = deployment.gemini.sent_whole
    assert replied < len(deployment.gemini.asked), "all was over before"
    deployment.gemini.analysis_seconds = 6
    wait_until(lambda: deployment.gemini.sent_whole > replied, "a reply arrives that cannot be written")
    deployment.postgresql.start()
    more = deployment.hand_in(2)
    deployment.redis.start()
    deployment.gemini.analysis_seconds = 0
    wait_until(lambda: deployment.scored(more) == 2, "what was handed in without Redis is scored")
    deployment.set_leases("-1 second")  # of what could not be written
    deployment.wait_until_scored(interviews)
    assert {job[0] for job in deployment.jobs(interviews) + deployment.jobs(interviews, "transcribe")} == {"done"}
