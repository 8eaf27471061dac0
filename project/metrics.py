"""Numbers for Prometheus: those of the site, read from the rows when they are asked for, so that any web process can
tell them; and those of this process, its open pages and its requests."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from datetime import timedelta
from time import monotonic

from django.conf import settings
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from interviews.events import head
from interviews.processing.leases import PULSE_SECONDS
from interviews.queries import load
from interviews.queries.operations import reconcile
from project.health import database_answers, redis_answers
from realtime.hub import Hub

ALIVE_WITHIN = timedelta(seconds=3 * PULSE_SECONDS)

RECONCILE_EVERY_SECONDS = 60.0

_reconciled: tuple[int, float] | None = None

registry = CollectorRegistry()
ProcessCollector(registry=registry)
request_seconds = Histogram(
    "greenroom_http_request_seconds",
    "From the whole request to the head of its response.",
    ["view"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=registry,
)
responses = Counter("greenroom_http_responses", "Responses sent.", ["view", "status"], registry=registry)


class Site(Collector):
    """The same from whichever process is asked: where several are, take the maximum, not the sum."""

    def collect(self) -> Iterable[Metric]:
        try:
            found = list(_site()) if database_answers() else []
        except DatabaseError:
            found = []
        yield _gauge(
            "database_up", "Whether the database answers; without it nothing else of the site is told.", bool(found)
        )
        yield from found
        if not settings.EMBEDDED:
            yield _gauge("redis_up", "Whether Redis answers.", redis_answers())
        free = shutil.disk_usage(settings.DATA_DIR).free
        yield _gauge("disk_free_bytes", "Room where recordings arrive, on the machine that was asked.", free)


class OpenPages(Collector):
    """Of this process."""

    def collect(self) -> Iterable[Metric]:
        sockets, number, silence = Hub.standing()
        yield _gauge("sockets", "Open pages of this process that have a socket.", sockets)
        if number is None:
            return  # nobody has come yet
        yield _gauge("feed_silence_seconds", "Since this process last read what is new; it does every 2 s.", silence)
        if not database_answers():
            return
        behind, lag = load.since(number)
        yield _gauge("feed_events_behind", "Events that the open pages of this process were not told yet.", behind)
        yield _gauge("feed_lag_seconds", "Age of the oldest of those.", lag)


registry.register(Site())
registry.register(OpenPages())


def _site() -> Iterator[Metric]:
    jobs = GaugeMetricFamily("greenroom_jobs", "Open jobs, by where they stand.", labels=["kind", "state"])
    ages = GaugeMetricFamily(
        "greenroom_queue_age_seconds", "How long the oldest job that is due waits for a worker.", labels=["kind"]
    )
    lags = GaugeMetricFamily(
        "greenroom_stage_lag_seconds", "Since when the oldest job that is neither done nor parked.", labels=["kind"]
    )
    for kind, work in load.work().items():
        for state, count in work.counts.items():
            jobs.add_metric([kind, state], count)
        ages.add_metric([kind], work.queue_age)
        lags.add_metric([kind], work.lag)
    yield from (jobs, ages, lags)
    ended = GaugeMetricFamily(
        "greenroom_job_attempts_recent", "Attempts that ended in the last 5 minutes.", labels=["kind", "outcome"]
    )
    for (kind, outcome), count in load.attempts().items():
        ended.add_metric([kind, outcome], count)
    yield ended
    out = GaugeMetricFamily("greenroom_provider_out", "1 while nobody calls it: an outage.", labels=["provider"])
    failures = GaugeMetricFamily("greenroom_provider_failures", "Calls that failed in a row.", labels=["provider"])
    for name, provider in load.providers().items():
        out.add_metric([name], provider.is_out)
        failures.add_metric([name], provider.failures)
    yield from (out, failures)
    workers = load.workers(ALIVE_WITHIN)
    yield _gauge("workers", "Worker processes that gave a sign of life within 24 s.", workers.alive)
    yield _gauge("worker_jobs", "Jobs that they have in hand.", workers.running)
    if workers.silence is not None:
        yield _gauge("worker_silence_seconds", "Since the newest sign of life of any worker.", workers.silence)
    unscored = load.unscored()
    yield _gauge("unscored_interviews", "Submitted, and with the machine.", unscored.count)
    yield _gauge("unscored_age_seconds", "Since the oldest of them was submitted.", unscored.age)
    yield _gauge("loose_ends", "Interviews that nobody works on: reconcile. 0, always.", _loose_ends())
    yield CounterMetricFamily("greenroom_events", "Everything that happened, numbered.", value=head())


def _loose_ends() -> int:
    """Looked for once a minute: at 50,000 interviews it takes PostgreSQL a second, and all else 15 ms."""
    global _reconciled
    if _reconciled is None or monotonic() - _reconciled[1] > RECONCILE_EVERY_SECONDS:
        _reconciled = reconcile(), monotonic()
    return _reconciled[0]


def _gauge(name: str, says: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"greenroom_{name}", says, value=float(value))


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """In the format that is asked for. 404 where METRICS_TOKEN is not set, 401 without it."""
    if not settings.METRICS_TOKEN:
        raise Http404
    if not constant_time_compare(request.headers.get("Authorization", ""), f"Bearer {settings.METRICS_TOKEN}"):
        return HttpResponse("METRICS_TOKEN is needed.\n", status=401, headers={"WWW-Authenticate": "Bearer"})
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    return HttpResponse(encode(registry), content_type=content_type)
