"""Two hundred hostile uploads and a dozen hostile logos: nothing breaks, grows without bound, or goes where they
lead."""

from __future__ import annotations

import json
import re
import resource
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from interviews.media import looking
from interviews.media.errors import MediaError, Passing
from interviews.media.making import Limits
from interviews.media.probe import probe
from tests.hostile.files import Upload
from tests.hostile.logos import logos
from tests.hostile.lures import Lure, lure
from tests.hostile.uploads import uploads
from tests.processes import ROOT, Site, answers, wait_until
from tests.recordings import recording
from tests.visitor import Visitor
from tests.wire import OCTETS, metadata

MANY = 200
NAMES_OF_LOGOS = (
    *("20000 by 20000", "2^31 by 1", "more picture than said", "a colour profile of 400 MB", "words of 400 MB"),
    *("international words of 400 MB", "no pixels", "a long animation", "a jpeg of 65535 by 65535", "svg"),
    *("a png that goes on as html", "a jpeg that goes on as zip"),
)
CHILD_MIB = 300
GROWS_MIB = 150
"""What a server may have taken more when all of them came: its libraries, and what Python does not give back."""


@pytest.fixture
def leads(tmp_path: Path) -> Iterator[Lure]:
    with lure(tmp_path) as it:
        yield it


@pytest.fixture
def files(tmp_path: Path, speech: bytes, leads: Lure) -> list[Upload]:
    mp4 = recording(tmp_path / "good.mp4", 2, video="libx264", audio="aac").read_bytes()
    made = uploads(speech, mp4, leads)
    assert len(made) == MANY
    return made


def _python(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280, check=False)


def test_the_lures_tell_who_came(leads: Lure, tmp_path: Path) -> None:
    """Otherwise the tests below could not fail."""
    script = tmp_path / "script"
    for place, visit in ((str(leads.path), "file"), (f"tcp://{leads.address}", "network")):
        script.write_text(f"ffconcat version 1.0\nfile '{place}'\n")
        allowed = "{'safe': '0', 'protocol_whitelist': 'file,tcp'}"
        _python("-c", f"import av; av.open({str(script)!r}, format='concat', options={allowed})")
        assert visit in leads.visits


@pytest.mark.parametrize("quarter", range(4))
def test_a_worker_makes_of_each_what_it_can_within_its_limits(
    files: list[Upload], leads: Lure, tmp_path: Path, quarter: int
) -> None:
    folder = tmp_path / "hostile"
    folder.mkdir()
    chosen = files[quarter::4]
    for index, file in enumerate(chosen):
        (folder / f"{index:03}").write_bytes(file.content)
    done = _python("-m", "tests.making_all", str(folder))
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert len(told["outcomes"]) == len(chosen)
    strange = [
        (chosen[int(name)].name, outcome, seconds)
        for name, outcome, seconds in told["outcomes"]
        if not outcome.startswith(("made", "refused")) or seconds > 60
    ]
    assert strange == []
    assert told["mib"] < CHILD_MIB < Limits().memory_bytes >> 20
    assert leads.visits == []


