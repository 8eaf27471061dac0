from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import connection

from tests.fakes.deepgram import FakeDeepgram
from tests.fakes.gemini import FakeGemini
from tests.processes import Process, Program


@pytest.fixture
def deepgram() -> Iterator[FakeDeepgram]:
    with FakeDeepgram() as fake:
        yield fake


@pytest.fixture
def gemini() -> Iterator[FakeGemini]:
    with FakeGemini() as fake:
        yield fake


@pytest.fixture
def worker(
    transactional_db: None, tmp_path: Path, deepgram: FakeDeepgram, gemini: FakeGemini
) -> Iterator[Callable[..., Process]]:
    """Starts a worker of the embedded mode, as a process of its own, on this test's database and recordings."""
    (tmp_path / "greenroom.sqlite3").symlink_to(connection.settings_dict["NAME"])
    started: list[Process] = []

    def start(**settings: str) -> Process:
        environment = {
            "DATA_DIR": str(tmp_path),
            "DEEPGRAM_API_KEY": "made-up",
            "DEEPGRAM_BASE_URL": deepgram.base_url,
            "GEMINI_API_KEY": "made-up",
            "GEMINI_BASE_URL": gemini.base_url,
            **settings,
        }
        process = Program(["manage.py", "run_huey"], environment, tmp_path / "worker.log")
        process.start()
        started.append(process)
        return process

    yield start
    for process in started:
        process.stop()
