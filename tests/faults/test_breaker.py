"""A provider that fails is left alone, tried by one call at a time, and shown to the people who wait for it."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier, Event, Thread

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.db.models.functions import Now
from django.test import Client
from django.utils import timezone

from interviews.engines.errors import Busy, EngineError, Permanent, RetryLater, UnusableOutput
from interviews.events import Kind, head
from interviews.models import Event as Happened
from interviews.models import Job, ProviderHealth, Transcript
from interviews.processing import jobs, providers
from interviews.processing.due import overdue
from interviews.queries.operations import outages
from realtime import feed
from tests.engines import Hears, due, work, work_through
from tests.people import World
from tests.processes import wait_until

DOWN = RetryLater("Deepgram is overloaded")


class Provider:
    """Deepgram's place, taken by an engine that fails with `error`, or hears if there is none."""

    def __init__(self) -> None:
        self.error: EngineError | None = DOWN
        self.calls = 0

    def work(self) -> dict[str, jobs.Work]:
        return work(Hears(name="deepgram", first=self._called))

    def _called(self, media: Path) -> None:
        self.calls += 1
        if self.error is not None:
            raise self.error


@pytest.fixture
def provider() -> Provider:
    return Provider()


def _now(*job_ids: int) -> None:
    Job.objects.filter(pk__in=job_ids, state=Job.State.QUEUED).update(run_after=Now())


def _fail(provider: Provider, world: World, times: int) -> None:
    ids = due(world.interview)
    for n in range(times):
        _now(*ids)
        jobs.run(ids[n % len(ids)], provider.work())


def _time_passes() -> None:
    """Until the next try."""
    ProviderHealth.objects.filter(next_try_at__isnull=False).update(next_try_at=Now())


def _is_out_for(seconds: float, since: datetime) -> bool:
    """From a moment between that one and now; rows know milliseconds."""
    health = ProviderHealth.objects.get()
    assert health.next_try_at is not None
    began = health.next_try_at - timedelta(seconds=seconds)
    return since - timedelta(milliseconds=1) <= began <= timezone.now()


def _recorded(kind: Kind) -> int:
    return Happened.objects.filter(kind=kind).count()


class TestOpening:
    def test_five_failures_in_a_row_open_it_and_four_do_not(self, submitted: World, provider: Provider) -> None:
        _fail(provider, submitted, 4)
        assert (outages(), _recorded(Kind.OUTAGE)) == ([], 0)
        before = timezone.now()
        _fail(provider, submitted, 1)
        assert (len(outages()), _recorded(Kind.OUTAGE)) == (1, 1)
        assert _is_out_for(10, before)

    def test_a_success_between_begins_the_count_anew(self, submitted: World, provider: Provider) -> None:
        _fail(provider, submitted, 4)
        provider.error = None
        _fail(provider, submitted, 1)
        provider.error = DOWN
        _fail(provider, submitted, 4)
        assert outages() == []

    @pytest.mark.parametrize(
        "error",
        [
            Permanent("Deepgram refused the key"),
            UnusableOutput("Deepgram sent nonsense"),
            Busy("Deepgram asked us to slow down", retry_after=1),
        ],
    )
    def test_a_provider_that_answers_is_not_out(self, error: EngineError, world: World) -> None:
        for _ in range(20):
            with pytest.raises(EngineError), providers.calling("deepgram"):
                raise error
        assert outages() == []
        assert not ProviderHealth.objects.filter(failures__gt=0).exists()

    def test_a_fault_of_ours_is_not_counted(self, world: World) -> None:
        for _ in range(20):
            with pytest.raises(RuntimeError), providers.calling("deepgram"):
                raise RuntimeError("ours")
        assert not ProviderHealth.objects.exists()

    def test_what_runs_on_this_machine_has_no_breaker(self, world: World) -> None:
        for engine in ("local", "hears"):
            for _ in range(20):
                with pytest.raises(RetryLater), providers.calling(engine):
                    raise DOWN
        assert not ProviderHealth.objects.exists()

    def test_one_provider_does_not_stop_another(self, submitted: World, provider: Provider) -> None:
        _fail(provider, submitted, 5)
        with providers.calling("gemini"):
            pass
        with pytest.raises(Busy), providers.calling("deepgram"):
            pytest.fail("it was called")


