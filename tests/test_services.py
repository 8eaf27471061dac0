"""The services mode as it is deployed: PostgreSQL, Redis, Daphne and a worker as processes of their own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from interviews.demo.seed import Access
from tests.fakes.deepgram import FakeDeepgram
from tests.fakes.gemini import FakeGemini
from tests.processes import Process, Program, ServicesSite, Site, answers, wait_until
from tests.servers import PostgreSQL, Redis, services
from tests.sockets import Visitor, ask, heard, where


@dataclass
class Deployment:
    site: Site
    worker: Process
    redis: Redis
    demo: Access


@pytest.fixture
def deployed(tmp_path: Path) -> Iterator[Deployment]:
    with (
        Redis(tmp_path / "redis") as redis,
        PostgreSQL(migrated=True) as postgresql,
        FakeDeepgram() as deepgram,
        FakeGemini(analysis_seconds=6) as gemini,
    ):
        site = ServicesSite(
            tmp_path / "site",
            DEEPGRAM_API_KEY="made-up",
            DEEPGRAM_BASE_URL=deepgram.base_url,
            GEMINI_API_KEY="made-up",
            GEMINI_BASE_URL=gemini.base_url,
            **services(postgresql, redis),
        )
        with site:
            worker = Program(["manage.py", "run_huey"], site.environment, site.folder / "worker.log")
            worker.start()
            demo = Access(**json.loads(site.demo_text))
            yield Deployment(site, worker, redis, demo)
            wait_until(worker.obeys, "the worker has begun")
            assert worker.stop(signal.SIGTERM) == 0


def watch_until_scored(hr: Visitor, topics: list[str], after: int, interview: str) -> list[str]:
    seen = []
    with hr.socket() as socket:
        frame = ask(socket, topics, after)
        while True:
            html = frame.get("html", "")
            if f'row-{interview}"' in html:
                seen.append(html)
                if 'data-stage="scored"' in html:
                    return seen
            frame = heard(socket, 60)


def test_scores_arrive_live_from_a_worker_process_through_redis(deployed: Deployment) -> None:
    hr, bo = Visitor(deployed.site), Visitor(deployed.site)
    hr.sign_in("hr", deployed.demo.hr_password)
    interview = bo.open_link(deployed.demo.ready_link)
    topics, after = where(hr.get("/hr-dashboard/results/"))
    page = bo.post(f"/interview/{interview}/submit/", f"/interview/{interview}/")
    assert 'id="progress"' in page
    seen = watch_until_scored(hr, topics, after, interview)
    assert len(seen) >= 4, "the answers did not arrive one at a time"


def test_submitting_while_redis_is_away_loses_nothing(deployed: Deployment) -> None:
    hr, bo = Visitor(deployed.site), Visitor(deployed.site)
    hr.sign_in("hr", deployed.demo.hr_password)
    interview = bo.open_link(deployed.demo.ready_link)
    topics, after = where(hr.get("/hr-dashboard/results/"))
    deployed.redis.stop()
    page = bo.post(f"/interview/{interview}/submit/", f"/interview/{interview}/")
    assert 'id="progress"' in page
    deployed.redis.start()
    watch_until_scored(hr, topics, after, interview)


def test_the_embedded_server_refuses_the_services_mode_in_words(deployed: Deployment) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "serve"],
        env={**os.environ, **deployed.site.environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "daphne project.asgi:application" in done.stderr
    wait_until(lambda: answers(f"{deployed.site.address}/health/live"), "the real server still answers")


def test_operators_see_who_works_what_huey_counts_and_that_redis_is_away(deployed: Deployment) -> None:
    admin = Visitor(deployed.site)
    admin.sign_in("admin", deployed.demo.admin_password)

    def board() -> str:
        return admin.get("/admin/interviews/job/work/")

    deployed.site.manage("shell", "-v0", "-c", "from interviews.tasks import run_job; run_job(1)")
    wait_until(lambda: bool(re.search(r"[1-9]\d* hints? taken in a day", board())), "Huey has counted a hint")
    page = board()
    assert ">alive<" in page and "Gemini" in page and "Deepgram" in page
    assert "The queue does not answer" not in page
    deployed.redis.stop()
    wait_until(lambda: "The queue does not answer" in board(), "the page says that the queue is away")
    deployed.redis.start()
    wait_until(lambda: "The queue does not answer" not in board(), "and that it is back")
