"""From a backup back to a site, by the commands that an administrator types; with SQLite and with PostgreSQL."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from interviews.demo.seed import FOLDER
from project.backups.contents import FACTS
from tests.processes import ServicesSite, Site, ended
from tests.servers import PostgreSQL, Redis, services
from tests.visitor import Visitor
from tests.wire import OCTETS

SETTLED = ("event", "head", "signoflife", "backup", "worker")
"""What is not the same after a restore, on purpose or by starting."""

NewSite = Callable[[str], Site]
"""An empty one of this name, with a database of its own."""


@pytest.fixture(scope="module", params=["SQLite", "PostgreSQL"])
def new_site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[NewSite]:
    folder = tmp_path_factory.mktemp("restoring")
    with ExitStack() as stack:
        if request.param == "SQLite":
            yield lambda name: _made(Site(folder / name))
            return
        redis = stack.enter_context(Redis(folder / "redis"))

        def with_services(name: str) -> Site:
            postgresql = stack.enter_context(PostgreSQL())
            return _made(ServicesSite(folder / name, **services(postgresql, redis)))

        yield with_services


def _made(site: Site) -> Site:
    site.folder.mkdir()
    return site


@pytest.fixture(scope="module")
def demo(new_site: NewSite) -> Site:
    """Not running."""
    site = new_site("demo")
    site.prepare()
    return site


@pytest.fixture(scope="module")
def backup(demo: Site) -> Path:
    return Path(demo.manage("backup").splitlines()[0])


def manage(site: Site, *arguments: str) -> subprocess.CompletedProcess[str]:
    return ended({**os.environ, **site.environment}, "manage.py", *arguments)


def rows(site: Site) -> list[Any]:
    left_out = [f"--exclude=interviews.{name}" for name in SETTLED]
    return list(json.loads(site.manage("dumpdata", "interviews", "auth.user", "--natural-foreign", *left_out)))


def media(site: Site) -> dict[str, bytes]:
    root = site.folder / "media"
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_an_empty_site_becomes_what_was_backed_up(demo: Site, backup: Path, new_site: NewSite) -> None:
    site = new_site("empty")
    said = site.manage("restore", str(backup))
    assert "is as it was at" in said
    assert rows(site) == rows(demo)
    assert media(site) == media(demo)
    assert len(media(site)) > 5
    assert (site.folder / "media").stat().st_mode & 0o77 == 0
    site.manage("collectstatic", "--noinput", "-v0")
    site.start()
    try:
        site.demo_text = demo.demo_text
        visitor = Visitor(site)
        upload = visitor.begin()
        assert visitor.offset(upload) == 0
        visitor.http.close()
    finally:
        site.server.stop()
    listed = site.manage("backups", "list")
    assert f"{backup}  " in listed
    assert "not complete" not in listed


def test_what_is_there_is_given_up_only_where_that_is_said(demo: Site, backup: Path, new_site: NewSite) -> None:
    site = new_site("other")
    site.prepare()
    site.manage("shell", "-v0", "-c", "from interviews.models import Position as P; P.objects.update(title='Other')")
    before, files = rows(site), media(site)
    refused = manage(site, "restore", str(backup))
    assert refused.returncode == 1
    assert "Nothing was changed. This site is not empty" in refused.stderr
    assert (rows(site), media(site)) == (before, files)
    site.manage("restore", str(backup), "--replace")
    assert (rows(site), media(site)) == (rows(demo), media(demo))


def test_a_damaged_backup_changes_nothing(demo: Site, new_site: NewSite) -> None:
    folder = Path(demo.manage("backup").splitlines()[0])
    spoilt = next((folder / "media").rglob("*.wav"))
    data = spoilt.read_bytes()
    spoilt.unlink()  # it shares its bytes with the backup before
    spoilt.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    before, files = rows(demo), media(demo)
    refused = manage(demo, "restore", str(folder), "--replace")
    assert refused.returncode == 1
    assert "is not what was written" in refused.stderr
    assert (rows(demo), media(demo)) == (before, files)
    demo.manage("backups", "delete", str(folder))


def test_a_backup_of_newer_code_is_refused(demo: Site, backup: Path, tmp_path: Path) -> None:
    newer = tmp_path / "newer"
    newer.mkdir()
    for file in backup.iterdir():
        (newer / file.name).symlink_to(file) if file.is_dir() else (newer / file.name).write_bytes(file.read_bytes())
    said = json.loads((newer / FACTS).read_text())
    (newer / FACTS).write_text(json.dumps({**said, "migrations": [*said["migrations"], "interviews.9999_later"]}))
    refused = manage(demo, "restore", str(newer), "--replace")
    assert "Upgrade first" in refused.stderr
    assert "interviews.9999_later" in refused.stderr


def test_a_running_site_is_not_replaced(demo: Site, backup: Path) -> None:
    demo.start()
    try:
        httpx.get(f"{demo.address}/health/ready", timeout=40).raise_for_status()
        refused = manage(demo, "restore", str(backup), "--replace")
        assert refused.returncode == 1
        assert "Stop web and worker" in refused.stderr
    finally:
        demo.server.stop()
    demo.manage("restore", str(backup), "--replace")


def test_who_was_erased_since_is_erased_again_where_that_is_known(
    demo: Site, backup: Path, new_site: NewSite, tmp_path: Path
) -> None:
    assert "Nothing here tells who was erased after that" in new_site("knows nobody").manage("restore", str(backup))
    ask = "from interviews.models import Interview as I; print(*I.objects.filter({}).values_list('pk', flat=True))"
    (gone, *_others) = demo.manage("shell", "-v0", "-c", ask.format("submitted_at__isnull=False")).split()
    taken_along = Path(shutil.copytree(backup, tmp_path / "disk" / backup.name))
    (tmp_path / "disk" / "erased").mkdir()
    (tmp_path / "disk" / "erased" / gone).touch()
    site = new_site("knows one")
    assert "1 who were erased after that are back" in site.manage("restore", str(taken_along))
    assert (site.folder / "erased" / gone).exists()
    assert site.manage("shell", "-v0", "-c", ask.format("erasure_asked_at__isnull=False")).split() == [gone]


def test_who_was_signed_in_is_not_any_more_and_new_events_have_new_numbers(demo: Site, backup: Path) -> None:
    script = (
        "from interviews.models import Session as S; from interviews.events import Head;"
        "S.objects.get_or_create(pk='x', defaults={'session_data': '', 'expire_date': '2099-01-01T00:00Z'});"
        "print(Head.objects.get().number)"
    )
    head = int(demo.manage("shell", "-v0", "-c", script))
    demo.manage("restore", str(backup), "--replace")
    script = (
        "from interviews.models import Session as S; from interviews.models import Event;"
        "print(S.objects.count(), Event.objects.latest('number').number, Event.objects.latest('number').kind)"
    )
    sessions, number, kind = demo.manage("shell", "-v0", "-c", script).split()
    assert (sessions, kind) == ("0", "site.back")
    assert int(number) > head + 1000


def test_what_was_made_of_a_lost_recording_is_made_again(demo: Site, new_site: NewSite) -> None:
    poster = next((demo.folder / "media").rglob("poster.jpg"))
    data = poster.read_bytes()
    poster.unlink()
    try:
        done = manage(demo, "backup")
        assert done.returncode == 1
        assert "1 files are missing" in done.stdout
    finally:
        poster.write_bytes(data)
    folder = Path(done.stdout.splitlines()[0])
    site = new_site("less")
    assert "1 recordings are made ready to play again" in site.manage("restore", str(folder))
    demo.manage("backups", "delete", str(folder))


SOUND = """
from interviews.models import Take, Rendition
from interviews.processing.takes import contents
from interviews.queries.operations import reconcile
from pathlib import Path
from django.conf import settings
from interviews.queries import files
for take in Take.objects.all():
    contents(list(take.segments.prefetch_related("pieces")))
