"""The README's lines for a site of one's own, typed as they stand there, in an empty folder with its own servers."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.processes import ROOT, Process, free_port, wait_until
from tests.servers import PostgreSQL, Redis

HOST = "interviews.example.com"
ONLY_HERE = ("postgres://greenroom:…@db:5432/greenroom", "redis://redis:6379/0", "/srv/greenroom", "tcp:8000", "…")
PASSWORD = "a password of nobody's, made for this"


@dataclass
class Typed:
    """What was set, what was typed until it ended, and what runs."""

    environment: dict[str, str]
    done: list[str]
    running: list[Process]
    address: str


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Typed]:
    folder = tmp_path_factory.mktemp("readme")
    with ExitStack() as stack:
        redis, postgresql = stack.enter_context(Redis(folder / "redis")), stack.enter_context(PostgreSQL())
        port, data = free_port(), folder / "data"
        here = dict(zip(ONLY_HERE, (postgresql.url, redis.url, str(data), f"tcp:{port}", "k" * 50), strict=True))
        asked = {"DJANGO_SUPERUSER_PASSWORD": PASSWORD, "DJANGO_SUPERUSER_USERNAME": "root"}  # it would ask for them
        typed = Typed({**asked, "DJANGO_SUPERUSER_EMAIL": "root@example.com"}, [], [], f"http://127.0.0.1:{port}")
        for line in _lines(here):
            name, *rest = shlex.split(line, comments=True)
            if name == "export":
                typed.environment |= dict(it.split("=", 1) for it in rest)
                continue
            command = [sys.executable, *(["-m", name] if name != "python" else []), *rest]
            if name == "daphne" or "run_huey" in rest:
                process = Process(command, typed.environment, folder / f"{len(typed.running)}.log")
                process.start()
                stack.callback(process.stop, signal.SIGTERM)
                typed.running.append(process)
                continue
            command += ["--noinput"] if "createsuperuser" in rest else []
            whole = {**os.environ, **typed.environment}
            done = subprocess.run(command, cwd=ROOT, env=whole, capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
            typed.done.append(rest[1])
        yield typed


def _lines(here: dict[str, str]) -> list[str]:
    text = (ROOT / "README.md").read_text("utf-8")
    (block,) = re.findall(r"```\n(export DATABASE_URL=.*?)```", text, re.DOTALL)
    for there, value in here.items():
        assert there in block, there
        block = block.replace(there, value)
    return list(filter(None, block.splitlines()))


def test_it_is_reached_by_its_name_with_its_files_and_somebody_signs_in(site: Typed) -> None:
    assert site.done == ["migrate", "collectstatic", "createsuperuser"] and len(site.running) == 2
    with httpx.Client(base_url=site.address, headers={"Host": HOST}, timeout=20) as browser:
        wait_until(lambda: _is_ready(browser), "it is ready")
        page = browser.get("/hr-dashboard/sign-in/")
        sheet = re.search(r'href="(/static/greenroom[^"]+css)"', page.text)
        assert sheet and browser.get(sheet[1]).status_code == 200
        sent = {"username": "root", "password": PASSWORD, "csrfmiddlewaretoken": browser.cookies["csrftoken"]}
        assert browser.post("/hr-dashboard/sign-in/", data=sent).status_code == 302
        assert browser.get("/admin/interviews/job/work/").status_code == 200
        assert browser.get("/hr-dashboard/", headers={"Host": "elsewhere.example.com"}).status_code == 400


def test_the_worker_works_and_the_doctor_knows(site: Typed) -> None:
    def doctor() -> str:
        command, whole = [sys.executable, "manage.py", "doctor"], {**os.environ, **site.environment}
        return subprocess.run(command, cwd=ROOT, env=whole, capture_output=True, text=True, check=False).stdout

    wait_until(lambda: "1 alive" in doctor(), "the worker gives a sign of life")
    said = doctor()
    assert re.search(r"postgresql", said, re.IGNORECASE) and re.search(r"redis", said, re.IGNORECASE), said


def _is_ready(browser: httpx.Client) -> bool:
    try:
        return bool(browser.get("/health/ready").json() == {"status": "ready"})
    except httpx.TransportError:
        return False


def test_the_folder_holds_nothing_but_what_is_said(site: Typed) -> None:
    made = {path.name for path in Path(site.environment["DATA_DIR"]).iterdir()}
    assert made <= {"static", "media", "backups", "erased"}, made
