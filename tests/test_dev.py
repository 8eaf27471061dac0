"""`dev.py`, and what it does, where something is decided; and the image's rules."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

import dev
from bench import upload
from development import checking, installing
from tests.deployment import instructions


def test_an_old_python_is_refused_in_words() -> None:
    refused = dev.refusal_of((3, 9), "/usr/bin/python3")

    assert refused is not None
    assert "needs Python 3.11 or newer; /usr/bin/python3 is Python 3.9" in refused
    assert "python.org" in refused
    assert dev.refusal_of((3, 11), "python3") is None
    assert dev.refusal_of((3, 14), "python3") is None


@pytest.mark.parametrize("arguments", [[], ["chaos-monkey"], ["run", "--fake"], ["screenshots", "all"]])
def test_an_unknown_command_prints_how_to_use_it(arguments: list[str]) -> None:
    done = run_dev(*arguments)

    assert done.returncode == 1
    assert "python3 dev.py run [--fakes]" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("port", ["eighty", "0", "65536", "-1"])
def test_a_port_that_is_none_is_refused_in_words(port: str) -> None:
    done = run_dev("run", PORT=port)

    assert done.returncode == 1
    assert done.stderr.strip() == f'PORT is "{port}"; it must be a number from 1 to 65535.'


def run_dev(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(installing.ROOT / "dev.py"), *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=30,
    )


def test_installing_is_due_once_per_text_of_a_requirement_file(tmp_path: Path) -> None:
    stamp = tmp_path / "installed.json"
    product, tests = tmp_path / "requirements.txt", tmp_path / "requirements-dev.txt"
    product.write_text("Django==5.2.19\n")
    tests.write_text("-r requirements.txt\npytest==9.2.0\n")

    assert installing.out_of_date(stamp, [product]) == [product]
    installing.write_stamp(stamp, [product])
    assert installing.out_of_date(stamp, [product]) == []
    assert installing.out_of_date(stamp, [tests, product]) == [tests]
    installing.write_stamp(stamp, [tests, product])
    assert installing.out_of_date(stamp, [tests, product]) == []

    product.write_text("Django==5.2.20\n")
    assert installing.out_of_date(stamp, [tests, product]) == [product]


@pytest.mark.parametrize("text", ["", "{", "[1]", "7", '{"requirements.txt": 7}'])
def test_a_spoilt_stamp_means_install_again(tmp_path: Path, text: str) -> None:
    stamp, product = tmp_path / "installed.json", tmp_path / "requirements.txt"
    stamp.write_text(text)
    product.write_text("Django==5.2.19\n")

    assert installing.out_of_date(stamp, [product]) == [product]
    installing.write_stamp(stamp, [product])
    assert installing.out_of_date(stamp, [product]) == []


SUITE = """
import pytest

def test_passes(): pass
def test_passes_too(): pass
def test_fails(): assert False
@pytest.mark.skip(reason="no Redis here")
def test_is_skipped(): pass
@pytest.fixture
def breaks_before(): raise OSError
@pytest.fixture
def breaks_after():
    yield
    raise OSError
