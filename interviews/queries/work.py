"""How the work of the whole site stands: for operators, on a page that is told anew every two seconds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Count, F, Min, Q, Sum
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from interviews.engines.catalogue import is_provider
from interviews.models import Charge, Job, JobAttempt, ProviderHealth, Worker
from interviews.queries.pauses import PauseView, company, engine_of, of_whole_kinds
from interviews.queries.reasons import told
from interviews.queries.spending import spent

SILENT_AFTER = timedelta(seconds=30)
FORGOTTEN_AFTER = timedelta(days=1)
WORKERS_AT_MOST = 20
PROBLEMS_AT_MOST = 10


@dataclass(frozen=True, slots=True)
class KindView:
    """Jobs of one kind. `oldest` became due then and was not begun; `paused` in words, "" where it is not.

    `waiting` are due, `later` wait for another try or their time, `done` and `failed` were so in the last hour.
    """

    kind: str
    label: str
    waiting: int
    running: int
    later: int
    parked: int
    held: int
    oldest: datetime | None
    done: int
    failed: int
    paused: str


@dataclass(frozen=True, slots=True)
class WorkerView:
    name: str
    started_at: datetime
    seen_at: datetime
    running: int
    is_silent: bool


@dataclass(frozen=True, slots=True)
class ProviderView:
    """`state` is a slug: "well", "failing" (it was called in vain) or "out" (it is not called until `next_try_at`).

    Calls and US dollars of this day, in UTC; `unknown` calls of it have a cost that is not known.
    """

    engine: str
    company: str
    state: str
    problem: str
    since: datetime | None
    next_try_at: datetime | None
    calls: int
    cost: Decimal
    unknown: int
    paused: bool


@dataclass(frozen=True, slots=True)
class ProblemView:
    """Parked jobs with the same problem: as it is stored, and in words."""

    kind: str
    label: str
    problem: str
    words: str
    count: int


@dataclass(frozen=True, slots=True)
class HueyView:
    """What Huey recorded itself: hints taken and failed in a day, the mean `milliseconds` of handing one over, and how
    many were `taken` and `failed_then` in each of the last sixty minutes."""

    completed: int
    errors: int
    milliseconds: float
    taken: list[int]
    failed_then: list[int]

    @property
    def bars(self) -> list[tuple[int, float, bool]]:
        """Of a drawing of 60 by 20: where each stands, how high it is, and whether something failed in that minute."""
        most = max([1, *map(sum, zip(self.taken, self.failed_then, strict=True))])
        pairs = enumerate(zip(self.taken, self.failed_then, strict=True))
        return [(at, round((taken + failed) / most * 20, 2), failed > 0) for at, (taken, failed) in pairs]


@dataclass(frozen=True, slots=True)
class QueueView:
    """`hints` wait in the queue; None: it does not answer."""

    hints: int | None
    huey: HueyView | None = None


@dataclass(frozen=True, slots=True)
class WorkView:
    """`has_worker`: one gave a sign of life just now. `budget` is the site's."""

    kinds: list[KindView]
    workers: list[WorkerView]
    providers: list[ProviderView]
    problems: list[ProblemView]
    pauses: list[PauseView]
    has_worker: bool
    queue: QueueView
    spent_today: Decimal
    spent_this_month: Decimal
    budget: Decimal | None

    @property
    def is_well(self) -> bool:
        waits_in_vain = not self.has_worker and any(kind.waiting for kind in self.kinds)
        return not (waits_in_vain or self.queue.hints is None or self.problems or self.pauses) and all(
            provider.state == "well" for provider in self.providers
        )


def work(queue: QueueView) -> WorkView:
    now, pauses = timezone.now(), of_whole_kinds()
    workers = _workers(now)
    providers = _providers(now, pauses)
    return WorkView(
        kinds=_kinds(pauses),
        workers=workers,
        providers=providers,
        problems=_problems(),
        pauses=pauses,
        has_worker=any(not worker.is_silent for worker in workers),
        queue=queue,
        spent_today=sum((provider.cost for provider in providers), Decimal(0)),
        spent_this_month=spent(),
        budget=settings.AI_BUDGET,
    )


