"""An open page: what it follows, what the feed makes of it, and what is seen on it."""

from __future__ import annotations

import json
import re

from bs4 import BeautifulSoup
from bs4.element import Tag
from django.test import Client


def apply(page: BeautifulSoup, html: str) -> None:
    """What live.js does, in the words of the wire: replace by id, else put into the named container, by its order."""
    for template in BeautifulSoup(html, "html.parser").find_all("template"):
        if template.get("data-remove"):
            gone = page.find(id=str(template["data-remove"]))
            if isinstance(gone, Tag):
                gone.decompose()
            continue
        fragment = template.find(True)
        assert isinstance(fragment, Tag)
        there = page.find(id=str(template["data-replace"]))
        into = page.find(id=str(template.get("data-into", "-")))
        if isinstance(there, Tag):
            if not fragment.get("data-keep") or fragment["data-keep"] != there.get("data-keep"):
                has_moved = there.get("data-order") != fragment.get("data-order")
                there.replace_with(fragment)
                if has_moved and isinstance(into, Tag):
                    _place(fragment, into)
        elif isinstance(into, Tag) and not into.has_attr("data-newcomers"):
            _place(fragment, into)
    for counter in page.select("[data-count-of]"):
        counted = page.find(id=str(counter["data-count-of"]))
        counter.string = str(len(counted.find_all(True, recursive=False))) if isinstance(counted, Tag) else ""


def read_again(page: BeautifulSoup, fresh: BeautifulSoup) -> None:
    """What live.js does when a page is to be read again: takes over every live region."""
    for region in fresh.select("[data-live-region][id]"):
        there = page.find(id=str(region["id"]))
        if isinstance(there, Tag) and (not there.get("data-keep") or there["data-keep"] != region.get("data-keep")):
            there.replace_with(BeautifulSoup(str(region), "html.parser"))


def _place(fragment: Tag, into: Tag) -> None:
    fragment.extract()
    order = fragment.get("data-order")
    others = into.find_all(True, recursive=False)
    following = [it for it in others if order is None or int(str(it["data-order"])) > int(str(order))]
    if following:
        following[0].insert_before(fragment)
    else:
        into.append(fragment)
    for surplus in into.find_all(True, recursive=False)[int(str(into.get("data-at-most", "1000000"))) :]:
        surplus.decompose()


def page_of(browser: Client, address: str) -> BeautifulSoup:
    response = browser.get(address)
    assert response.status_code == 200
    return BeautifulSoup(response.content, "html.parser")


def cursor(page: BeautifulSoup) -> tuple[list[str], int]:
    live = page.find(id="live")
    assert isinstance(live, Tag)
    return json.loads(str(live["data-topics"])), int(str(live["data-after"]))


def seen(page: BeautifulSoup) -> str:
    for volatile in page.select("[name=csrfmiddlewaretoken]"):
        volatile.decompose()
    live = page.find(id="live")
    if isinstance(live, Tag):
        del live["data-after"]
    main = page.find("main")
    assert isinstance(main, Tag)
    return re.sub(r"\s+", " ", main.prettify())
