"""The tus project's own client, from npm, against the real server: what it can do elsewhere it can do here."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.processes import ROOT, Site, wait_until
from tests.programs import alone, need
from tests.visitor import Visitor

FOLDER = ROOT / "tests" / "tus"
MIB = 1024 * 1024


@pytest.fixture(scope="module")
def node() -> str:
    """With the client that package-lock.json pins; where the registry cannot be reached, the tests are skipped."""
    npm, program = need("npm"), need("node")
    with alone(FOLDER / "package-lock.json"):
        if not (FOLDER / "node_modules" / "tus-js-client").is_dir():
            command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            installed = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=False)
            if installed.returncode and not os.environ.get("CI"):
                pytest.skip(f"tus-js-client could not be installed: {installed.stderr[-300:]}")
            assert installed.returncode == 0, installed.stderr
    return program


@pytest.fixture(scope="module")
def visitor(node: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    with Site(tmp_path_factory.mktemp("tus") / "site", MAX_TAKE_MB="16") as site:
        visitor = Visitor(site)
        yield visitor
        visitor.http.close()


@pytest.fixture
def recording(tmp_path: Path, speech: bytes) -> Path:
    """Long enough to be broken off: behind the recording lies what players pass over."""
    path = tmp_path / "recording.webm"
    path.write_bytes(speech + hashlib.shake_256(b"noise").digest(8 * MIB))
    return path


def _upload(
    node: str, visitor: Visitor, recording: Path, question: int, break_at: list[int], **options: object
) -> list[dict[str, Any]]:
    task = {
        "endpoint": f"http://127.0.0.1:{visitor.port}{visitor.interview}uploads/",
        "file": str(recording),
        "headers": {name: it for name, it in visitor.headers.items() if name != "Tus-Resumable"},
        "metadata": {"question": visitor.questions[question], "filetype": "video/webm", "filename": "me.webm"},
        "options": options,
        "breakAt": break_at,
    }
    command = [node, str(FOLDER / "upload.mjs")]
    done = subprocess.run(command, input=json.dumps(task), capture_output=True, text=True, check=False, timeout=280)
    said = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, (said, done.stderr)
    return said


def _must_be_stored(visitor: Visitor, said: list[dict[str, Any]], recording: Path) -> None:
    """The applicant's page has it as an answer, and the server the same bytes."""
    address = said[-1]["done"]
    assert visitor.offset(address) == recording.stat().st_size
    digest = hashlib.sha256(recording.read_bytes()).hexdigest()
    end = {"segment": address.rstrip("/").rpartition("/")[2], "length": recording.stat().st_size, "digest": None}

    def stored() -> list[str]:
        answers = re.findall(r'src="[^"]*/(takes/[0-9a-f-]{36}/)media/', visitor.http.get(visitor.interview).text)
        ended = [visitor.http.post(f"{visitor.interview}{take}finish/", json={"segments": [end]}) for take in answers]
        return [it.json()["sha256"] for it in ended if it.status_code == 200]

    # The request that brought the last byte may have been cut off, and be finishing the take still.
    wait_until(lambda: stored() == [digest], "the recording is the answer")


@pytest.mark.parametrize(
    ("question", "options"),
    [
        (0, {}),
        (1, {"chunkSize": 3 * MIB // 2}),
        (2, {"chunkSize": MIB, "uploadLengthDeferred": True, "uploadDataDuringCreation": True}),
    ],
    ids=["all-at-once", "in-chunks", "deferred-length"],
)
def test_it_uploads_is_interrupted_and_resumes(
    question: int, options: dict[str, object], node: str, visitor: Visitor, recording: Path
) -> None:
    said = _upload(node, visitor, recording, question, [2 * MIB, 5 * MIB], **options)
    assert [next(iter(it)) for it in said].count("broken") == 2
    resumed = [it["resumed"] for it in said if "resumed" in it]
    assert len(resumed) >= 2
    assert 0 < resumed[-1] <= recording.stat().st_size
    _must_be_stored(visitor, said, recording)