def test_the_server_answers_each_in_order_and_stays(
    files: list[Upload], leads: Lure, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    folder = tmp_path / "site"
    nobody = {"TRANSCRIPTION_ENGINE": "none", "ANALYSIS_ENGINE": "none"}
    with Site(folder, **nobody) as site:
        site.manage("shell", "-c", "from interviews.models import Question; Question.objects.update(takes=500)")
        visitor = Visitor(site)
        first = _sent(visitor, files[0], 0)  # what only the first one costs
        before, child = site.server.resident_kib(), site.server.child
        outcomes = Counter([first, *(_sent(visitor, file, index) for index, file in enumerate(files[1:], start=1))])
        grown = (site.server.resident_kib() - before) / 1024
        visitor.http.close()

        assert answers(f"{site.address}/health/ready")
        assert child is not None and child.poll() is None
        assert sum(outcomes.values()) == MANY
        assert outcomes["finished 200"] >= 30 and sum(outcomes.values()) - outcomes["finished 200"] >= 100, outcomes
        wait_until(lambda: _nothing_is_under_way(site), "the worker has looked at what was taken", 200)
        said = site.server.output()
    record_property("hostile uploads", f"{sum(outcomes.values())}, {grown:.0f} MiB more taken by the server")
    assert "Traceback" not in said, said[-3000:]
    assert grown < GROWS_MIB
    assert leads.visits == []
    names = [path.relative_to(folder / "media").as_posix() for path in (folder / "media").rglob("*") if path.is_file()]
    ours = re.compile(r"(takes(/[0-9a-f-]{36}){3}|renditions(/[0-9a-f-]{36}){3}/(playable|poster\.jpg|sound\.wav))")
    assert [name for name in names if not ours.fullmatch(name)] == []


def _sent(visitor: Visitor, file: Upload, index: int) -> str:
    """How far it came, and the last status. Every refusal has words."""
    question = visitor.questions[index % len(visitor.questions)]
    pairs = metadata(**{"question": question, "filetype": file.media_type, **file.metadata})
    headers = {**visitor.headers, "Upload-Metadata": pairs, "Upload-Defer-Length": "1"}
    made = visitor.http.post(f"{visitor.interview}uploads/", headers=headers)
    if made.status_code != 201:
        return _refused("created", made)
    headers = {**visitor.headers, "Content-Type": OCTETS, "Upload-Offset": "0"}
    kept = visitor.http.patch(made.headers["Location"], content=file.content, headers=headers, timeout=60)
    if kept.status_code != 204:
        return _refused("kept", kept)
    body = {
        "segments": [{"segment": made.json()["segment"], "length": len(file.content), "digest": None}],
        "writer": "",
    }
    done = visitor.http.post(made.json()["finish"], json=body, headers=visitor.headers, timeout=60)
    return "finished 200" if done.status_code == 200 else _refused("finished", done)


def _refused(how_far: str, reply: httpx.Response) -> str:
    assert 400 <= reply.status_code < 500, (how_far, reply.status_code, reply.text[:500])
    assert len(reply.json()["message"]) > 20
    return f"{how_far} {reply.status_code} {reply.json()['error']}"


def _nothing_is_under_way(site: Site) -> bool:
    count = "from interviews.models import Job; print(Job.objects.filter(state__in=['queued', 'running']).count())"
    return site.manage("shell", "-v", "0", "-c", count).strip() == "0"


@pytest.mark.parametrize("name", NAMES_OF_LOGOS)
def test_a_logo_that_is_a_bomb_is_refused_or_made_small(name: str) -> None:
    try:
        made = looking.logo_from(logos()[name])
    except Passing as error:
        pytest.fail(f"it ended the process: {error.message}")
    except MediaError:
        return
    assert made.startswith(b"\x89PNG") and len(made) < 100_000


class TestTheProcessBesideTheServer:
    def test_it_has_limits_and_no_secrets(self, tmp_path: Path) -> None:
        looker = self._kept(recording(tmp_path / "a.webm", 0.5))
        assert resource.prlimit(looker.pid, resource.RLIMIT_AS)[0] == looking.MEMORY_BYTES
        assert resource.prlimit(looker.pid, resource.RLIMIT_FSIZE)[0] == 0
        assert Path(f"/proc/{looker.pid}/environ").read_bytes() == b""

    def test_it_is_kept_and_replaced_when_it_has_ended(self, tmp_path: Path) -> None:
        media = recording(tmp_path / "a.webm", 0.5)
        first = self._kept(media)
        assert self._kept(media) is first
        first.kill()
        first.wait()
        assert looking.probe(media).audio
        assert self._kept(media) is not first

    def test_what_it_says_is_what_is_found_without_it(self, tmp_path: Path) -> None:
        media = recording(tmp_path / "a.webm", 0.5)
        assert looking.probe(media) == probe(media)
        (empty := tmp_path / "empty").touch()
        with pytest.raises(MediaError, match="empty"):
            looking.probe(empty)

    def _kept(self, media: Path) -> subprocess.Popen[str]:
        looking.probe(media)
        return looking._idle[-1].child
