"""How soon two browsers of HR show what somebody else did.

    python3 dev.py bench agree [--changes 40]

A site as `dev.py run` starts it, with the demo. Two browsers have the list of interviews and a review open. A third
person decides, again and again. Each figure is from the moment before that request is sent until a page shows what a
reload would show (it is read where it is drawn, in the browser), so it holds the whole request, its commit and the
drawing. `late`: how many took more than a second.
"""

from __future__ import annotations

import argparse
import json
import time

from playwright.sync_api import Page

from tests.e2e.agreeing import SHOWN, Reader, until_all_agree
from tests.e2e.furnished import Shown, by_itself

WATCH = f"""() => {{
  const look = {SHOWN};
  let before = look();
  window.changedAt = 0;
  const everything = {{ subtree: true, childList: true, characterData: true, attributes: true }};
  new MutationObserver(() => {{
    const now = look();
    if (now !== before) [before, window.changedAt] = [now, Date.now()];
  }}).observe(document.querySelector("main"), everything);
}}"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="dev.py bench agree", description=__doc__)
    parser.add_argument("--changes", type=int, default=40)
    changes = parser.parse_args().changes
    delays: list[float] = []
    with by_itself() as (full, browser):
        site = full.site
        readers = [Reader(browser, site, "hr", full.demo["hr_password"]) for _ in range(2)]
        review = next(one for one in full.hr if one.name == "review")
        for reader in readers:
            reader.follow([Shown("results", "/hr-dashboard/results/"), review])
        until_all_agree(readers, 60)  # the demo's own work has ended
        pages = [page for reader in readers for page in reader.open.values()]
        for page in pages:
            page.evaluate(WATCH)
        eve = Reader(browser, site, "eve", "-").page
        for number in range(changes):
            began = decide(eve, site.address + review.path, ("hold", "advance")[number % 2], number)
            until_all_agree(readers)
            delays += [page.evaluate("window.changedAt") - began for page in pages]
    delays.sort()
    late = sum(delay > 1000 for delay in delays)
    p50, p99 = (round(delays[min(len(delays) - 1, int(share * len(delays)))]) for share in (0.5, 0.99))
    print(f"{changes} changes on {len(pages)} open pages: p50 {p50} ms, p99 {p99} ms, {late} later than a second")
    print(json.dumps({"bench": "agree", "changes": changes, "p50_ms": p50, "p99_ms": p99, "late": late}))


def decide(eve: Page, review: str, outcome: str, number: int) -> float:
    """When it was sent, in milliseconds since 1970."""
    eve.goto(review)
    token = eve.locator("[name=csrfmiddlewaretoken]").first.input_value()
    form: dict[str, str | float | bool] = {
        "outcome": outcome,
        "reason": f"Reason {number}",
        "csrfmiddlewaretoken": token,
    }
    began = time.time() * 1000
    reply = eve.request.post(review.replace("/review/", "/decide/"), form=form, max_redirects=0)
    if reply.status != 302:
        raise RuntimeError(f"deciding was answered with {reply.status}")
    return began


if __name__ == "__main__":
    main()
