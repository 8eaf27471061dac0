"""What operators see of the work, live."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from django.db.models.functions import Now
from django.test import Client
from django.utils import timezone
from pytest_django import Settings
from websockets.sync.connection import Connection

from interviews.actions import operating
from interviews.demo.seed import Access
from interviews.engines.errors import Permanent, RetryLater
from interviews.models import Charge, Job, ProviderHealth, Worker
from interviews.operators import OPERATORS
from interviews.processing import jobs, leases
from interviews.queries.work import QueueView, work
from interviews.topics import why_of
from realtime import board
from tests.engines import Hears, raising, work_through
from tests.engines import work as works
from tests.live_page import cursor, page_of
from tests.operating import JOBS, PAGE, member, parked
from tests.people import World, show_at_once
from tests.processes import Site, wait_until
from tests.sockets import Visitor, heard, where


@pytest.fixture
def operator(world: World) -> Client:
    return member(OPERATORS)


class TestBoard:
    def test_it_counts_what_waits_runs_and_is_parked(self, submitted: World) -> None:
        first, second, third = Job.objects.filter(state=Job.State.QUEUED).order_by("pk")
        jobs.run(first.pk, works(Hears(first=raising(Permanent("no sound")))))
        jobs.run(second.pk, works(Hears(first=raising(RetryLater("busy")))))
        long_ago, later = timezone.now() - timedelta(minutes=7), timezone.now() + timedelta(minutes=7)
        Job.objects.filter(pk=second.pk).update(run_after=later)  # by chance it may be due again at once
        Job.objects.filter(pk=third.pk).update(run_after=long_ago)
        found = {kind.kind: kind for kind in work(QueueView(0)).kinds}[Job.Kind.TRANSCRIBE]
        assert (found.waiting, found.running, found.later, found.parked) == (1, 0, 1, 1)
        assert (found.oldest, found.done, found.failed) == (long_ago, 0, 2)
        assert [(it.problem, it.count) for it in work(QueueView(0)).problems] == [("no sound", 1)]
        assert not work(QueueView(0)).is_well

    def test_it_tells_who_is_alive(self, world: World) -> None:
        leases.pulse()
        Worker.objects.create(name="gone:1", seen_at=timezone.now() - timedelta(minutes=5))
        assert {it.name: it.is_silent for it in work(QueueView(0)).workers} == {
            leases.worker_name(): False,
            "gone:1": True,
        }
        assert work(QueueView(0)).has_worker and work(QueueView(0)).is_well
        Worker.objects.update(seen_at=timezone.now() - timedelta(minutes=5))
        assert not work(QueueView(0)).has_worker

    def test_it_tells_how_providers_are_and_what_today_costs(self, submitted: World, settings: Settings) -> None:
        settings.ANALYSIS_ENGINE, settings.AI_BUDGET = "gemini", Decimal(10)
        ProviderHealth.objects.create(engine="gemini", failures=5, next_try_at=Now(), failing_since=Now())
        for cost, days in ((Decimal("0.5"), 0), (None, 0), (Decimal(2), 2)):
            charge = Charge.objects.create(position=submitted.position, engine="gemini", model="m", cost=cost)
            Charge.objects.filter(pk=charge.pk).update(at=timezone.now() - timedelta(days=days))
        found = {it.engine: it for it in work(QueueView(0)).providers}["gemini"]
        assert (found.company, found.state, found.calls, found.cost, found.unknown) == (
            "Gemini",
            "out",
            2,
            Decimal("0.5"),
            1,
        )
        assert (work(QueueView(0)).spent_today, work(QueueView(0)).budget) == (Decimal("0.5"), Decimal(10))

    def test_it_says_that_the_queue_is_away(self, world: World) -> None:
        assert not work(QueueView(None)).is_well and work(QueueView(0)).queue.hints == 0

    def test_filters_find_by_fault_and_by_pause(self, submitted: World, operator: Client) -> None:
        job = parked(submitted)
        for query, count in (("fault=refused", 1), ("fault=key", 0), ("paused=yes", 0), ("paused=no", 4)):
            page = operator.get(f"{JOBS}?{query}")
            assert page.context["cl"].result_count == count, query
        operating.act("retry", [job.pk], submitted.ada)
        operating.act("pause", [job.pk], submitted.ada)
        assert operator.get(f"{JOBS}?paused=yes").context["cl"].result_count == 1

    def test_no_level_is_told_in_the_story(self, submitted: World, operator: Client) -> None:
        work_through(submitted.interview)
        address = f"/admin/interviews/interview/{submitted.interview.pk}/why/"
        page = operator.get(address).content.decode()
        assert "The machine is done." in page
        assert "It is scored" not in page and not re.search(r"\b4\.00\b", page)
        show_at_once(submitted.position)
        assert "It is scored: nothing holds it up." in operator.get(address).content.decode()

    @pytest.mark.parametrize("technical", [False, True])
    def test_the_digest_of_what_is_told_is_the_same_for_all_until_something_else_is_told(
        self, submitted: World, ada: Client, operator: Client, technical: bool
    ) -> None:
        leases.pulse()
        team, admin = f"/hr-dashboard/results/{submitted.interview.pk}/why/", "/admin/interviews/interview/{}/why/"
        browser, address = (operator, admin.format(submitted.interview.pk)) if technical else (ada, team)
        key = str(submitted.interview.pk)

        def shown() -> set[object]:
            in_german = browser.get(address, headers={"accept-language": "de"})
            pages = [page_of(browser, address), BeautifulSoup(in_german.content, "html.parser")]
            return {why_of(cursor(page)[0][0]) for page in pages}

        assert shown() == {(key, board.digests({key})[key])}
        before = shown()
        for rows, change in (
            (Worker.objects.all(), {"seen_at": timezone.now() - timedelta(minutes=5)}),
            (Job.objects.all(), {"state": Job.State.PARKED, "problem": "the key was refused", "fault": "key"}),
            (Job.objects.all(), {"problem": "the account is empty", "fault": "credit"}),
        ):
            rows.update(**change)
            assert shown() == {(key, board.digests({key})[key])} != before
            before = shown()

    def test_what_an_open_page_says_is_looked_at_often_while_it_is_new_and_then_every_ten_seconds(self) -> None:
        looks, page, other = board.Looks(), ("a", "0123"), ("b", "4567")
        looked = [now for now in range(0, 120, 2) if looks.due({page}, now)]
        assert looked == [*range(0, 40, 2), *range(48, 120, 10)]
        assert looks.due({page, other}, 120) == looks.due({page, other}, 122) == {"b"}, "opened just now"
        assert looks.due({("a", "89ab"), other}, 124) == {"a", "b"}, "something else is told"
        assert looks.due({page}, 126) == {"a"}, "read again meanwhile"

    def test_the_story_begins_with_the_first_byte(self, submitted: World, operator: Client) -> None:
        work_through(submitted.interview)
        page = operator.get(f"/admin/interviews/interview/{submitted.interview.pk}/why/")
        sections = BeautifulSoup(page.content, "html.parser").select(".why-journey")
        assert len(sections) == 1 + 3
        said = re.sub(r"\s+", " ", sections[1].get_text(" ", strip=True))
        told = ["its first byte arrived", "all of it arrived", "Made ready to play", "A worker began", "Transcribed"]
        assert [said.index(words) for words in told] == sorted(said.index(words) for words in told)

    def test_in_german_the_page_of_who_hires_is_german(self, submitted: World, ada: Client) -> None:
        page = ada.get(
            f"/hr-dashboard/results/{submitted.interview.pk}/why/", headers={"accept-language": "de"}
        ).content.decode()
        assert "Warum ist das nicht bewertet?" in page and "Nächster Schritt:" in page


@pytest.fixture
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with Site(tmp_path_factory.mktemp("site")) as running:
        yield running


def test_the_open_page_is_told_without_being_asked(site: Site) -> None:
    """Also of what has no event: a worker's sign of life."""
    demo = Access(**json.loads(site.demo_text))
    admin = Visitor(site)
    admin.sign_in("admin", demo.admin_password)
    topics, after = where(admin.get(PAGE))
    with admin.socket() as socket:
        socket.send(json.dumps({"topics": topics, "after": after}))
        assert "last sign of life" in _told(socket, 'data-replace="work"')
        admin.post(f"{JOBS}pauses/", PAGE, subject="mail", act="pause")
        assert _told(socket, "paused by admin")