lost = [file.name for file in files.named() if not (Path(settings.MEDIA_DIR) / file.name).is_file()]
print(reconcile(), len(lost), Take.objects.count())
"""


def test_a_backup_of_a_site_at_work_is_of_one_moment(new_site: NewSite) -> None:
    """Applicants record while it is made, twice: in what comes back, no row names a byte that is not there."""
    site, speech = new_site("busy"), next(Path(FOLDER).rglob("*.webm")).read_bytes()
    site.prepare()
    site.start()
    over = threading.Event()
    sent = [0]

    def record(visitor: Visitor) -> None:
        number = 0
        while not over.is_set():
            if number == 0:
                upload = visitor.begin(number)
            offset = visitor.offset(upload)
            piece = speech[offset : offset + 20_000] or speech[:20_000]
            headers = {**visitor.headers, "Upload-Offset": str(offset), "Content-Type": OCTETS}
            visitor.http.patch(upload.address, content=piece, headers=headers).raise_for_status()
            sent[0], number = sent[0] + 1, number + 1

    visitor = Visitor(site)
    recording = threading.Thread(target=record, args=(visitor,))
    recording.start()
    try:
        places = [site.manage("backup").splitlines()[0] for _ in range(2)]
        before = sent[0]
        assert before > 3, "nothing was recorded meanwhile"
    finally:
        over.set()
        recording.join()
        visitor.http.close()
        site.server.stop()
    for number, place in enumerate(places):
        again = new_site(f"again-{number}")
        again.manage("restore", place)
        loose, lost, takes = map(int, again.manage("shell", "-v0", "-c", SOUND).split())
        assert (loose, lost) == (0, 0)
        assert takes > 3
