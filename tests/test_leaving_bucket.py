"""A site that stops using its bucket has all recordings on its disk again, and leaves nothing behind."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pytest_django import Settings

from interviews.engines.errors import Busy
from interviews.models import StoredFile, Take
from interviews.processing import storing
from tests.buckets import S3, Liar
from tests.people import World
from tests.processes import Site, ended, wait_until
from tests.storing import moved, on_disk, s3, use
from tests.test_bucket_site import OLD, _applicant

__all__ = ["s3"]  # a fixture


def contents(settings: Settings) -> dict[str, bytes]:
    return {name: (Path(settings.MEDIA_DIR) / name).read_bytes() for name in on_disk(settings)}


def test_every_file_is_back_and_compared_and_the_bucket_is_empty(scored: World, s3: S3, settings: Settings) -> None:
    before = contents(settings)
    moved(scored)
    made_anew = StoredFile.objects.filter(rendition__isnull=False).earliest("key")
    StoredFile.objects.filter(pk=made_anew.pk).update(rendition=None)  # nobody's: it does not come back
    spoilt = Path(settings.MEDIA_DIR) / StoredFile.objects.filter(segment__isnull=False).earliest("key").key
    spoilt.parent.mkdir(parents=True, exist_ok=True)
    spoilt.write_bytes(b"some of it")

    assert storing.leave() == len(before) - 1

    del before[made_anew.key]
    assert contents(settings) == before
    assert s3.names() == set() and not StoredFile.objects.exists()
    assert not Take.objects.filter(stored_at__isnull=False).exists()
    settings.S3_BUCKET = ""
    assert storing.due() == []


def test_a_bucket_that_gives_other_bytes_keeps_what_it_has_and_it_goes_on_later(
    scored: World, s3: S3, settings: Settings
) -> None:
    before = contents(settings)
    moved(scored)
    with Liar(s3) as liar:
        use(settings, {**s3.variables, "S3_ENDPOINT_URL": liar.address})
        liar.lies = True
        with pytest.raises(Busy, match="other bytes"):
            storing.leave()
        assert s3.names() == before.keys() and on_disk(settings) == set()
    use(settings, s3.variables)
    storing.leave()
    assert contents(settings) == before and s3.names() == set()


def test_an_operator_leaves_it_by_one_command_while_the_site_is_stopped(tmp_path: Path) -> None:
    with S3(tmp_path) as server:
        with Site(tmp_path / "site", **server.variables) as site:
            site.manage("shell", "-c", OLD)
            media = site.folder / "media"
            wait_until(lambda: not any(path.is_file() for path in media.rglob("*")), "all recordings have been moved")
            names = server.names()
            assert "Stop web and worker" in _refused(site)
        assert "room for" in _refused(site, MIN_FREE_DISK_MB=str(10**9))
        assert f"{len(names)} files are on this disk again" in site.manage("leave_bucket")
        assert server.names() == set()
    again = Site(site.folder)
    assert "S3_BUCKET is not set" in _refused(again)
    again.demo_text = site.demo_text
    again.start()
    try:
        browser, _page, address = _applicant(again)
        assert len(browser.get(address).content) > 10_000
        browser.close()
    finally:
        again.server.stop()


def _refused(site: Site, **settings: str) -> str:
    done = ended({**os.environ, **site.environment, **settings}, "manage.py", "leave_bucket")
    assert done.returncode == 1, done.stdout
    return done.stderr
