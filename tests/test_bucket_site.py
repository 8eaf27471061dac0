"""A site with its recordings in a bucket: it moves them by itself, plays them, and holds nobody up for the bucket."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic

import httpx
import pytest

from interviews.demo.seed import Access
from tests.buckets import S3
from tests.processes import Site, answers, wait_until

AT_ONCE = 12
"""More than the threads that fetch, and than those that answer requests."""
OLD = "from interviews.models import Take; Take.objects.update(finished_at='2020-01-01T00:00:00Z')"


@pytest.fixture
def s3(tmp_path: Path) -> Iterator[S3]:
    with S3(tmp_path) as it:
        yield it


def test_it_moves_and_plays_them_and_nobody_waits_for_a_bucket_that_hangs(s3: S3, tmp_path: Path) -> None:
    with Site(tmp_path / "site", **s3.variables) as site:
        site.manage("shell", "-c", OLD)
        media = site.folder / "media"
        wait_until(lambda: not any(path.is_file() for path in media.rglob("*")), "all recordings have been moved")

        browser, page, address = _applicant(site)
        [key] = [name for name in s3.names() if name.startswith("takes/") and address.split("/")[4] in name]
        content = s3.content(key)
        part = browser.get(address, headers={"Range": "bytes=100-199"})
        assert (part.status_code, part.content) == (206, content[100:200])
        assert browser.get(address).content == content

        s3.pause()
        with ThreadPoolExecutor(AT_ONCE) as threads:
            asked = [threads.submit(browser.get, address, headers={"Range": "bytes=0-9"}) for _ in range(AT_ONCE)]
            began = monotonic()
            for _ in range(5):
                assert browser.get(page).status_code == 200
            took = monotonic() - began
            assert not any(it.done() for it in asked)
            s3.go_on()
            assert {(it.result().status_code, it.result().content) for it in asked} == {(206, content[:10])}
        assert took < 15  # a bucket that hangs is given up after 20

        s3.stop()
        for _ in range(2):  # cut, and not left waiting
            with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
                browser.get(address, headers={"Range": "bytes=0-9"})
        browser.close()
        assert answers(f"{site.address}/health/ready")
        s3.start()


def _applicant(site: Site) -> tuple[httpx.Client, str, str]:
    """A browser that has opened the link of who is ready to submit; their page, and their first recording."""
    demo = Access(**json.loads(site.demo_text))
    path, token = demo.ready_link.split("#")
    browser = httpx.Client(base_url=site.address, timeout=60)
    browser.get(path)
    browser.headers["X-CSRFToken"] = browser.cookies["csrftoken"]
    browser.post(f"{path}open/", data={"token": token})
    found = re.search(r'"(/interview/[^"]+/takes/[^"]+/media/)"', browser.get(path).text)
    assert found
    return browser, path, found[1]