def test_never_starts(breaks_before): pass
def test_passes_and_then_breaks(breaks_after): pass
def test_fails_and_then_breaks(breaks_after): assert False
"""


def test_the_closing_line_counts_what_pytest_reported(tmp_path: Path) -> None:
    (tmp_path / "test_suite.py").write_text(SUITE)
    report = tmp_path / "junit.xml"
    subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:django", "-c", os.devnull, f"--junitxml={report}", str(tmp_path)],
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "DJANGO"))},
        capture_output=True,
        timeout=60,
    )

    assert checking.counted(report) == {"passed": 2, "failed": 4, "skipped": 1}


@pytest.mark.parametrize("text", [None, "", "<testsuites><testsuite>"])
def test_no_report_counts_nothing(tmp_path: Path, text: str | None) -> None:
    """Which `dev.py test` then calls a failure."""
    report = tmp_path / "junit.xml"
    if text is not None:
        report.write_text(text)

    assert checking.counted(report) == {"passed": 0, "failed": 0, "skipped": 0}


def test_a_step_reports_its_end_and_shows_what_went_wrong(capfd: pytest.CaptureFixture[str]) -> None:
    assert checking.step("manage.py version", dict(os.environ))
    assert not checking.step("manage.py no-such-command", dict(os.environ))

    good, bad, *output = capfd.readouterr().out.splitlines()
    assert re.fullmatch(r"manage.py version: ok \(\d+\.\d s\)", good)
    assert re.fullmatch(r"manage.py no-such-command: FAILED \(\d+\.\d s\)", bad)
    assert "Unknown command" in "\n".join(output)


@pytest.mark.parametrize("name", installing.PROGRAMS)
def test_a_missing_program_comes_with_a_command(name: str) -> None:
    assert re.search(r"install|WSL", installing.how_to_install(name), re.IGNORECASE)


def test_the_image_runs_without_root_and_without_a_shell() -> None:
    said = instructions()

    assert said["USER"] == ["10001:10001"]
    assert said["STOPSIGNAL"] == ["SIGTERM"]
    (command,) = said["CMD"]
    assert json.loads(command) == [
        "daphne",
        "-e",
        "tcp:8000:interface=0.0.0.0:backlog=1024",
        "project.asgi:application",
    ]
    assert "ENTRYPOINT" not in said


def test_the_image_asks_itself_by_a_name_that_is_allowed() -> None:
    (check,) = instructions()["HEALTHCHECK"]
    command = json.loads(check.partition(" CMD ")[2])
    assert command[:2] == ["python", "-c"]
    asked: list[tuple[str, str | None]] = []

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append((self.path, self.headers["Host"]))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Nothing on the console."""

    server = HTTPServer(("127.0.0.1", 0), Answering)
    script = command[2].replace(":8000", f":{server.server_port}")
    answering = threading.Thread(target=server.serve_forever)
    answering.start()
    try:
        for allowed in ("jobs.example.com,10.0.0.1", ".example.com", "*", ""):
            subprocess.run([sys.executable, "-c", script], env={"ALLOWED_HOSTS": allowed}, check=True, timeout=20)
    finally:
        server.shutdown()
        answering.join()
        server.server_close()

    assert asked == [("/health/live", host) for host in ("jobs.example.com", "example.com", "localhost", "localhost")]
    assert subprocess.run([sys.executable, "-c", script], env={}, capture_output=True, timeout=20).returncode


def test_the_image_leaves_the_rest_of_the_checkout_behind() -> None:
    first, *kept = (installing.ROOT / ".dockerignore").read_text().split()
    assert first == "**"
    for name in (line.removeprefix("!") for line in kept if line.startswith("!")):
        assert name == "locale" or (installing.ROOT / name).exists(), name


GOOD = {"name": "good", "version": "1", "vulns": []}
BAD = {"name": "bad", "version": "2", "vulns": [{"id": "PYSEC-1"}, {"id": "GHSA-2"}]}
UNKNOWN = {"name": "ours", "skip_reason": "Dependency not found on PyPI and could not be audited: ours (1)"}


@pytest.mark.parametrize(
    "found, said, is_bad",
    [
        ([GOOD, GOOD], "audit: ok (2 packages)", False),
        ([GOOD, UNKNOWN], "audit: ok (1 packages; not in the index: ours)", False),
        ([GOOD, BAD], "audit: FAILED\nbad 2: PYSEC-1\nbad 2: GHSA-2", True),
        ([UNKNOWN, UNKNOWN], "audit: skipped: index unreachable", False),
        ([], "audit: skipped: index unreachable", False),
    ],
)
def test_an_audit_calls_nothing_good_that_was_not_looked_up(
    found: list[dict[str, object]], said: str, is_bad: bool
) -> None:
    assert checking.verdict_of(json.dumps({"dependencies": found})) == (said, is_bad)
    assert checking.verdict_of("no JSON at all") == ("audit: skipped: index unreachable", False)


async def _serves_parts(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Of a recording, as they are asked for."""
    with contextlib.suppress(asyncio.IncompleteReadError, asyncio.CancelledError):
        while head := await reader.readuntil(b"\r\n\r\n"):
            asked = re.search(rb"bytes=([0-9]+)-([0-9]+)", head)
            assert asked is not None
            length = int(asked[2]) - int(asked[1]) + 1
            writer.write(f"HTTP/1.1 206 \r\nContent-Length: {length}\r\n\r\n".encode() + bytes(length))
    writer.close()


@pytest.mark.parametrize("seconds", [1, 2, 13, 15])
async def test_the_measurement_of_uploads_asks_for_no_more_than_there_is(seconds: int) -> None:
    size = sum(map(len, upload.recorded(round(seconds / upload.SLICE_SECONDS))))
    async with await asyncio.start_server(_serves_parts, "127.0.0.1") as server:
        recorder = upload.Recorder(server.sockets[0].getsockname()[1], "1", "session", "1")
        assert len(await upload.ranges(recorder, size)) == 60
