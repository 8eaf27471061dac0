"""What has happened is told by how long ago, with the moment itself where the pointer rests."""

from __future__ import annotations

from datetime import datetime

from bs4 import BeautifulSoup
from bs4.element import Tag
from django.utils import timezone

from tests.addresses import OURS, Subject, addresses
from tests.people import World
from tests.strangers import FRIENDS, ask

MOMENTS_AT_LEAST = 20
LOGS = "#story, #history, .provenance, .live, .why-journey, li:has(> .difference), .explanation"
"""Where the moment itself is what is looked for, and what applicants are given in writing."""


def test_what_has_happened_is_told_by_how_long_ago_on_every_page_of_hr(whole: World) -> None:
    now, told, exact = timezone.now(), 0, set()
    asked = [it for it in addresses(Subject(whole.position, whole.interview)) if it.name in OURS and it.is_hr]
    for made in (FRIENDS["ada"], FRIENDS["kim"], FRIENDS["eve"]):
        client = made(whole)
        for address in asked:
            reply = ask(client, "GET", address.path)
            if reply.status_code != 200 or not reply.headers.get("Content-Type", "").startswith("text/html"):
                continue
            page = BeautifulSoup(reply.content, "html.parser")
            logged = {id(time) for log in page.select(LOGS) for time in log.find_all("time")}
            for time in page.select("main time[datetime]"):
                assert isinstance(time, Tag)
                if id(time) in logged or datetime.fromisoformat(str(time["datetime"])) > now:
                    continue
                told += time.has_attr("data-ago")
                if not time.has_attr("data-ago"):
                    before = time.find_previous(string=lambda text: bool(text and text.strip()))
                    exact.add(f"{address.name}: {before} {time.get_text()}")
    assert exact == set()
    assert told >= MOMENTS_AT_LEAST