def _told(socket: Connection, words: str) -> str:
    """The first frame with these words; whatever else is told before it."""
    html = ""
    while words not in html:
        html = heard(socket).get("html", "")
    return html


WAITS_FOR_ITS_NEXT_TRY = """
from datetime import timedelta
from time import sleep
from django.utils import timezone
from interviews.models import Job
while Job.objects.filter(state__in=Job.OPEN).exists():  # the demo's own
    sleep(0.1)
job = Job.objects.filter(kind="transcribe").latest("pk")
later = timezone.now() + timedelta(hours=1)
Job.objects.filter(pk=job.pk).update(state="queued", ended_at=None, fault="busy", run_after=later)
print(f"/hr-dashboard/results/{job.interview_id}/why/")
"""
SILENCED = """
from datetime import timedelta
from pathlib import Path
from time import sleep
from django.utils import timezone
from interviews.models import Worker
while not Path({end!r}).exists():
    Worker.objects.update(seen_at=timezone.now() - timedelta(minutes=5))
    sleep(0.1)
"""
"""Until somebody ends it: the worker is there, and gives the next sign of life within seconds."""


def test_the_page_that_says_why_is_read_again_when_the_last_worker_goes_silent(site: Site, tmp_path: Path) -> None:
    """Nothing happened to the interview, no event tells of it, and the page has no line yet when it happens."""
    demo, end = Access(**json.loads(site.demo_text)), tmp_path / "end"
    admin = Visitor(site)
    admin.sign_in("admin", demo.admin_password)
    address = site.manage("shell", "-v0", "-c", WAITS_FOR_ITS_NEXT_TRY).strip()
    wait_until(lambda: 'data-cause="busy"' in admin.get(address), "the worker is there")
    topics, after = where(admin.get(address))
    with ThreadPoolExecutor(1) as others:
        silenced = others.submit(site.manage, "shell", "-v0", "-c", SILENCED.format(end=str(end)))
        try:
            wait_until(lambda: 'data-cause="no-worker"' in admin.get(address), "the worker is silent")
            with admin.socket() as socket:
                socket.send(json.dumps({"topics": topics, "after": after}))
                assert heard(socket).get("last") is not None
                assert heard(socket) == {"reload": True}
        finally:
            end.touch()
        silenced.result()