def _kinds(pauses: list[PauseView]) -> list[KindView]:
    due = Q(state=Job.State.QUEUED, run_after__lte=Now())
    open_now = {
        row["kind"]: row
        for row in Job.objects.filter(state__in=Job.OPEN)
        .order_by()
        .values("kind")
        .annotate(
            waiting=Count("pk", filter=due),
            later=Count("pk", filter=Q(state=Job.State.QUEUED, run_after__gt=Now())),
            running=Count("pk", filter=Q(state=Job.State.RUNNING)),
            parked=Count("pk", filter=Q(state=Job.State.PARKED)),
            held=Count("pk", filter=Q(pause__isnull=False)),
            oldest=Min("run_after", filter=due),
        )
    }
    ended = JobAttempt.objects.filter(ended_at__gte=Now() - timedelta(hours=1)).order_by()
    lately = {
        row["job__kind"]: row
        for row in ended.values("job__kind").annotate(
            done=Count("pk", filter=Q(outcome=JobAttempt.Outcome.DONE)),
            failed=Count("pk", filter=~Q(outcome__in=[JobAttempt.Outcome.DONE, JobAttempt.Outcome.HANDED_BACK])),
        )
    }
    paused = {pause.kind: pause for pause in pauses}
    return [_kind(Job.Kind(kind), open_now.get(kind, {}), lately.get(kind, {}), paused) for kind in Job.Kind]


def _kind(kind: Job.Kind, now: dict[str, Any], lately: dict[str, Any], paused: dict[str, PauseView]) -> KindView:
    counted = {name: now.get(name, 0) for name in ("waiting", "running", "later", "parked", "held")}
    ended = {name: lately.get(name, 0) for name in ("done", "failed")}
    pause = paused.get(kind)
    words = _("paused by %(by)s") % {"by": pause.by or _("somebody")} if pause else ""
    return KindView(kind, str(kind.label), **counted, **ended, oldest=now.get("oldest"), paused=words)


def _workers(now: datetime) -> list[WorkerView]:
    seen = Worker.objects.filter(seen_at__gt=now - FORGOTTEN_AFTER).order_by("-seen_at")[:WORKERS_AT_MOST]
    return [WorkerView(it.name, it.started_at, it.seen_at, it.running, it.seen_at < now - SILENT_AFTER) for it in seen]


def _providers(now: datetime, pauses: list[PauseView]) -> list[ProviderView]:
    """Those that this site works with, and those that were paid today."""
    today = Charge.objects.filter(at__gte=now.replace(hour=0, minute=0, second=0, microsecond=0)).order_by()
    charged = {
        row["engine"]: row
        for row in today.values("engine").annotate(
            calls=Count("pk"), unknown=Count("pk") - Count("cost"), paid=Sum("cost", default=Decimal(0))
        )
    }
    health = {it.pk: it for it in ProviderHealth.objects.all()}
    names = dict.fromkeys(filter(is_provider, [*map(engine_of, Job.Kind.values), *charged, *health]))
    paused = {pause.engine for pause in pauses}
    return [_provider(name, charged.get(name, {}), health.get(name), is_paused=name in paused) for name in names]


def _provider(name: str, charged: dict[str, object], health: ProviderHealth | None, *, is_paused: bool) -> ProviderView:
    state = "well"
    if health is not None and health.failures:
        state = "failing" if health.next_try_at is None else "out"
    return ProviderView(
        engine=name,
        company=company(name),
        state=state,
        problem=told(health.problem) if health else "",
        since=health.failing_since if health else None,
        next_try_at=health.next_try_at if health else None,
        calls=int(str(charged.get("calls", 0))),
        cost=Decimal(str(charged.get("paid", 0))),
        unknown=int(str(charged.get("unknown", 0))),
        paused=is_paused,
    )


def _problems() -> list[ProblemView]:
    """The most frequent first."""
    parked = Job.objects.filter(state=Job.State.PARKED).order_by().values("kind", "problem")
    counted = parked.annotate(count=Count("pk")).order_by("-count", F("kind"))[:PROBLEMS_AT_MOST]
    return [
        ProblemView(row["kind"], str(Job.Kind(row["kind"]).label), row["problem"], told(row["problem"]), row["count"])
        for row in counted
    ]
