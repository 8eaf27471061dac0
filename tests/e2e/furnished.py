"""Pages of a furnished site, found by asking: whatever is HTML at an address of the product's registry."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.e2e.browsers import chromium_arguments
from tests.processes import Site
from tests.programs import CHROMIUM, need

FURNISH = "from tests.furnished import furnish; furnish()"


@dataclass(frozen=True)
class Shown:
    name: str
    path: str


@dataclass(frozen=True)
class Furnished:
    """Paths as `tests.furnished.furnish` says them. `demo`: as in `interviews.demo.seed.Access`.

    `applicants`: link and paths, by how far they came; `outside`: of somebody with whom an interview is shared.
    """

    site: Site
    demo: dict[str, str]
    hr: list[Shown]
    empty: list[Shown]
    admin: list[Shown]
    operators: list[Shown]
    applicants: dict[str, tuple[str, list[Shown]]]
    outside: tuple[str, list[Shown]]
    next: str


def furnished(site: Site) -> Furnished:
    said = json.loads(site.manage("shell", "-v0", "-c", FURNISH).splitlines()[-1])
    demo = json.loads(site.demo_text)
    applicants = {stage: (link, _shown(paths)) for stage, (link, paths) in said["applicants"].items()}
    link, paths = said["outside"]
    return Furnished(
        site,
        demo,
        _shown(said["hr"]),
        _shown(said["empty"]),
        _shown(said["admin"]),
        _shown(said["operators"]),
        applicants,
        (link, _shown(paths)),
        said["next"],
    )


@contextmanager
def by_itself() -> Iterator[tuple[Furnished, Browser]]:
    """A furnished site and a browser, for a program that is no test."""
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        Site(Path(folder) / "site") as site,
        sync_playwright() as playwright,
    ):
        full = furnished(site)
        browser = playwright.chromium.launch(executable_path=need(*CHROMIUM), args=chromium_arguments())
        yield full, browser
        browser.close()


def _shown(paths: Iterable[tuple[str, str]]) -> list[Shown]:
    return [Shown(name, path) for name, path in paths]


def pages(page: Page, site: Site, shown: Iterable[Shown]) -> Iterator[Shown]:
    """Those that are pages to whom this browser belongs; each is open when it is given."""
    for one in shown:
        headers = {"Range": "bytes=0-0"}  # files
        reply = page.request.get(site.address + one.path, max_redirects=0, headers=headers)
        is_page = reply.headers.get("content-type", "").startswith("text/html")
        if reply.status == 200 and is_page and "attachment" not in reply.headers.get("content-disposition", ""):
            page.goto(site.address + one.path)
            yield one
