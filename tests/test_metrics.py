"""The numbers for Prometheus: who may read them, and that each says what is so."""

from __future__ import annotations

import json
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.db.models.functions import Now
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import DjangoAssertNumQueries, Settings

from interviews.actions import answering
from interviews.demo.seed import Access
from interviews.engines.catalogue import MAIL
from interviews.engines.errors import EngineError, Permanent, RetryLater
from interviews.events import head
from interviews.models import Event, Interview, Job, Position, ProviderHealth, Worker
from interviews.processing import jobs, leases
from interviews.queries import load
from project import metrics
from tests.engines import Hears, due, work, work_through
from tests.people import World
from tests.probes import asked
from tests.processes import Site, wait_until
from tests.sockets import Visitor, ask, where

TOKEN = "a token that is long enough"
OF_THE_SITE_AT_MOST = 14
"""Statements for one reading of all numbers, whatever there is on the site."""


@pytest.fixture(autouse=True)
def _of_this_test(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.METRICS_TOKEN = TOKEN
    monkeypatch.setattr(metrics, "_reconciled", None)


class Numbers:
    def __init__(self) -> None:
        reply: Any = Client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        assert reply.status_code == 200
        self.text = reply.content.decode()
        families = text_string_to_metric_families(self.text)
        self._samples = [sample for family in families for sample in family.samples]

    def __call__(self, name: str, **labels: str) -> float | None:
        found = [it.value for it in self._samples if it.name == f"greenroom_{name}" and it.labels == labels]
        assert len(found) <= 1
        return found[0] if found else None


class TestWhoMay:
    @pytest.mark.parametrize(
        "given",
        [
            None,
            "",
            TOKEN,
            "Bearer",
            "Bearer ",
            f"Bearer {TOKEN}x",
            f"Bearer {TOKEN[:-1]}",
            f"Basic {TOKEN}",
            "Bearer ä",
        ],
    )
    def test_without_the_token_nothing_is_told(self, given: str | None) -> None:
        reply = Client().get("/metrics", headers={} if given is None else {"Authorization": given})
        assert reply.status_code == 401
        assert reply.headers["WWW-Authenticate"] == "Bearer"
        assert b"greenroom_" not in reply.content

    def test_where_no_token_is_set_there_is_no_such_page(self, settings: Settings) -> None:
        settings.METRICS_TOKEN = ""
        for given in ("", "Bearer ", "Bearer"):
            assert Client().get("/metrics", headers={"Authorization": given}).status_code == 404

    def test_nothing_is_changed_through_it(self) -> None:
        assert Client().post("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 405

    @pytest.mark.django_db
    def test_it_speaks_the_format_that_is_asked_for(self) -> None:
        asks = {"Authorization": f"Bearer {TOKEN}", "Accept": "application/openmetrics-text; version=1.0.0"}
        reply = Client().get("/metrics", headers=asks)
        assert reply.headers["Content-Type"].startswith("application/openmetrics-text; version=1.0.0")
        assert reply.content.endswith(b"# EOF\n")


def _fail(error: EngineError, _sound: Path) -> None:
    raise error


class TestWork:
    def test_jobs_are_counted_where_they_stand(self, answered: World) -> None:
        waiting = due(answered.interview)
        states: list[dict[str, Any]] = [
            {"run_after": Now() - timedelta(minutes=3), "created_at": Now() - timedelta(minutes=4)},
            {"run_after": Now() + timedelta(minutes=3), "attempt": 1, "created_at": Now() - timedelta(hours=1)},
            {"state": Job.State.PARKED, "created_at": Now() - timedelta(days=3)},
        ]
        for pk, state in zip(waiting, states, strict=True):
            Job.objects.filter(pk=pk).update(**state)
        now = Numbers()
        said = {it: now("jobs", kind="transcribe", state=it) for it in ("due", "later", "over_budget", "parked")}
        assert said == {"due": 1, "later": 1, "over_budget": 0, "parked": 1}
        assert now("queue_age_seconds", kind="transcribe") == pytest.approx(180, abs=10)
        assert now("stage_lag_seconds", kind="transcribe") == pytest.approx(3600, abs=10)
        assert now("queue_age_seconds", kind="assess") == now("stage_lag_seconds", kind="mail") == 0
        Job.objects.filter(pk=waiting[1]).update(over_budget=True)
        now = Numbers()
        assert now("jobs", kind="transcribe", state="over_budget") == 1
        assert now("stage_lag_seconds", kind="transcribe") == pytest.approx(240, abs=10), "what waits for money"

    def test_what_is_to_go_out_later_is_not_late(self, answered: World) -> None:
        later = {"run_after": Now() + timedelta(hours=1), "created_at": Now() - timedelta(hours=1)}
        Job.objects.filter(pk__in=due(answered.interview)).update(**later)
        assert Numbers()("stage_lag_seconds", kind="transcribe") == 0

    def test_attempts_of_the_last_minutes_are_counted_by_outcome(self, answered: World) -> None:
        first, second, third = due(answered.interview)
        jobs.run(first, work(Hears()))
        for job, error in ((second, RetryLater("busy")), (third, Permanent("refused"))):
            jobs.run(job, work(Hears(first=partial(_fail, error))))
        now = Numbers()
        said = {it: now("job_attempts_recent", kind="transcribe", outcome=it) for it in ("done", "delayed", "parked")}
        assert said == {"done": 1, "delayed": 1, "parked": 1}

    def test_who_submitted_is_waited_for_until_there_is_a_result(self, answered: World) -> None:
        assert Numbers()("unscored_interviews") == 0
        answering.submit(answered.interview)
        Interview.objects.update(submitted_at=timezone.now() - timedelta(minutes=2))
        now = Numbers()
        assert (now("unscored_interviews"), now("loose_ends")) == (1, 0)
        assert now("unscored_age_seconds") == pytest.approx(120, abs=10)
        answered.interview.refresh_from_db()
        work_through(answered.interview)
        now = Numbers()
        assert (now("unscored_interviews"), now("unscored_age_seconds")) == (0, 0)

    @pytest.mark.leaves_loose_ends("one is made, to see it counted")
    def test_an_interview_that_nobody_works_on_is_counted(self, submitted: World) -> None:
        Job.objects.all().delete()
        assert Numbers()("loose_ends") == 1
        Interview.objects.update(withdrawn_at=timezone.now())
        assert Numbers()("loose_ends") == 1, "it is looked for once a minute"


@pytest.mark.django_db
class TestThoseWhoDoIt:
    def test_workers_are_alive_while_they_give_signs(self) -> None:
        now = Numbers()
        assert (now("workers"), now("worker_silence_seconds")) == (0, None)
        leases.pulse()
        Worker.objects.create(name="other:1", running=3, seen_at=timezone.now() - timedelta(seconds=20))
        Worker.objects.create(name="gone:1", running=9, seen_at=timezone.now() - timedelta(seconds=40))
        now = Numbers()
        assert (now("workers"), now("worker_jobs")) == (2, 3)
        assert now("worker_silence_seconds") == pytest.approx(0, abs=5)

    def test_a_provider_is_told_before_it_ever_failed(self, settings: Settings) -> None:
        settings.TRANSCRIPTION_ENGINE, settings.SENDS_MAIL = "deepgram", True
        ProviderHealth.objects.create(engine=MAIL, failures=7, next_try_at=timezone.now())
        now = Numbers()
        assert (now("provider_out", provider="deepgram"), now("provider_failures", provider="deepgram")) == (0, 0)
        assert (now("provider_out", provider=MAIL), now("provider_failures", provider=MAIL)) == (1, 7)
        assert now("provider_out", provider="local") is None, "nobody is called"


def test_all_of_it_costs_a_few_statements_however_much_there_is(
    submitted: World, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    Position.objects.update(ai_budget=1)
    with django_assert_max_num_queries(OF_THE_SITE_AT_MOST):
        list(metrics.Site().collect())


def test_events_that_a_page_was_not_told_are_counted_and_dated(submitted: World) -> None:
    last = head()
    assert load.since(last) == (0, 0.0)
    Event.objects.filter(number=last - 1).update(at=timezone.now() - timedelta(seconds=90))
    behind, lag = load.since(last - 2)
    assert behind == 2
    assert lag == pytest.approx(90, abs=10)


def test_a_process_counts_its_open_pages_and_its_requests(tmp_path: Path) -> None:
    with Site(tmp_path, METRICS_TOKEN=TOKEN) as site:

        def number(name: str) -> float | None:
            text = asked(f"{site.address}/metrics", Authorization=f"Bearer {TOKEN}")[1]
            samples = [it for family in text_string_to_metric_families(text) for it in family.samples]
            return next((it.value for it in samples if f"{it.name}{sorted(it.labels.values())}" == name), None)

        assert (number("greenroom_sockets[]"), number("greenroom_feed_silence_seconds[]")) == (0, None)
        hr = Visitor(site)
        hr.sign_in("hr", Access(**json.loads(site.demo_text)).hr_password)
        topics, after = where(hr.get("/hr-dashboard/results/"))
        with hr.socket() as one, hr.socket() as two:
            for socket in (one, two):
                assert "last" in ask(socket, topics, after)
            assert number("greenroom_sockets[]") == 2
            wait_until(lambda: (number("greenroom_feed_silence_seconds[]") or 0) < 5, "it looks for news")
            wait_until(lambda: number("greenroom_feed_events_behind[]") == 0, "its pages know all")
            assert number("greenroom_feed_lag_seconds[]") == 0
        wait_until(lambda: number("greenroom_sockets[]") == 0, "they are gone")
        assert number("greenroom_http_responses_total['200', 'results']") == 1
        assert number("greenroom_http_request_seconds_count['results']") == 1
        assert (number("process_resident_memory_bytes[]") or 0) > 10_000_000