class TestWhileItIsOpen:
    def test_jobs_wait_without_a_call_and_without_spending_an_attempt(
        self, submitted: World, provider: Provider
    ) -> None:
        _fail(provider, submitted, 5)
        ids = due(submitted.interview)
        before = dict(Job.objects.values_list("pk", "attempt"))
        ProviderHealth.objects.update(next_try_at=Now() + timedelta(hours=1))  # however long this takes here
        for _ in range(12):
            _now(*ids)
            for pk in ids:
                jobs.run(pk, provider.work())
        assert provider.calls == 5
        assert dict(Job.objects.values_list("pk", "attempt")) == before
        for job in Job.objects.all():
            assert (job.state, job.problem) == (Job.State.QUEUED, DOWN.message)
            next_try = ProviderHealth.objects.get().next_try_at
            assert next_try is not None
            assert next_try - timedelta(seconds=1) <= job.run_after, "it would look again before the next try"

    def test_of_many_one_is_let_through_when_the_time_has_come(self, submitted: World, provider: Provider) -> None:
        _fail(provider, submitted, 5)
        _time_passes()
        ids = due(submitted.interview)
        _now(*ids)
        together, done, calls = Barrier(len(ids)), Event(), []

        def first(media: Path) -> None:
            calls.append(media)
            done.wait(120)

        def run(pk: int) -> None:
            together.wait()
            try:
                jobs.run(pk, work(Hears(name="deepgram", first=first)))
            finally:
                connection.close()

        threads = [Thread(target=run, args=(pk,)) for pk in ids]
        for thread in threads:
            thread.start()
        try:
            # Those that were turned away end; the trial waits.
            wait_until(lambda: sum(thread.is_alive() for thread in threads) == 1, "all but one end")
            assert len(calls) == 1
        finally:
            done.set()
        for thread in threads:
            thread.join()
        assert len(calls) == Transcript.objects.count() == 1

    def test_each_trial_that_fails_doubles_the_pause_up_to_five_minutes(
        self, submitted: World, provider: Provider
    ) -> None:
        before = timezone.now()
        _fail(provider, submitted, 5)
        pauses = [10, 20, 40, 80, 160, 300, 300]
        for expected in pauses:
            assert _is_out_for(expected, before)
            _time_passes()
            before = timezone.now()
            with pytest.raises(RetryLater), providers.calling("deepgram"):
                raise DOWN
        assert _recorded(Kind.OUTAGE) == len(pauses) + 1

    def test_calls_that_were_under_way_do_not_prolong_it(self, submitted: World) -> None:
        """Thirty-two wait for an answer when the provider goes down: that is one outage, not twenty-eight trials."""
        before = timezone.now()
        calls = [providers.calling("deepgram") for _ in range(32)]
        for call in calls:
            call.__enter__()
        for call in calls:
            assert not call.__exit__(RetryLater, DOWN, None)
        assert _is_out_for(10, before)
        assert (_recorded(Kind.OUTAGE), ProviderHealth.objects.get().failures) == (1, 5)

    def test_a_trial_whose_worker_died_is_followed_by_another(self, submitted: World, provider: Provider) -> None:
        _fail(provider, submitted, 5)
        _time_passes()
        before = timezone.now()
        providers.calling("deepgram").__enter__()  # and is never heard of again
        assert _is_out_for(providers.TRIAL_WITHIN.total_seconds(), before)
        _time_passes()
        with providers.calling("deepgram"):
            pass
        assert outages() == []


class TestClosing:
    def test_waiting_jobs_are_due_at_once_and_end_scored(self, submitted: World, provider: Provider) -> None:
        _fail(provider, submitted, 5)
        provider.error = None
        first, *others = due(submitted.interview)
        Job.objects.update(run_after=Now() + timedelta(minutes=5), hinted_at=Now())
        _time_passes()
        _now(first)
        jobs.run(first, provider.work())
        assert (outages(), _recorded(Kind.RECOVERED)) == ([], 1)
        assert overdue() == others
        work_through(submitted.interview)

    def test_an_answer_of_any_kind_closes_it(self, submitted: World, provider: Provider) -> None:
        _fail(provider, submitted, 5)
        _time_passes()
        with pytest.raises(Permanent), providers.calling("deepgram"):
            raise Permanent("Deepgram refused the key")
        assert outages() == []
        health = ProviderHealth.objects.get()
        assert (health.failures, health.failing_since, health.problem) == (0, None, "")


class TestShown:
    def test_hr_reads_who_fails_since_when_how_many_wait_and_when_it_is_tried_again(
        self, submitted: World, provider: Provider, ada: Client
    ) -> None:
        before = head()
        _fail(provider, submitted, 5)
        health = ProviderHealth.objects.get()
        assert health.failing_since is not None and health.next_try_at is not None
        page = BeautifulSoup(ada.get("/hr-dashboard/results/").content, "html.parser")
        notice = page.find(id="outages")
        assert notice is not None
        words = " ".join(notice.get_text(" ").split())
        assert "Deepgram has been failing since" in words
        assert f"{health.failing_since:%H:%M}" in words
        assert "Deepgram is overloaded" in words
        assert "1 interview waits; nothing is lost." in words
        assert f"Next try at {health.next_try_at:%H:%M:%S} UTC" in words
        _the_feed_shows(page, before, words)

    def test_the_notice_goes_when_it_is_over(self, submitted: World, provider: Provider, ada: Client) -> None:
        _fail(provider, submitted, 5)
        before = head()
        _time_passes()
        with providers.calling("deepgram"):
            pass
        page = BeautifulSoup(ada.get("/hr-dashboard/results/").content, "html.parser")
        _the_feed_shows(page, before, "")

    def test_an_applicant_reads_nothing_of_it(self, submitted: World, provider: Provider, bo: Client) -> None:
        _fail(provider, submitted, 5)
        assert b"Deepgram" not in bo.get(f"/interview/{submitted.interview.pk}/").content


def _the_feed_shows(page: BeautifulSoup, after: int, words: str) -> None:
    live = page.find(id="live")
    assert live is not None
    news = feed.since(after)
    assert news is not None
    sent = BeautifulSoup(news.html(json.loads(str(live["data-topics"]))), "html.parser")
    [fragment] = sent.select('template[data-replace="outages"]')
    assert " ".join(fragment.get_text(" ").split()) == words
